"""A stored result again: every form of it comes from the folder alone."""

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
        done = self.splitbench("report", folder, *options)
        self.assertEqual((done.returncode, done.stdout), (2, ""), done.stderr)
        return done.stderr

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
                self.assertEqual(self.report("--format", name, "-o", "out"), "")
                self.assertEqual((self.folder / "out").read_text(), self.report("--format", name))

    def test_a_refusal_leaves_an_older_file_as_it_was(self):
        self.write("out", "older")
        self.refusal("-o", "out", folder="nowhere")
        self.assertEqual((self.folder / "out").read_text(), "older")
        self.assertIn("nowhere/out", self.refusal("-o", "nowhere/out"))

    def test_an_unknown_format_names_all_that_there_are(self):
        names = ", ".join(self.formats())
        said = self.refusal("--format", "yaml")
        self.assertEqual(said, f"splitbench: --format 'yaml': expected one of {names}\n")

    def test_a_folder_without_a_timeline_says_so(self):
        (self.result.folder / "timeline.json").unlink()
        self.assertIn("timeline.json: no such file", self.refusal("--format", "timeline"))


if __name__ == "__main__":
    unittest.main()
