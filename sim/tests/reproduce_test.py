"""A result made again: to the bit in virtual time, within the noise in real time, and said where it is not."""

import json
import unittest

from testing import ProgramTest, settings

RANDOM = {
    "workload.arrivals": "poisson",
    "workload.rate": "40 /s",
    "repeats": 2,
    "slo.ttft": "20 ms",
}


class ReproduceTest(ProgramTest):
    def made(self, verb, *options, time="virtual"):
        made = self.splitbench(
            verb, self.scenario, "--time", time, *options, "--output-dir", "result"
        )
        self.assertEqual(made.returncode, 0, made.stderr)

    def reproduced(self, *options, status=0):
        done = self.splitbench("reproduce", "result", *options)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout

    def test_a_virtual_run_agrees_to_the_bit(self):
        self.made("run", *settings(RANDOM))
        said = self.reproduced()
        self.assertIn("result-again agree to the bit", said)
        for name in ("report.json", "requests.jsonl", "transfers.jsonl", "scenario.yaml"):
            first, again = (self.folder / folder / name for folder in ("result", "result-again"))
            self.assertEqual(first.read_bytes(), again.read_bytes())

    def test_so_does_a_sweep_with_its_seeds(self):
        self.made(
            "sweep", *settings(RANDOM), "--vary", "seed=3,1", "--vary", "workload.rate=20, 40 /s"
        )
        self.assertIn("agree to the bit", self.reproduced("--output-dir", "other"))
        self.assertTrue((self.folder / "other/points/001/report.json").exists())

    def test_and_a_search_for_rates(self):
        search = ("--find-max-rate", "--precision", "0.2", "--attainment", "0.8")
        self.made("sweep", *settings(RANDOM), "--set", "arms=[raw]", *search)
        self.assertIn("agree to the bit", self.reproduced())

    def test_a_result_that_was_another_is_not_reproduced(self):
        self.made("run", *settings(RANDOM))
        path = self.folder / "result/report.json"
        report = json.loads(path.read_text())
        report["rows"][0]["values"]["ttft_p50"] *= 2
        report["rows"][0]["repeats"]["ttft_p50"] = [
            2 * value for value in report["rows"][0]["repeats"]["ttft_p50"]
        ]
        path.write_text(json.dumps(report))
        said = self.reproduced(status=1)
        self.assertIn("NOT reproduced: report.json is not the same to the bit", said)
        self.assertIn("raw: ttft_p50 -50.0%", said)

    def test_a_real_run_is_held_to_its_noise(self):
        self.made("run", "--set", "repeats=2", time="real")
        done = self.splitbench("reproduce", "result")
        verdict = done.stdout.splitlines()[-1]
        agrees = verdict.endswith("result-again agree within the noise")
        self.assertEqual(done.returncode, 0 if agrees else 1)
        self.assertTrue(agrees or "NOT reproduced" in done.stdout, done.stdout)

    def test_the_result_itself_is_no_place_for_the_new_one(self):
        self.made("run", *settings(RANDOM))
        before = (self.folder / "result/report.json").read_bytes()
        for place in ("result", "./result/", "result/again"):
            done = self.splitbench("reproduce", "result", "--output-dir", place)
            self.assertEqual(done.returncode, 2)
            self.assertIn("lies in the result that is reproduced", done.stderr)
        self.assertEqual((self.folder / "result/report.json").read_bytes(), before)

    def test_the_first_line_of_a_scenario_is_no_command(self):
        self.made("run", *settings(RANDOM))
        scenario = self.folder / "result/scenario.yaml"
        scenario.write_text("# sweep --seed 7 --help\n" + scenario.read_text())
        self.assertIn("agree to the bit", self.reproduced())

    def test_what_is_no_result_is_refused(self):
        done = self.splitbench("reproduce", "nothing")
        self.assertEqual(done.returncode, 2)
        self.assertIn("nothing/report.json", done.stderr)


if __name__ == "__main__":
    unittest.main()
