"""A stored result again: every form of it comes from the folder alone."""

import json
import unittest

from testing import ProgramTest


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
        for name in self.formats():
            with self.subTest(name):
                asked = ("--format", name, *(("--arm", "raw") if name == "hgrm" else ()))
                self.assertEqual(self.report(*asked, "-o", "out"), "")
                self.assertEqual((self.folder / "out").read_text(), self.report(*asked))

    def test_a_refusal_leaves_an_older_file_as_it_was(self):
        self.write("out", "older")
        self.refusal("-o", "out", folder="nowhere")
        self.assertEqual((self.folder / "out").read_text(), "older")
        self.assertIn("nowhere/out", self.refusal("-o", "nowhere/out"))

    def test_vllm_of_one_arm_is_that_arm_of_all(self):
        every = json.loads(self.report("--format", "vllm"))
        self.assertEqual(list(every), ["raw", "bypass", "splitzip"])
        for arm, of_arm in every.items():
            self.assertEqual(json.loads(self.report("--format", "vllm", "--arm", arm)), of_arm)
            values = self.result.values(arm)
            self.assertEqual(of_arm["completed"], values["requests"])
            self.assertAlmostEqual(of_arm["p99_ttft_ms"], 1000 * values["ttft_p99"])
            self.assertNotIn("request_goodput", of_arm)  # no SLO was asked for

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
