"""Other libraries' codecs as arms: real runs on the same bytes as ours, a sweep, and what is refused."""

import json
import unittest

from testing import ProgramTest, settings

SCENARIO = """
name: baselines
model: {name: small, layers: 4, hidden: 512, attention_heads: 8, kv_heads: 4, head_dim: 64, active_parameters: 100 M, total_parameters: 100 M}
arms: [raw, splitzip, zstd-1-planes, lz4]
repeats: 1
compute: none
backend: cpu
link: {bandwidth: 500 Mbit/s}
workload: {arrivals: closed, concurrency: 1, context: 1k, output: 1, requests: 3, warmup: 0}
"""


class BaselineArmsTest(ProgramTest):
    def setUp(self):
        super().setUp()
        self.baselines = self.write("baselines.yaml", SCENARIO)
        for line in self.splitbench("schema", "arms").stdout.splitlines():
            if line.startswith(("  zstd", "  lz4")) and "not in this program" in line:
                self.skipTest(line.strip())

    def test_a_baseline_brings_the_same_bytes_over_every_wire(self):
        for transport in ("tcp", "shm"):
            result = self.run_scenario(
                {"transport": transport}, scenario=self.baselines, into=transport
            )
            self.assertTrue(
                all(row["verified"] and row["status"] == "ok" for row in result.requests)
            )
            of = lambda arm, rows=result.requests: [row for row in rows if row["arm"] == arm]
            hashes = [row["kv_hash"] for row in of("raw")]
            ratio = {}
            for arm in ("splitzip", "zstd-1-planes", "lz4"):
                self.assertEqual([row["kv_hash"] for row in of(arm)], hashes)
                ratio[arm] = sum(row["raw_bytes"] / row["wire_bytes"] for row in of(arm)) / len(
                    of(arm)
                )
            self.assertGreater(ratio["zstd-1-planes"], ratio["splitzip"])
            self.assertAlmostEqual(ratio["lz4"], 1, delta=0.01)
            for arm in ("zstd-1-planes", "lz4"):
                self.assertEqual({row["escapes"] + row["stored_bytes"] for row in of(arm)}, {0})

    def test_a_worker_that_measures_slow_codecs_is_not_taken_for_lost(self):
        arms = "[raw, zstd-1, zstd-1-planes, zstd-3, zstd-3-planes, zstd-huffman-planes, lz4, lz4-planes]"
        keys = {"arms": arms, "heartbeat_timeout": "4 s", "workload.requests": 1}
        result = self.run_scenario(keys, scenario=self.baselines, into="slow")
        self.assertEqual({row["status"] for row in result.requests}, {"ok"})

    def test_a_sweep_takes_them_like_any_other_arm(self):
        keys = settings({"workload.requests": 2, "workload.context": 256})
        axis = "arms=[raw, zstd-1],zstd-3-planes"
        done = self.splitbench(
            "sweep", self.baselines, *keys, "--vary", axis, "--output-dir", "sweep"
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        report = json.loads((self.folder / "sweep/report.json").read_text())
        arms = {row["axes"]["arm"] for row in report["rows"]}
        self.assertEqual(arms, {"raw", "zstd-1", "zstd-3-planes"})

    def test_in_virtual_time_a_baseline_is_as_fast_and_as_long_as_it_was_measured(self):
        keys = {
            "time": "virtual",
            "hardware": "h200",
            "backend": "auto",
            "arms": "[raw, nvcomp-ans]",
        }
        result = self.run_scenario(keys, scenario=self.baselines, into="virtual")
        self.assertEqual({row["status"] for row in result.requests}, {"ok"})
        self.assertAlmostEqual(result.values("nvcomp-ans")["compression_ratio"], 1.363, delta=0.01)
        gain = result.values("raw")["transfer_p50"] / result.values("nvcomp-ans")["transfer_p50"]
        self.assertAlmostEqual(gain, 1.36, delta=0.02)

    def test_what_cannot_be_is_refused_with_the_way_out(self):
        for keys, words in (
            ({"time": "virtual", "hardware": "splitzip-paper"}, "or time: real"),
            ({"backend": "cuda"}, "works on the CPU; expected backend: cpu"),
            ({"kv_dtype": "fp8_e4m3"}, "expected kv_dtype bf16, or a baseline without planes"),
            ({"transport": "peer", "backend": "auto"}, "expected transport: auto, tcp or shm"),
            ({"arms": "[raw, zstd-9]"}, "did you mean 'zstd-1'?"),
        ):
            for verb in ("run", "sweep"):
                done = self.splitbench(verb, self.baselines, *settings(keys))
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assertIn(words, done.stderr)


if __name__ == "__main__":
    unittest.main()
