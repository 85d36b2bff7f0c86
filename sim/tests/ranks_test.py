"""Runs with tensor-parallel ranks: what their shards carry, that a fault undoes all of them, and that time follows."""

import json
import random
import struct
import tempfile
import unittest
from concurrent.futures import ThreadPoolExecutor

from faulty_run import FAULTS, FaultyRun
from testing import ROOT, ProgramTest, settings

QUICK = ROOT / "configs/quickstart.yaml"
MASK = 2**64 - 1
LAYERS, HEADS, HEAD_DIM, ROWS = 2, 4, 16, 37
WIDTH = HEADS * HEAD_DIM
MODEL = f"""
name: four-heads
layers: {LAYERS}
hidden: 256
attention_heads: {HEADS}
kv_heads: {HEADS}
head_dim: {HEAD_DIM}
active_parameters: 10 M
total_parameters: 10 M
"""
RANKS = ((2, 2), (2, 4), (4, 2), (1, 4), (4, 8))


def scramble(word):
    word ^= word >> 32
    word = word * 0xD6E8FEB86659FD93 & MASK
    return word ^ word >> 32


def mix(word, position):
    return scramble((word + (position + 1) * 0x9E3779B97F4A7C15) & MASK)


WORD_KEYS = [(mix(0, word) & 0xFFFFFFFF) | 0x80000001 for word in range(16)]


