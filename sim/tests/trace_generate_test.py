"""Traces that a scenario's workload makes: the same bytes everywhere, and what the scenario says."""

import hashlib
import json
import unittest

from testing import ROOT, ProgramTest

HEAD = "model: llama-3.1-8b\nlink: {bandwidth: 1 Gbit/s}\nworkload:\n"
OPEN = (
    HEAD
    + "  rate: 20 /s\n  context: lognormal(median 2k, p99 32k)\n  output: 100\n  requests: 5000\n"
)

# Of 2,000 requests with seed 1. Whoever changes what is drawn, and means to, changes these.
DIGESTS = {
    "agentic": "25d4ae98ed7e9dfa",
    "chat": "3a2dd2521860d08d",
    "rag": "ab1c5005201078df",
    "long_context": "da2cdf16fa9567f1",
    "mixed": "e69da040baa57d6b",
}


class TraceGenerateTest(ProgramTest):
    def generated(self, scenario, *options):
        done = self.splitbench("trace", "generate", scenario, "-o", "out.jsonl", *options)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return (self.folder / "out.jsonl").read_bytes()

    def stats(self):
        done = self.splitbench("trace", "stats", "out.jsonl", "--format", "json")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return json.loads(done.stdout)

    def refused(self, *arguments):
        return super().refused("trace", "generate", *arguments)

    def test_the_bytes_of_every_preset_are_the_same_everywhere(self):
        for preset, digest in DIGESTS.items():
            with self.subTest(preset):
                path = self.write("preset.yaml", HEAD + f"  rate: 1 /s\n  preset: {preset}\n")
                trace = self.generated(path, "--requests", 2000)
                self.assertEqual(hashlib.sha256(trace).hexdigest()[:16], digest)

    def test_a_seed_is_a_trace_of_its_own(self):
        path = self.write("open.yaml", OPEN)
        first, again = self.generated(path), self.generated(path, "--seed", 1)
        self.assertEqual(first, again)
        self.assertNotEqual(first, self.generated(path, "--seed", 2))

    def test_stats_find_what_the_scenario_says(self):
        self.generated(self.write("open.yaml", OPEN))
        stats = self.stats()
        self.assertEqual(stats["requests"], 5000)
        self.assertAlmostEqual(stats["rate"], 20, delta=1)
        self.assertAlmostEqual(stats["input_tokens"]["p50"] / 2048, 1, delta=0.05)
        self.assertAlmostEqual(stats["input_tokens"]["p99"] / 32768, 1, delta=0.2)
        self.assertEqual(stats["output_tokens"]["max"], 100)

    def test_sessions_keep_their_prefixes_in_the_file(self):
        self.generated(ROOT / "configs/agentic.yaml", "--requests", 3000)
        hit_rate = self.stats()["prefix_hit_rate"]
        self.assertGreater(hit_rate, 0.8)
        self.assertLess(hit_rate, 0.99)
        self.generated(ROOT / "configs/agentic.yaml", "--requests", 3000, "--to", "mooncake")
        in_blocks = self.stats()["prefix_hit_rate"]
        self.assertLess(in_blocks, hit_rate)
        self.assertAlmostEqual(in_blocks, hit_rate, delta=0.01)

    def test_a_replay_is_the_run_that_was_generated_to_the_nanosecond(self):
        for shared in (500, 1000, 16384):
            with self.subTest(shared=shared):
                text = HEAD + "  rate: 2 /s\n  context: 256\n  output: 8\n  requests: 40\n"
                text += f"  sessions: {{turns: 3, added: 200, shared: {shared}, groups: 2}}\n"
                text += "time: virtual\nrepeats: 1\ntransfer: missing_blocks\n"
                path = self.write("prefix.yaml", text)
                self.generated(path, "--to", "ours")
                replay = self.write(
                    "replay.yaml",
                    "model: llama-3.1-8b\nlink: {bandwidth: 1 Gbit/s}\ntime: virtual\nrepeats: 1\n"
                    "transfer: missing_blocks\n"
                    "workload: {arrivals: trace, trace: out.jsonl, requests: all}\n",
                )
                self.assertEqual(self.latencies(path), self.latencies(replay))

    def latencies(self, scenario):
        """(TTFT, E2EL) of each request of a run, in the order in which they are recorded."""
        done = self.splitbench("run", scenario, "--output-dir", "result", "--force")
        self.assertEqual(done.returncode, 0, done.stderr)
        lines = (self.folder / "result/requests.jsonl").read_text().splitlines()
        return [
            (row["arm"], row["id"], row["ttft_ns"], row["e2el_ns"])
            for row in map(json.loads, lines)
        ]

    def test_what_cannot_be_written_is_refused(self):
        closed = self.write(
            "closed.yaml",
            HEAD
            + "  arrivals: closed\n  concurrency: 2\n  context: 8\n  output: 1\n  requests: 9\n",
        )
        self.assertIn(
            "workload.arrivals 'closed' depend on the run", self.refused(closed, "-o", "x")
        )
        self.assertIn("expected --output FILE", self.refused(closed))
        self.assertIn("--to csv", self.refused(closed, "-o", "x", "--to", "csv"))
        self.assertFalse((self.folder / "x").exists())
        self.generated(closed, "--set", "workload.think_time=2 s")


if __name__ == "__main__":
    unittest.main()
