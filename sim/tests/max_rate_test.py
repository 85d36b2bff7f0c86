"""The highest rate within the SLOs: found for every arm, the same way twice, and only where it means something."""

import json
import unittest

from testing import ROOT, ProgramTest, settings

SCENARIO = ROOT / "configs/quickstart.yaml"
SETTINGS = {
    "time": "virtual",
    "repeats": 1,
    "workload.arrivals": "poisson",
    "workload.rate": "4 /s",
    "workload.requests": 60,
    "slo.ttft": "500 ms",
}


class MaxRateTest(ProgramTest):
    def search(self, keys, *options, status=0):
        keys = settings({**SETTINGS, **keys})
        done = self.splitbench("sweep", SCENARIO, "--find-max-rate", *keys, *options)
        self.assertEqual(done.returncode, status, done.stderr)
        return done

    def report(self, folder):
        return json.loads((self.folder / folder / "report.json").read_text())

    def test_each_arm_has_its_rate_and_the_trial_at_that_rate_meets_the_slo(self):
        self.search({}, "--output-dir", "found")
        rows = self.report("found")["rows"]
        self.assertEqual([row["axes"]["arm"] for row in rows], ["raw", "bypass", "splitzip"])
        for row in rows:
            values = row["values"]
            self.assertGreaterEqual(values["slo_attainment"], 0.9)
            self.assertLessEqual(values["refused_rate"], 1.05 * values["max_goodput_rate"])
            self.assertNotIn("max_goodput_rate", row["ci95"])
            trial = (self.folder / "found" / row["folder"] / "scenario.yaml").read_text()
            self.assertIn(f"rate: {values['max_goodput_rate']:g} /s", trial)
        raw, bypass, splitzip = (row["values"]["max_goodput_rate"] for row in rows)
        trials = self.report("found")["trials"]
        for row in rows:
            of_arm = [each for each in trials if each["axes"] == row["axes"]]
            passed = [each["rate"] for each in of_arm if each["slo_attainment"] >= 0.9]
            self.assertEqual(max(passed), row["values"]["max_goodput_rate"])
        page = (self.folder / "found/report.html").read_text()
        self.assertIn("SLO attainment against the rate", page)
        self.assertLess(abs(bypass / raw - 1), 0.06)
        self.assertGreater(splitzip / raw, 1.2)

    def test_a_rate_just_above_does_not_pass(self):
        self.search({"arms": "[splitzip]"}, "--output-dir", "found")
        (row,) = self.report("found")["rows"]
        above = row["values"]["refused_rate"]
        keys = {**SETTINGS, "arms": "[splitzip]", "workload.rate": f"{above} /s"}
        self.splitbench("run", SCENARIO, *settings(keys), "--output-dir", "above")
        self.assertLess(self.report("above")["rows"][0]["values"]["slo_attainment"], 0.9)

    def test_a_search_goes_on_where_it_was(self):
        self.search({}, "--output-dir", "found")
        before = (self.folder / "found/report.json").read_bytes()
        run = self.folder / "found/points/003/run.json"
        begun = run.read_bytes()
        (self.folder / "found/points/005/report.json").unlink()
        self.search({}, "--output-dir", "found")
        self.assertEqual((self.folder / "found/report.json").read_bytes(), before)
        self.assertEqual(run.read_bytes(), begun)

    def test_axes_make_a_search_at_each_point(self):
        self.search(
            {"arms": "[raw]"}, "--vary", "link.bandwidth=1, 2 Gbit/s", "--output-dir", "found"
        )
        slow, fast = self.report("found")["rows"]
        self.assertEqual(slow["axes"]["link.bandwidth"], "1 Gbit/s")
        self.assertGreater(fast["values"]["max_goodput_rate"], slow["values"]["max_goodput_rate"])

    def test_an_objective_that_no_rate_meets_is_answered_by_what_is_met(self):
        keys = {"workload.context": "uniform(from 2k, to 4k)", "slo.ttft": "700 ms"}
        done = self.search(keys, "--output-dir", "found")
        report = self.report("found")
        self.assertTrue(report["meta"]["valid"])
        self.assertEqual(report["meta"]["warnings"], [])
        self.assertTrue((self.folder / "found/report.html").exists())
        self.assertLess(len(list((self.folder / "found/points").iterdir())), 10 * 3)
        for row in report["rows"]:
            values, arm = row["values"], row["axes"]["arm"]
            self.assertNotIn("max_goodput_rate", values)
            self.assertNotIn("request_throughput", values)  # it would be the rate that was tried
            plateau = values["attainment_plateau"]
            self.assertTrue(0 < plateau < 0.9)
            self.assertEqual(plateau, values["slo_attainment"])
            said = f"{arm} ({100 * plateau:.1f}% of the requests meet it however low the rate)"
            self.assertEqual(" ".join(done.stdout.split()).count(said), 1)

    def test_an_objective_that_limits_nothing_is_answered_by_the_load_that_is_carried(self):
        done = self.search({"slo.ttft": "1000 s", "arms": "[raw]"}, "--output-dir", "found")
        (row,) = self.report("found")["rows"]
        self.assertLess(len(list((self.folder / "found/points").iterdir())), 15)
        self.assertLessEqual(
            row["values"]["refused_rate"], 1.05 * row["values"]["max_goodput_rate"]
        )
        said = " ".join(done.stdout.split())
        self.assertIn("limited by the load, not by the SLO: raw (at ", said)
        self.assertIn("100.0% of the requests meet it, but that load is not carried)", said)

    def test_it_needs_an_objective_and_requests_that_come_at_a_rate(self):
        done = self.search({"slo.ttft": "none"}, status=2)
        self.assertIn("needs an objective: slo.ttft", done.stderr)
        done = self.search({"workload.arrivals": "closed", "workload.rate": "none"}, status=2)
        self.assertIn("such as workload.arrivals: poisson", done.stderr)
        for option in ("--attainment=0", "--precision=2", "--attainment=most"):
            self.assertIn(option.split("=")[0], self.search({}, option, status=2).stderr)


if __name__ == "__main__":
    unittest.main()
