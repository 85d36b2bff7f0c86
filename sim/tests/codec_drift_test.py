"""The codec while exponents move, from the command line: what is said of it is complete and adds up."""

import collections
import csv
import io
import json
import unittest

from testing import ProgramTest, settings

KEYS = [
    "kind",
    "step",
    "policy",
    "scope",
    "escape_rate",
    "ratio",
    "oracle_ratio",
    "encode_bytes_per_s",
]
SCENARIO = """
name: drifting
model: llama-3.2-1b
link:
  bandwidth: 1 Gbit/s
workload:
  arrivals: closed
  concurrency: 1
  context: 64
  output: 2
  requests: 4
drift:
  kind: scale_shift(binades 2)
  path: step(at 8)
"""


class CodecDriftTest(ProgramTest):
    def setUp(self):
        super().setUp()
        self.drifting = self.write("drifting.yaml", SCENARIO)

    def drift(self, *options):
        done = self.splitbench("codec", "drift", self.drifting, "--backend", "cpu", *options)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stderr, "")
        return done.stdout

    def test_json_has_a_row_for_each_request_and_case(self):
        options = ("--kind", "scale_shift,nan_burst(share 0.5)", "--policy", "fixed,recalibrate")
        said = json.loads(
            self.drift(*options, "--scope", "global,kv", "--requests", "10", "--format", "json")
        )
        self.assertEqual(len(said["rows"]), 2 * 2 * 2 * 10)
        for row in said["rows"]:
            self.assertLessEqual(set(KEYS), set(row))
            self.assertTrue(row["verified"])
            self.assertEqual(row["drift"], float(row["step"] >= 8))
            self.assertLessEqual(row["ratio"], row["entropy_ratio"] * 1.01)
            self.assertGreater(row["encode_bytes_per_s"], 0)
        cases = collections.Counter(
            (row["kind"], row["policy"], row["scope"]) for row in said["rows"]
        )
        self.assertEqual(set(cases.values()), {10})
        self.assertIn("nan_burst(share 0.5)", {kind for kind, _, _ in cases})
        self.assertEqual(said["backend"], "cpu")
        self.assertIn("share", said["sampling"])

    def test_the_scenario_says_how_far_its_own_kind_drifts(self):
        options = ("--policy", "fixed", "--scope", "global", "--requests", "9", "--format", "json")
        own = json.loads(self.drift("--kind", "scale_shift", *options))["rows"]
        said = json.loads(self.drift("--kind", "scale_shift(binades 2)", *options))["rows"]
        more = json.loads(self.drift("--kind", "scale_shift(binades 4)", *options))["rows"]
        self.assertEqual(own[-1]["escape_rate"], said[-1]["escape_rate"])
        self.assertLess(own[-1]["escape_rate"], more[-1]["escape_rate"])

    def test_csv_and_table_show_the_same_cases(self):
        options = ("--kind", "padding", "--scope", "global", "--requests", "9")
        rows = list(csv.DictReader(io.StringIO(self.drift(*options, "--format", "csv"))))
        self.assertEqual([row["policy"] for row in rows[:3]], ["fixed", "fallback", "recalibrate"])
        table = self.drift(*options)
        for word in ("padding", "fallback", "recalibrate", "Watching"):
            self.assertIn(word, table)

    def test_the_published_accounting_of_fixed_is_told_apart(self):
        kinds = "padding,other_model(profile llama-3.1-70b)"
        options = ("--kind", kinds, "--scope", "kv", "--requests", "9")
        table = self.drift(*options, "--output-dir", "result")
        lines = [line for line in table.splitlines() if " kv " in line]
        self.assertEqual(["fixed*" in line for line in lines], 2 * [True, False, False], table)
        self.assertIn("\n* bytes by the accounting that was published", table)
        report = json.loads((self.folder / "result/report.json").read_text())
        self.assertIn("the accounting that was published", " ".join(report["meta"]["warnings"]))
        with self.subTest("columns stand below one another whatever a kind is called"):
            self.assertEqual(len({line.index(" kv ") for line in lines}), 1, table)
        rows = json.loads(self.drift(*options, "--format", "json"))["rows"]
        self.assertEqual(
            {(row["policy"], row["accounting"]) for row in rows},
            {("fixed", "published"), ("fallback", "frames"), ("recalibrate", "frames")},
        )

    def test_a_folder_can_be_reported_again(self):
        self.drift("--kind", "all_escapes,padding", "--requests", "12", "--output-dir", "result")
        report = json.loads((self.folder / "result/report.json").read_text())
        self.assertEqual([axis["key"] for axis in report["axes"]], ["kind", "policy", "scope"])
        self.assertEqual(len(report["rows"]), 2 * 3 * 3)
        self.assertEqual(len(report["drift"]), 2 * 3 * 3)
        page = self.splitbench("report", "result", "--format", "html")
        self.assertEqual(page.returncode, 0, page.stderr)
        self.assertEqual(page.stdout, (self.folder / "result/report.html").read_text())
        self.assertIn('data-chart="drift_ratio"', page.stdout)
        for shape in ("table", "csv", "json"):
            self.assertEqual(self.splitbench("report", "result", "--format", shape).returncode, 0)

    def test_a_drift_that_never_comes_is_refused_with_the_way_out(self):
        said = self.refused("codec", "drift", self.drifting, "--requests", "8")
        for words in ("drift.path: step(at 8)", "last of 8 requests is number 7", "--requests"):
            self.assertIn(words, said)
        for path in ("ramp(from 7, over 64)", "periodic(from 7, period 64)"):
            keys = ("--set", f"drift.path={path}", "--requests", "8")
            said = self.refused("codec", "drift", self.drifting, *keys)
            self.assertIn(f"{path} begins at request 7", said)

    def test_a_run_whose_drift_never_comes_is_refused_before_it(self):
        run = ("run", self.drifting, "--time", "virtual", "--output-dir", "result")
        self.assertIn("raise workload.requests", self.refused(*run))
        poisson = {"workload.arrivals": "poisson", "workload.rate": "100 /s"}
        late = settings({**poisson, "drift.path": "step(at 3600 s)"})
        self.assertRegex(self.refused(*run, *late), r"begins at 3600 s, .* arrives at \d")
        early = settings({**poisson, "drift.path": "step(at 1 ms)"})
        self.assertEqual(self.splitbench(*run, *early).returncode, 0)

    def test_wrong_options_are_named(self):
        for option, value, words in [
            ("--kind", "scale_shfit", "scale_shift"),
            ("--kind", "padding(share 2)", "share"),
            ("--policy", "hope", "fallback"),
            ("--scope", "layer", "per_layer"),
            ("--requests", "0", "expected 1 to"),
            ("--format", "xml", "expected"),
            ("--backend", "tpu", "expected"),
            ("--set", "drift.path=jump", "step"),
        ]:
            self.assertIn(words, self.refused("codec", "drift", self.drifting, option, value))
        self.assertIn("SCENARIO", self.refused("codec", "drift"))
        self.assertIn("nowhere.yaml", self.refused("codec", "drift", "nowhere.yaml"))


if __name__ == "__main__":
    unittest.main()
