"""Traces as people handle them: what they are like, and the same in another format."""

import json
import os
import unittest

from testing import TRACE, ProgramTest

KEYS = [
    "requests",
    "duration_s",
    "rate",
    "input_tokens",
    "output_tokens",
    "prefix_hit_rate",
    "uncached_tokens",
    "kv",
]
QUANTILES = {"mean", "p50", "p90", "p99", "max"}


def line(timestamp, tokens, ids):
    return (
        json.dumps(
            {
                "timestamp": timestamp,
                "input_length": tokens,
                "output_length": 10,
                "hash_ids": ids,
            }
        )
        + "\n"
    )


BATCHES = line(0, 1000, [1, 2]) + line(0, 500, [1]) + line(3000, 1500, [1, 2, 3])
AZURE = "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:17:03.9799600,4808,10\n"


class TraceCliTest(ProgramTest):
    def done(self, *arguments):
        done = self.splitbench("trace", *arguments)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout

    def refused(self, *arguments):
        return super().refused("trace", *arguments)

    def stats(self, *arguments):
        return json.loads(self.done("stats", *arguments, "--format", "json"))

    def objects(self, name):
        return [json.loads(row) for row in (self.folder / name).read_text().splitlines()]

    def test_stats_have_the_keys_that_scripts_read(self):
        stats = self.stats(self.write("trace.jsonl", BATCHES))
        for key in KEYS:
            self.assertIn(key, stats)
        for key in ("input_tokens", "output_tokens", "uncached_tokens"):
            self.assertEqual(set(stats[key]), QUANTILES)
        self.assertEqual(stats["requests"], 3)
        self.assertEqual(stats["duration_s"], 3)
        self.assertEqual(stats["prefix_hit_rate"], (500 + 1000 + 24) / 3000)

    def test_stats_say_what_a_trace_means_for_a_model(self):
        path = self.write("trace.jsonl", BATCHES)
        kv = self.stats(path, "--model", "qwen3-32b")["kv"]
        self.assertEqual(kv["bytes_per_token"], 256 * 1024)
        self.assertEqual(kv["full_bytes"]["mean"], 1000 * 256 * 1024)
        self.assertEqual(kv["offered_bits_per_s"], 1000 * 256 * 1024 * 8)  # one a second
        half = self.stats(path, "--model", "qwen3-32b", "--kv-dtype", "fp8_e4m3")["kv"]
        self.assertEqual(half["bytes_per_token"], 128 * 1024)

    def test_a_table_for_people(self):
        table = self.done("stats", self.write("trace.jsonl", BATCHES))
        for words in ("3 requests in 3.0 s", "uncached", "█", "KV of llama-3.1-8b", "Gbit/s"):
            self.assertIn(words, table)

    def test_a_trace_without_ids_or_sessions(self):
        path = self.write("azure.csv", AZURE)
        self.assertIsNone(self.stats(path)["prefix_hit_rate"])
        self.assertNotIn("cache without bounds", self.done("stats", path))

    def test_a_session_whose_start_nobody_recorded(self):
        turn = '{"t": %d, "in": 64, "out": 1, "hash_ids": [1]}'
        turns = f"[{turn % 0}, {turn % 9}]"
        path = self.write("a.json", f'{{"id": "a", "block_size": 64, "requests": {turns}}}')
        stats = self.stats(path)
        self.assertFalse(stats["starts_recorded"])
        self.assertEqual(stats["sessions"]["requests"]["max"], 2)
        self.assertEqual(stats["prefix_hit_rate"], 0.5)
        self.assertIn("rates mean little", self.done("stats", path))

    def test_an_archive_where_libarchive_cannot_be_loaded(self):
        self.write("libarchive.so.13", "no library")
        self.write("a.tar.xz", b"\x1f\x8b")
        os.environ["LD_LIBRARY_PATH"] = str(self.folder)
        self.addCleanup(os.environ.pop, "LD_LIBRARY_PATH")
        said = self.refused("stats", "a.tar.xz")
        self.assertIn(
            "a.tar.xz: a compressed file or an archive, but libarchive.so.13 cannot be loaded", said
        )
        self.assertIn("libarchive13", said)

    def test_mooncake_to_ours_to_mooncake_is_the_identity(self):
        self.write("trace.jsonl", BATCHES)
        self.done("convert", "trace.jsonl", "ours.jsonl")
        self.done("convert", "ours.jsonl", "back.jsonl", "--to", "mooncake")
        self.assertEqual(self.objects("back.jsonl"), self.objects("trace.jsonl"))
        self.assertEqual(self.stats("ours.jsonl"), self.stats("trace.jsonl"))

    def test_faster_and_spread(self):
        self.write("trace.jsonl", BATCHES)
        self.done("convert", "trace.jsonl", "fast.jsonl", "--to", "mooncake", "--speedup", 2)
        self.assertEqual([row["timestamp"] for row in self.objects("fast.jsonl")], [0, 0, 1500])
        self.done("convert", "trace.jsonl", "even.jsonl", "--to", "mooncake", "--spread")
        self.assertEqual([row["timestamp"] for row in self.objects("even.jsonl")], [0, 1500, 3000])

    def test_a_bad_line_is_refused_or_skipped(self):
        path = self.write("trace.jsonl", BATCHES + '{"timestamp": 3000, "input_len')
        self.assertIn("trace.jsonl:4: the JSON ends after", self.refused("stats", path))
        self.assertIn("trace.jsonl:4: ", self.refused("convert", path, "out.jsonl"))
        self.assertEqual([p.name for p in self.folder.glob("out*")], [])
        self.assertEqual(self.stats(path, "--skip-bad")["left_out"], {"bad": 1, "failed": 0})
        said = self.done("convert", path, "out.jsonl", "--skip-bad")
        self.assertIn("3 requests written, 1 bad ones skipped, the first: ", said)

    def test_a_wrong_command_line(self):
        path = self.write("trace.jsonl", BATCHES)
        self.assertIn("expected one of generate, stats, convert", self.refused("rename"))
        self.assertIn("0 arguments given, expected FILE", self.refused("stats"))
        self.assertIn("1 argument given, expected IN OUT", self.refused("convert", path))
        self.assertIn("--format csv", self.refused("stats", path, "--format", "csv"))
        self.assertIn("--input-format weka", self.refused("stats", path, "--input-format", "weka"))
        self.assertIn("--to weka", self.refused("convert", path, "o", "--to", "weka"))
        self.assertIn("--speedup 0", self.refused("convert", path, "o", "--speedup", 0))
        self.assertIn("no model 'gpt'", self.refused("stats", path, "--model", "gpt"))
        self.assertIn("no such file", self.refused("stats", "nothing.jsonl"))

    def test_help_begins_with_examples(self):
        for verb in ((), ("stats",), ("convert",)):
            self.assertTrue(self.done(*verb, "--help").startswith("splitbench trace "))

    def test_the_real_trace_comes_back(self):
        self.done("convert", TRACE, "ours.jsonl")
        self.done("convert", "ours.jsonl", "back.jsonl", "--to", "mooncake")
        self.assertEqual((self.folder / "back.jsonl").read_bytes(), TRACE.read_bytes())


if __name__ == "__main__":
    unittest.main()
