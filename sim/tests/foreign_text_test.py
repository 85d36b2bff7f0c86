"""Whatever names and files say, a terminal shows it and does nothing else, and a spreadsheet computes nothing."""

import csv
import json
import os
import pty
import re
import subprocess
import unittest

from testing import PROGRAM, SMALL, ProgramTest, reports_with

FOREIGN = "\033]0;taken\a\033[2J\r\x7f\u009b2J\u202edrow\u2066"
SHOWN = "\\x1b]0;taken\\x07\\x1b[2J\\x0d\\x7f\\x9b2J\\u202edrow\\u2066"
CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
TRACE = '{"timestamp": 0, "input_length": 64, "output_length": 2, "hash_ids": [0]}\n'


class ForeignTextTest(ProgramTest):
    def assert_shown(self, said):
        self.assertEqual(CONTROLS.findall(said), [], said)
        self.assertIn(SHOWN, said)

    def refused_bytes(self, *arguments):
        """What it says of arguments that need not be UTF-8."""
        done = subprocess.run([PROGRAM, *arguments], cwd=self.folder, capture_output=True)
        self.assertEqual((done.returncode, done.stdout), (2, b""))
        return done.stderr.decode()

    def on_a_terminal(self, *arguments):
        """What a command writes on a terminal."""
        ours, theirs = pty.openpty()
        command = [str(word) for word in (PROGRAM, *arguments)]
        with subprocess.Popen(command, cwd=self.folder, stdout=theirs, stderr=theirs) as process:
            os.close(theirs)
            said = b""
            try:
                while heard := os.read(ours, 65536):
                    said += heard
            except OSError:  # nobody holds the other end any more
                pass
            os.close(ours)
        self.assertEqual(process.returncode, 0, said)
        return said.decode().replace("\r\n", "\n")

    def hostile_report(self, text, number):
        """The folder of a report with a text in its strings."""
        if not (self.folder / "result").exists():
            self.run_scenario({}, "--time", "virtual")
        honest = json.loads((self.folder / "result/report.json").read_text())
        report = reports_with(text, honest)[number]
        report["meta"]["warnings"] = [f"raw: {text}"]
        (self.folder / "hostile").mkdir(exist_ok=True)
        self.write("hostile/report.json", json.dumps(report))
        return "hostile"

    def test_names_in_refusals(self):
        self.assert_shown(self.refused(FOREIGN))
        self.assert_shown(self.refused("run", FOREIGN))
        self.assert_shown(self.refused("run", self.scenario, "--set", f"model={FOREIGN}"))
        self.assert_shown(self.refused("report", FOREIGN))
        self.assert_shown(self.refused("codec", "inspect", FOREIGN))

    def test_bytes_that_are_not_utf8(self):
        self.assertIn("nowhere\\xff\\xc3.yaml", self.refused_bytes("run", b"nowhere\xff\xc3.yaml"))

    def test_lines_of_files_in_refusals(self):
        scenario = self.write("s.yaml", SMALL.replace("llama-3.2-1b", f"lama{FOREIGN[-9:]}"))
        said = self.refused("run", scenario)
        self.assertEqual(CONTROLS.findall(said), [], said)
        self.assertGreater(len(said.splitlines()), 2)  # the line and the caret stay lines
        self.write("trace.jsonl", TRACE.replace("timestamp", f"time{FOREIGN}"))
        self.assertEqual(CONTROLS.findall(self.refused("trace", "stats", "trace.jsonl")), [])

    def test_forms_of_a_report_for_people(self):
        for number in range(3):
            folder = self.hostile_report(FOREIGN, number)
            for form in ("table", "markdown"):
                with self.subTest(form, number=number):
                    done = self.splitbench("report", folder, "--format", form)
                    self.assertEqual(done.returncode, 0, done.stderr)
                    self.assertEqual(CONTROLS.findall(done.stdout), [])
                    self.assertIn("drow", done.stdout)
        folder = self.hostile_report(FOREIGN, 1)
        report = json.loads((self.folder / folder / "report.json").read_text())
        for arm, of_arm in report["histograms"].items():
            report["histograms"][arm] = {key.removesuffix(FOREIGN): of_arm[key] for key in of_arm}
        self.write("hostile/report.json", json.dumps(report))
        done = self.splitbench("report", folder, "--format", "histogram")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assert_shown(done.stdout)

    def test_json_keeps_its_bytes_but_on_a_terminal(self):
        asked = ("report", self.hostile_report(FOREIGN, 0), "--format", "json")
        self.assertIn("\u202edrow\u2066", self.splitbench(*asked).stdout)
        shown = self.on_a_terminal(*asked)
        self.assertEqual(CONTROLS.findall(shown), [])
        self.assertIn("\\u202edrow\\u2066", shown)

    def test_csv_has_no_control_characters_anywhere(self):
        asked = ("report", self.hostile_report(FOREIGN, 0), "--format", "csv")
        for shown in (self.splitbench(*asked).stdout, self.on_a_terminal(*asked)):
            self.assertFalse(CONTROLS.search(shown))
            self.assertIn("\\u202edrow\\u2066", shown)

    def test_a_name_of_a_run_in_its_table_and_its_page(self):
        name = json.dumps(FOREIGN.replace("\x7f", ""))  # which YAML takes as well
        scenario = self.write("s.yaml", SMALL.replace("name: small", f"name: {name}"))
        done = self.splitbench("run", scenario, "--time", "virtual", "--output-dir", "named")
        self.assertEqual(CONTROLS.findall(done.stdout + done.stderr), [])

    def test_no_cell_of_a_csv_is_a_formula(self):
        honest = self.hostile_report("", 0)
        report = json.loads((self.folder / honest / "report.json").read_text())
        for row in report["rows"]:
            row["axes"]["arm"] = "=1+1"
            row["status"], row["verdict"] = "@SUM(A1)", "-1+1;=1"
        self.write("hostile/report.json", json.dumps(report))
        rows = list(
            csv.DictReader(self.splitbench("report", honest, "--format", "csv").stdout.splitlines())
        )
        self.assertEqual({row["arm"] for row in rows}, {"'=1+1"})
        self.assertEqual({row["status"] for row in rows}, {"'@SUM(A1)"})
        self.assertEqual({row["verdict"] for row in rows}, {"'-1+1;=1"})


if __name__ == "__main__":
    unittest.main()
