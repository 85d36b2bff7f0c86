"""Models whose layers keep different things: what travels is what an independent count says, and arrives bit for bit."""

import json
import unittest

from testing import ROOT, ProgramTest, Result, settings

BF16 = 2


def heads(count, width):
    """Bytes a token of K and V in one layer."""
    return 2 * count * width * BF16


def gpt_oss_120b(tokens):
    return 18 * heads(8, 64) * (tokens + min(tokens, 128))


def gemma_3_27b(tokens):
    return heads(16, 128) * (10 * tokens + 52 * min(tokens, 1024))


def gemma_3_12b(tokens):
    return heads(8, 256) * (8 * tokens + 40 * min(tokens, 1024))


def qwen3_next_80b_a3b(tokens):
    channels = 2 * 16 * 128 + 32 * 128
    state = 4 * 32 * 128 * 128 + BF16 * channels * 3
    return 12 * heads(2, 256) * tokens + 36 * state


def nemotron_nano_9b_v2(tokens):
    channels = 128 * 80 + 2 * 8 * 128
    state = 4 * 128 * 80 * 128 + BF16 * channels * 3
    return 4 * heads(8, 128) * tokens + 27 * state


def deepseek_v3_2(tokens):
    return 61 * tokens * ((512 + 64) * BF16 + 128 + 4)


def llama_3_1_8b(tokens):
    return 32 * heads(8, 128) * tokens


COUNTS = {
    "gpt-oss-120b": gpt_oss_120b,
    "gemma-3-27b": gemma_3_27b,
    "gemma-3-12b": gemma_3_12b,
    "qwen3-next-80b-a3b": qwen3_next_80b_a3b,
    "nemotron-nano-9b-v2": nemotron_nano_9b_v2,
    "deepseek-v3.2": deepseek_v3_2,
    "llama-3.1-8b": llama_3_1_8b,
}
SMALL = """
name: small-hybrid
layers: 2 x (window 64 + full) + 2 x state 40 kB + none + shared
hidden: 256
attention_heads: 8
kv_heads: 2
head_dim: 64
index_bytes: 24
active_parameters: 10 M
total_parameters: 10 M
"""


def small(tokens):
    return 2 * (heads(2, 64) + 24) * (tokens + min(tokens, 64)) + 2 * 40_000


class LayerKindsTest(ProgramTest):
    QUICK = ROOT / "configs/quickstart.yaml"

    def run_with(self, **keys):
        done = self.splitbench(
            "run", self.QUICK, *settings(keys), "--output-dir", "result", "--force"
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        return Result(self.folder / "result")

    def test_each_shipped_model_sends_what_its_layers_keep(self):
        for name, count in COUNTS.items():
            for context in (100, 8192):
                result = self.run_with(
                    **{
                        "time": "virtual",
                        "hardware": "h200",
                        "model": name,
                        "arms": "[raw, splitzip]",
                        "workload.context": context,
                        "workload.requests": 2,
                        "repeats": 1,
                    }
                )
                for transfer in result.transfers:
                    self.assertEqual(transfer["raw_bytes"], count(context), (name, context))

    def test_a_codec_gains_nothing_on_a_state(self):
        keys = {"time": "virtual", "hardware": "h200", "arms": "[raw, splitzip, ranked]"}
        keys |= {"model": "nemotron-nano-9b-v2", "workload.requests": 2, "repeats": 1}
        for context in (1024, 131072):
            result = self.run_with(**keys, **{"workload.context": context})
            state = 27 * 5_316_608
            raw = nemotron_nano_9b_v2(context)
            for transfer in result.transfers:
                least = state + (raw - state) / 1.5
                if transfer["arm"] != "raw":
                    self.assertGreater(transfer["wire_bytes"], least)
                    self.assertLess(transfer["wire_bytes"], state + (raw - state) / 1.3)

    def test_real_workers_bring_every_kind_bit_for_bit(self):
        self.write("small.yaml", SMALL)
        for batch in (1, 3):
            result = self.run_with(
                **{
                    "model": self.folder / "small.yaml",
                    "arms": "[raw, bypass, splitzip, ranked, auto]",
                    "workload.context": "uniform(from 10, to 600)" if batch == 1 else 300,
                    "workload.batch_size": batch,
                    "workload.concurrency": batch,
                    "workload.requests": 6,
                    "workload.warmup": 0,
                    "repeats": 1,
                }
            )
            for request in result.requests:
                self.assertTrue(request["verified"], request)
            tokens = {row["id"]: row["prompt_tokens"] for row in result.requests}
            for transfer in result.transfers:
                expected = sum(small(tokens[id]) for id in transfer["requests"])
                self.assertEqual(transfer["raw_bytes"], expected)

    def test_virtual_and_real_workers_send_the_same_frames(self):
        self.write("small.yaml", SMALL)
        sent = {}
        for time in ("real", "virtual"):
            result = self.run_with(
                **{
                    "time": time,
                    "model": self.folder / "small.yaml",
                    "arms": "[raw, splitzip]",
                    "workload.context": 5000,
                    "workload.requests": 2,
                    "workload.warmup": 0,
                    "repeats": 1,
                }
            )
            sent[time] = {
                (row["arm"], row["request"]): row["wire_bytes"] for row in result.transfers
            }
        for key, real in sent["real"].items():
            self.assertAlmostEqual(sent["virtual"][key] / real, 1, delta=0.002)

    def test_trace_stats_counts_each_prompt(self):
        rows = [
            {"timestamp": 1000 * i, "input_length": tokens, "output_length": 1, "hash_ids": []}
            for i, tokens in enumerate((50, 128, 5000, 100_000))
        ]
        self.write("trace.jsonl", "".join(json.dumps(row) + "\n" for row in rows))
        done = self.splitbench(
            "trace", "stats", "trace.jsonl", "--model", "gpt-oss-120b", "--format", "json"
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        kv = json.loads(done.stdout)["kv"]
        whole = [gpt_oss_120b(row["input_length"]) for row in rows]
        self.assertEqual(kv["full_bytes"]["max"], whole[-1])
        self.assertAlmostEqual(kv["full_bytes"]["mean"], sum(whole) / 4)
        self.assertAlmostEqual(
            kv["bytes_per_token"], sum(whole) / sum(row["input_length"] for row in rows)
        )


if __name__ == "__main__":
    unittest.main()
