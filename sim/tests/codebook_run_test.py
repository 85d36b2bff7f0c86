"""Codebooks of one's own in a run: what a file of `codec calibrate` holds is what workers encode with."""

import json
import random
import struct
import unittest

from testing import ProgramTest, rows_of, settings

LAYERS, TOKENS, WIDTH = 4, 16, 256

SCENARIO = """
name: own codebooks
model: {name: small, layers: 4, hidden: 512, attention_heads: 8, kv_heads: 4, head_dim: 64, active_parameters: 100 M, total_parameters: 100 M}
arms: [splitzip, ranked]
repeats: 1
compute: none
backend: cpu
link: {bandwidth: 2 Gbit/s}
workload: {arrivals: closed, concurrency: 1, context: 512, output: 1, requests: 4, warmup: 0}
kv: {source: dump, dump: kv.bf16}
"""


def elements(seed, scale):
    """Gaussian bf16 numbers whose deviation is another in each tensor."""
    draw = random.Random(seed)
    words = bytearray()
    for tensor in range(2 * LAYERS):
        for _ in range(TOKENS * WIDTH):
            words += struct.pack("<f", draw.gauss(0, scale * 2.0**tensor))[2:]
    return bytes(words)


class CodebookRunTest(ProgramTest):
    def setUp(self):
        super().setUp()
        self.scenario = self.write("own.yaml", SCENARIO)
        for name, seed, scale in (("kv", 1, 1.0), ("other", 2, 2.0**40)):
            self.write(f"{name}.bf16", elements(seed, scale))
            self.write(f"{name}.json", json.dumps({"shape": [LAYERS, 2, TOKENS, WIDTH]}))
            self.calibrate(name)

    def calibrate(self, name, *options, into=None):
        into = into or f"{name}.codebooks.json"
        done = self.splitbench("codec", "calibrate", f"{name}.bf16", "-o", into, *options)
        self.assertEqual(done.returncode, 0, done.stderr)

    def sent(self, time, codebook):
        """The bytes that each transfer took on the wire, in order of requests and arms."""
        keys = {"kv.codebook": codebook, "time": time}
        into = f"{time}.{codebook}"
        result = self.splitbench("run", self.scenario, "--output-dir", into, *settings(keys))
        self.assertEqual(result.returncode, 0, result.stderr)
        rows = rows_of(self.folder / into / "requests.jsonl")
        return sorted((row["arm"], row["id"], row["wire_bytes"]) for row in rows)

    def test_those_of_the_kv_itself_are_those_that_a_run_calibrates(self):
        self.assertEqual(self.sent("virtual", "kv.codebooks.json"), self.sent("virtual", "none"))

    def test_those_of_other_kv_are_taken_and_cost_what_they_cost(self):
        for time in ("virtual", "real"):
            foreign, own = self.sent(time, "other.codebooks.json"), self.sent(time, "none")
            for (_, _, longer), (_, _, shorter) in zip(foreign, own):
                self.assertGreater(longer, 1.2 * shorter, time)

    def test_a_result_says_which_and_gives_the_same_again(self):
        self.sent("virtual", "other.codebooks.json")
        kept = self.folder / "virtual.other.codebooks.json/scenario.yaml"
        self.assertIn(f"  codebook: {self.folder / 'other.codebooks.json'}\n", kept.read_text())
        self.assertEqual(self.splitbench("run", kept, "--output-dir", "again").returncode, 0)
        report = kept.with_name("report.json").read_bytes()
        self.assertEqual((self.folder / "again/report.json").read_bytes(), report)

    def test_a_point_whose_codebooks_have_changed_is_run_again(self):
        keys = settings({"kv.codebook": "kv.codebooks.json", "time": "virtual"})
        sweep = ("sweep", self.scenario, "--output-dir", "sweep", "--vary", "arms=splitzip", *keys)

        def ratio():
            done = self.splitbench(*sweep)
            self.assertEqual(done.returncode, 0, done.stderr)
            [row] = json.loads((self.folder / "sweep/report.json").read_text())["rows"]
            return row["values"]["compression_ratio"]

        before = ratio()
        self.calibrate("other", into="kv.codebooks.json")
        self.assertLess(ratio(), 0.9 * before)

    def test_those_that_do_not_fit_are_refused_at_their_key(self):
        def said(*keys):
            done = self.splitbench("run", self.scenario, *settings(dict(keys)))
            self.assertEqual((done.returncode, done.stdout), (2, ""), done.stderr)
            return done.stderr

        codebook = ("kv.codebook", "kv.codebooks.json")
        self.assertIn(
            "codebooks for 4 layers, but model", said(codebook, ("model", "llama-3.2-1b"))
        )
        self.assertIn("but the elements are fp8_e5m2", said(codebook, ("kv_dtype", "fp8_e5m2")))
        self.assertIn("by drift.scope global", said(codebook, ("drift.scope", "global")))
        self.assertIn("--set: no file", said(("kv.codebook", "nowhere.json")))
        self.assertIn("expected a file of codebooks", said(("kv.codebook", "kv.json")))
        done = self.splitbench("codec", "drift", self.scenario, *settings(dict([codebook])))
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn("kv.codebook", done.stderr)


if __name__ == "__main__":
    unittest.main()
