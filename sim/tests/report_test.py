"""A stored result again: every form of it comes from the folder alone."""

import json
import unittest
from xml.etree import ElementTree

from testing import ROOT, ProgramTest


class ReportTest(ProgramTest):
    def setUp(self):
        super().setUp()
        self.result = self.run_scenario({"repeats": 2}, "--time", "virtual")

    def report(self, *options, folder="result"):
        done = self.splitbench("report", folder, *options)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout

    def refusal(self, *options, folder="result"):
        return self.refused("report", folder, *options)

    def formats(self):
        listed = self.report("--help").split("\nformats:\n")[1]
        return [line.split()[0] for line in listed.splitlines()]

    def test_json_and_the_timeline_are_the_stored_ones(self):
        stored = (self.result.folder / "report.json").read_text()
        self.assertEqual(self.report("--format", "json"), stored)
        stored = (self.result.folder / "timeline.json").read_text()
        self.assertEqual(self.report("--format", "timeline"), stored)

    def test_a_file_holds_what_stdout_would(self):
        wanted = {"hgrm": ("--arm", "raw"), "svg": ("--chart", "partition")}
        for name in self.formats():
            if name == "png":  # no text
                continue
            with self.subTest(name):
                asked = ("--format", name, *wanted.get(name, ()))
                self.assertEqual(self.report(*asked, "-o", "out"), "")
                self.assertEqual((self.folder / "out").read_text(), self.report(*asked))

    def test_a_refusal_leaves_an_older_file_as_it_was(self):
        self.write("out", "older")
        self.refusal("-o", "out", folder="nowhere")
        self.assertEqual((self.folder / "out").read_text(), "older")
        self.assertIn("nowhere/out", self.refusal("-o", "nowhere/out"))

    def test_every_key_of_a_run_stands_on_the_page_of_keys(self):
        page = (ROOT / "reports/JSON.md").read_text()
        [row] = [row for row in self.result.report["rows"] if row["axes"]["arm"] == "splitzip"]
        facts = json.loads((self.result.folder / "run.json").read_text())
        meta = [
            f"meta.{key}[]" if isinstance(value, list) else f"meta.{key}"
            for key, value in self.result.report["meta"].items()
            if key != "slo"
        ]
        for keys in (row["values"], self.result.requests[0], facts, meta):
            for key in keys:
                self.assertIn(f"`{key}`", page)

    # Columns

    def test_columns_are_those_asked_for_in_their_order(self):
        csv = self.report("--format", "csv", "--columns", "ttft_p50,arm,wire_bytes_ci95")
        header, *rows = csv.splitlines()
        self.assertEqual(header, "ttft_p50 [s],arm,wire_bytes_ci95 [bytes]")
        values = [self.result.values(arm)["ttft_p50"] for arm in ("raw", "bypass", "splitzip")]
        self.assertEqual([float(row.split(",")[0]) for row in rows], values)

    def test_an_unknown_column_names_those_that_are_near(self):
        said = self.refusal("--format", "csv", "--columns", "arm,ttft_p5")
        self.assertIn("--columns 'ttft_p5': no such column, did you mean ttft_p50", said)
        said = self.refusal("--format", "csv", "--columns", "weather")
        self.assertIn("--format csv has all in its first line", said)
        said = self.refusal("--format", "json", "--columns", "arm")
        self.assertIn("--format json has no columns, csv has", said)

    # Charts

    def test_a_chart_of_the_page_is_a_drawing_by_its_name(self):
        names = self.report("--format", "svg").split()
        self.assertIn("partition", names)
        self.assertIn("ttft_curve", names)
        for name in names:
            with self.subTest(name):
                drawing = ElementTree.fromstring(self.report("--format", "svg", "--chart", name))
                self.assertTrue(drawing.tag.endswith("svg"))
                words = {each.text for each in drawing.iter() if each.tag.endswith("}text")}
                self.assertTrue({"raw", "splitzip"} <= words or name == "partition", words)

    def test_an_unknown_chart_names_the_nearest(self):
        said = self.refusal("--format", "svg", "--chart", "partitoin")
        self.assertIn("did you mean partition? --format svg without --chart lists the names", said)
        self.assertIn("expected --chart NAME", self.refusal("--format", "png"))
        self.assertIn("svg and png are", self.refusal("--chart", "partition"))

    def test_a_png_is_drawn_or_says_what_it_takes(self):
        asked = ("report", "result", "--format", "png", "--chart", "stages", "-o", "out.png")
        done = self.splitbench(*asked)
        if done.returncode == 2:
            self.assertIn("expected the package librsvg2-2", done.stderr)
        else:
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertEqual((self.folder / "out.png").read_bytes()[:8], b"\x89PNG\r\n\x1a\n")

    # Citation

    def test_a_citation_names_version_commit_and_date_of_the_result(self):
        facts = json.loads((self.result.folder / "run.json").read_text())
        entry = self.report("--format", "bibtex")
        self.assertTrue(entry.startswith("@software{splitbench,\n"))
        self.assertIn(f"  version = {{{facts['version']}}},\n", entry)
        self.assertIn(f"  date = {{{facts['started'][:10]}}},\n", entry)
        self.assertIn(f"  note = {{commit {facts['commit']}}},\n", entry)

    def test_a_citation_has_nothing_that_is_not_what_it_says(self):
        facts = {"version": "}, evil = {", "commit": "HEAD", "started": "yesterday"}
        self.write("result/run.json", json.dumps(facts))
        keys = [
            line.split(" = ")[0].strip() for line in self.report("--format", "bibtex").splitlines()
        ]
        self.assertEqual(keys, ["@software{splitbench,", "author", "title", "license", "}"])

    def test_vllm_of_one_arm_is_that_arm_of_all(self):
        every = json.loads(self.report("--format", "vllm"))
        self.assertEqual(list(every), ["raw", "bypass", "splitzip"])
        for arm, of_arm in every.items():
            self.assertEqual(json.loads(self.report("--format", "vllm", "--arm", arm)), of_arm)
            values = self.result.values(arm)
            self.assertEqual(of_arm["completed"], values["requests"])
            self.assertAlmostEqual(of_arm["p99_ttft_ms"], 1000 * values["ttft_p99"])
            self.assertNotIn("request_goodput", of_arm)  # no SLO was asked for

    def test_vllm_has_the_arrays_of_every_request_on_demand(self):
        self.assertIn("vllm has", self.refusal("--format", "csv", "--per-request"))
        self.assertNotIn("ttfts", json.loads(self.report("--format", "vllm", "--arm", "raw")))
        command = ("run", self.scenario, "--time", "virtual", "--output-dir", "gaps")
        self.assertEqual(self.splitbench(*command, "--token-gaps").returncode, 0)
        for folder, gaps in (("result", False), ("gaps", True)):
            every = json.loads(self.report("--format", "vllm", "--per-request", folder=folder))
            rows = [json.loads(line) for line in (self.folder / folder / "requests.jsonl").open()]
            for arm, values in every.items():
                of_arm = [row for row in rows if row["arm"] == arm]
                self.assertEqual(values["failed"], 0)
                self.assertEqual(values["ttfts"], [row["ttft_ns"] / 1e9 for row in of_arm])
                self.assertEqual(values["input_lens"], [row["prompt_tokens"] for row in of_arm])
                self.assertEqual(values["output_lens"], [row["output_tokens"] for row in of_arm])
                self.assertEqual(values["errors"], [""] * len(of_arm))
                self.assertEqual("itls" in values, gaps)
                for row, itls in zip(of_arm, values.get("itls", []), strict=False):
                    self.assertEqual(len(itls), row["output_tokens"] - 1)
                    self.assertAlmostEqual(row["ttst_ns"] / 1e9, row["ttft_ns"] / 1e9 + itls[0])
                    self.assertAlmostEqual(sum(itls), (row["e2el_ns"] - row["ttft_ns"]) / 1e9)

    def test_an_arm_is_one_that_was_run_and_of_a_form_that_takes_one(self):
        said = self.refusal("--format", "vllm", "--arm", "zip")
        self.assertIn("--arm 'zip': expected one of raw, bypass, splitzip", said)
        self.assertIn("--arm", self.refusal("--format", "csv", "--arm", "raw"))

    def test_what_only_a_run_has_is_not_asked_of_a_sweep(self):
        command = ("sweep", self.scenario, "--time", "virtual", "--output-dir", "sweep")
        self.assertEqual(self.splitbench(*command, "--vary", "layer_group=1,2").returncode, 0)
        self.assertIn("sweep: a sweep", self.refusal("--format", "vllm", folder="sweep"))
        self.assertIn(
            "| layer\\_group | arm |", self.report("--format", "markdown", folder="sweep")
        )

    def test_a_form_without_a_place_for_it_says_beside_it_that_a_run_is_not_valid(self):
        report = self.result.report
        report["meta"]["valid"] = False
        self.write("result/report.json", json.dumps(report))
        done = self.splitbench("report", "result", "--format", "vllm")
        self.assertEqual(done.returncode, 0)
        self.assertIn("result: this run is NOT VALID", done.stderr)

    def test_the_examples_of_its_help_run(self):
        self.result.folder.rename(self.folder / "quickstart")
        (self.folder / "results").symlink_to(".")
        examples = self.examples_of("report")
        self.assertGreater(len(examples), 3)
        for example in examples:
            done = self.splitbench(*example)
            self.assertEqual((done.returncode, done.stderr), (0, ""), example)

    def test_an_unknown_format_names_all_that_there_are(self):
        names = ", ".join(self.formats())
        said = self.refusal("--format", "yaml")
        self.assertEqual(said, f"splitbench: --format 'yaml': expected one of {names}\n")

    def test_a_folder_without_a_timeline_says_so(self):
        (self.result.folder / "timeline.json").unlink()
        self.assertIn("timeline.json: no such file", self.refusal("--format", "timeline"))


if __name__ == "__main__":
    unittest.main()