def digest(data):
    """The digest of codec/FORMAT.md."""
    total = 0
    for position, (low, high) in enumerate(struct.iter_unpack("<II", data)):
        group, half = divmod(position, 2)
        first = 4 * (group // 32 % 4) + 2 * half
        column = group // 128 * 32 + group % 32
        total += (low * WORD_KEYS[first] + high * WORD_KEYS[first + 1]) * (mix(0, column) | 1)
    return total & MASK


def rows_of_request(cache, request, tokens, seed=1):
    """What a request has of each layer's K and V: rows of a dump, in a circle from one of its own on."""
    start = mix(seed, request) % ROWS
    for tensor in cache:
        yield [tensor[(start + token) % ROWS] for token in range(tokens)]


def hash_of_ranks(cache, request, tokens, prefill, decode):
    """The sum of the digests of what each pair of ranks exchanges, cut from the cache of one rank."""
    pairs = max(min(prefill, HEADS), decode)
    total = 0
    for pair in range(pairs):
        first = pair * HEADS // pairs * HEAD_DIM
        columns = slice(first, first + max(HEADS // pairs, 1) * HEAD_DIM)
        data = b"".join(
            struct.pack(f"<{len(row[columns])}H", *row[columns])
            for rows in rows_of_request(cache, request, tokens)
            for row in rows
        )
        total += digest(data)
    return f"{total & MASK:016x}"


class RanksTest(ProgramTest):
    def run_with(self, **keys):
        keys = {"repeats": 1, "compute_scale": 1, **keys}
        return self.run_scenario(keys, "--force", scenario=QUICK)

    def ranks(self, prefill, decode):
        return {"workers.prefill_tp": prefill, "workers.decode_tp": decode}

    def write_cache(self):
        """A dump of random numbers of which a cache has all, and a model that it is of."""
        random.seed(1)
        cache = [
            [
                [random.choice((0x3F80, 0xBF12, 0x4021, 0x3E77, 0xC0A5)) ^ token & 0x7F]
                + [random.getrandbits(16) & 0xBFFF for _ in range(WIDTH - 1)]
                for token in range(ROWS)
            ]
            for _ in range(2 * LAYERS)
        ]
        flat = [value for tensor in cache for row in tensor for value in row]
        self.write("cache.bf16", struct.pack(f"<{len(flat)}H", *flat))
        shape = {"dtype": "bfloat16", "shape": [LAYERS, 2, ROWS, WIDTH]}
        self.write("cache.json", json.dumps(shape))
        self.write("four-heads.yaml", MODEL)
        return cache

    def test_real_ranks_carry_the_cache_of_one_bit_for_bit(self):
        cache = self.write_cache()
        for prefill, decode in RANKS:
            result = self.run_with(
                **self.ranks(prefill, decode),
                **{
                    "model": self.folder / "four-heads.yaml",
                    "kv.source": "dump",
                    "kv.dump": self.folder / "cache.bf16",
                    "arms": "[raw, ranked, splitzip]",
                    "workload.context": 50,
                    "workload.requests": 3,
                },
            )
            copies = max(decode // HEADS, 1)
            raw = 50 * WIDTH * 2 * 2 * LAYERS * copies
            self.assertEqual(len(result.requests), 9)
            for row in result.requests:
                expected = hash_of_ranks(cache, row["id"], 50, prefill, decode)
                self.assertEqual((row["verified"], row["kv_hash"]), (True, expected), row)
                self.assertEqual(row["raw_bytes"], raw)
            for row in result.transfers:
                self.assertGreaterEqual(row["applied_ns"], row["end_ns"])
                self.assertGreater(row["shards_apart_ns"], 0)

    def test_virtual_and_real_ranks_send_the_same_frames(self):
        for prefill, decode in ((2, 4), (4, 2)):
            sent = {}
            for kind in ("real", "virtual"):
                result = self.run_with(
                    **self.ranks(prefill, decode),
                    **{
                        "time": kind,
                        "arms": "[raw, ranked, splitzip]",
                        "workload.context": 200,
                        "workload.requests": 3,
                    },
                )
                for row in result.transfers:
                    sent.setdefault((row["arm"], row["request"]), []).append(row)
            for (arm, _), (real, virtual) in sent.items():
                self.assertEqual(real["raw_bytes"], virtual["raw_bytes"])
                # Frames' lengths follow from the elements, which virtual time knows by their shares.
                share = {"raw": 0, "splitzip": 0.002}.get(arm, 0.015)  # ranked: of short frames
                self.assertAlmostEqual(
                    real["wire_bytes"], virtual["wire_bytes"], delta=share * real["wire_bytes"]
                )

    def test_every_arm_and_form_of_a_run_works_with_ranks(self):
        for keys in (
            {"arms": "[auto, ranked, bypass, raw, zstd-1, splitzip]"},
            {"transport": "shm"},
            {"pipeline": "off", "verify": "inline"},
            {"kv_dtype": "fp8_e5m2", "workload.batch_size": 2, "workload.concurrency": 2},
            {"granularity": "request", "link.streams": 2},
            {"granularity": "prefill-chunk", "prefill_chunk": 64},
            {"drift.kind": "tail_growth", "drift.path": "step(at 3)"},
            {"link.nics": 1, "link.jitter": "1 ms"},
            {"model": "qwen3-0.6b", "workers.prefill": 2, "workers.decode": 2},
        ):
            result = self.run_with(
                **{**self.ranks(2, 4), "workload.context": 100, "workload.requests": 4, **keys}
            )
            self.assertTrue(all(row["verified"] for row in result.requests), keys)

    def test_a_fault_of_one_shard_undoes_the_job_as_a_whole_and_nothing_is_lost(self):
        folder = self.folder

        def run(case):
            name, keys = case
            place = tempfile.mkdtemp(dir=folder)
            return name, FaultyRun(place, {**keys, **self.ranks(2, 4)}).watch()

        with ThreadPoolExecutor(4) as pool:
            runs = dict(pool.map(run, {"none": {}, **FAULTS}.items()))
        hashes = {row["id"]: row["kv_hash"] for row in runs["none"].result().requests}
        for name, done in runs.items():
            with self.subTest(name):
                self.assertEqual((done.exit, done.stderr, done.left), (0, "", []))
                result = done.result()
                self.assertEqual(len(result.requests), len(hashes))
                for row in result.requests:
                    if row["status"] != "cancelled":
                        self.assertEqual((row["status"], row["verified"]), ("ok", True), row)
                        self.assertEqual(row["kv_hash"], hashes[row["id"]])
                self.assertEqual(sum(each["lost"] for each in result.report["incidents"]), 0)

    def test_the_rank_that_was_killed_is_named(self):
        keys = {**FAULTS["kill a decode worker"], **self.ranks(2, 2), "on_fault": "fail-fast"}
        run = FaultyRun(self.folder, keys).watch()
        self.assertEqual((run.exit, run.left), (1, []))
        self.assertRegex(run.stderr, r"decode worker 1, shard 0 \(pid \d+\) was killed by signal 9")

    def test_eight_ranks_are_a_device_of_eight_times_the_rates(self):
        def transfer(**keys):
            result = self.run_with(
                **{
                    "time": "virtual",
                    "model": "llama-3.1-70b",
                    "arms": "[raw, splitzip]",
                    "compute": "none",
                    "workload.context": "16k",
                    "workload.requests": 2,
                    **keys,
                }
            )
            return {arm: result.values(arm)["transfer_mean"] for arm in ("raw", "splitzip")}

        ranks = transfer(**self.ranks(8, 8), **{"link.bandwidth": "100 Gbit/s"})
        one_nic = transfer(**self.ranks(8, 8), **{"link.bandwidth": "800 Gbit/s", "link.nics": 1})
        one = transfer(**{"link.bandwidth": "800 Gbit/s"})
        self.assertEqual(ranks, one_nic)
        for arm, seconds in ranks.items():
            self.assertLess(seconds, 0.75 * one[arm], arm)
            self.assertGreater(seconds, 0.9 * 16384 * 327680 / 1e11 / (1.34 if arm != "raw" else 1))

    def test_what_ranks_do_not_go_with_is_refused_by_name(self):
        cases = {
            ("workers.prefill_tp=3",): "3 ranks for the 8 KV heads of llama-3.2-1b",
            ("workers.prefill_tp=2", "compute_scale=8"): "the efficiency of each rank",
            (
                "workers.prefill_tp=2",
                "compute_scale=1",
                "link.bandwidth=[{at: 0 s, rate: 1 Gbit/s}, {at: 1 s, rate: 2 Gbit/s}]",
            ): "set link.nics",
            ("workers.decode_tp=0",): "expected a count from 1 to 1024",
        }
        for given, words in cases.items():
            options = [word for setting in given for word in ("--set", setting)]
            self.assertIn(words, self.refused("run", QUICK, *options), given)

    def test_a_dump_of_other_rows_is_not_cut(self):
        self.write_cache()
        keys = {
            "kv.source": "dump",
            "kv.dump": self.folder / "cache.bf16",
            "compute_scale": 1,
            "time": "virtual",
            **self.ranks(2, 2),
        }
        said = self.refused("run", QUICK, *settings(keys))
        self.assertIn("rows of 64 elements are not cut into the 8 KV heads of llama-3.2-1b", said)


if __name__ == "__main__":
    unittest.main()
