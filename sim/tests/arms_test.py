"""All arms on the same bytes, for real; and what cannot be asked of them."""

import unittest

from testing import ProgramTest, rows_of

SCENARIO = """
name: arms
model: {name: small, layers: 4, hidden: 512, attention_heads: 8, kv_heads: 4, head_dim: 64, active_parameters: 100 M, total_parameters: 100 M}
arms: [raw, bypass, splitzip, ranked, auto]
repeats: 1
compute: none
backend: cpu
link: {bandwidth: 500 Mbit/s}
workload: {arrivals: closed, concurrency: 1, context: 1k, output: 1, requests: 4, warmup: 0}
"""


class ArmsTest(ProgramTest):
    def setUp(self):
        super().setUp()
        self.arms = self.write("arms.yaml", SCENARIO)

    def test_every_arm_brings_the_same_bytes(self):
        for kv_dtype, splitzip, ranked in (
            ("bf16", 1.33, 1.4),
            ("fp8_e5m2", 1.14, 1.3),
            ("fp8_e4m3", 1.07, 1.1),
        ):
            done = self.splitbench(
                "run", self.arms, "--output-dir", kv_dtype, "--set", f"kv_dtype={kv_dtype}"
            )
            self.assertEqual(done.returncode, 0, done.stderr)
            rows = rows_of(self.folder / kv_dtype / "requests.jsonl")
            self.assertTrue(all(row["verified"] and row["status"] == "ok" for row in rows))
            hashes = {
                arm: [row["kv_hash"] for row in rows if row["arm"] == arm]
                for arm in ("raw", "ranked", "auto")
            }
            self.assertEqual(hashes["raw"], hashes["ranked"])
            self.assertEqual(hashes["raw"], hashes["auto"])
            ratio = {
                arm: sum(row["raw_bytes"] / row["wire_bytes"] for row in rows if row["arm"] == arm)
                / 4
                for arm in ("bypass", "splitzip", "ranked", "auto")
            }
            self.assertLess(ratio["bypass"], 1)
            self.assertAlmostEqual(ratio["splitzip"], splitzip, delta=0.01)
            self.assertGreater(ratio["ranked"], ranked)
            self.assertLessEqual(ratio["auto"], ratio["ranked"])

    def test_auto_goes_by_what_the_workers_measure_not_by_the_profile(self):
        """By the profile a wire so fast wants ranked frames, which no CPU writes at its rate."""
        for time, ranked in (("virtual", True), ("real", False)):
            done = self.splitbench(
                "run",
                self.arms,
                "--output-dir",
                time,
                "--set",
                "arms=[auto]",
                "--set",
                "hardware=h200",
                "--set",
                "link.bandwidth=400 Gbit/s",
                "--set",
                "workload.context=8k",
                "--set",
                f"time={time}",
            )
            self.assertEqual(done.returncode, 0, done.stderr)
            for row in rows_of(self.folder / time / "requests.jsonl"):
                self.assertEqual(row["raw_bytes"] / row["wire_bytes"] > 1.4, ranked, time)

    def test_what_cannot_be_is_refused_with_the_way_out(self):
        bare = (
            "hardware={name: bare, provenance: test, flops: 1 TFLOP/s, memory_bandwidth: 1 TB/s, "
            "copy: 10 GB/s, copy_call: 1 us, digest: 10 GB/s, splitzip: {encode: 10 GB/s, decode: 10 GB/s, call: 1 us}}"
        )
        done = self.splitbench("run", self.arms, "--set", "time=virtual", "--set", bare)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn("has no figures for it; expected rates.ranked.bf16 there", done.stderr)


if __name__ == "__main__":
    unittest.main()
