"""A scenario in both kinds of time: the errors that validate says are those of the two results that it leaves."""

import json
import unittest

from testing import ProgramTest, settings

KEYS = {
    "hardware": "cpu-2core",
    "compute_scale": 20,
    "arms": "[raw, splitzip]",
    "repeats": 1,
    "workload.requests": 6,
    "workload.warmup": 1,
}
LATENCIES = {"ttft", "transfer", "exposed_transfer", "tpot", "e2el"}


class ValidateTest(ProgramTest):
    def validated(self, *options, status=0):
        done = self.splitbench(
            "validate", self.scenario, *settings(KEYS), "--output-dir", "both", *options
        )
        self.assertEqual(done.returncode, status, done.stderr)
        return done

    def rows(self, time):
        text = (self.folder / "both" / time / "requests.jsonl").read_text()
        return {(row["arm"], row["id"]): row for row in map(json.loads, text.splitlines())}

    def test_the_errors_are_those_of_the_two_results_and_the_parts_sum_to_the_ttft(self):
        errors = json.loads(self.validated("--format", "json").stdout)["errors"]
        real, virtual = self.rows("real"), self.rows("virtual")
        self.assertEqual(real.keys(), virtual.keys())
        for error in errors:
            key = error["figure"] + "_ns"
            pairs = [
                (real[row][key] / 1e9, virtual[row][key] / 1e9)
                for row in real
                if row[0] == error["arm"]
            ]
            self.assertEqual(error["requests"], len(pairs))
            self.assertAlmostEqual(error["real_mean"], sum(r for r, _ in pairs) / len(pairs))
            self.assertAlmostEqual(error["bias"], sum(v - r for r, v in pairs) / len(pairs))
            sizes = [abs(v - r) / r for r, v in pairs if r > 0]
            if sizes:
                self.assertAlmostEqual(error["mape"], sum(sizes) / len(sizes))
            else:
                self.assertIsNone(error["mape"])
        for arm in ("raw", "splitzip"):
            of_arm = {error["figure"]: error for error in errors if error["arm"] == arm}
            for mean in ("real_mean", "virtual_mean"):
                parts = sum(of_arm[figure][mean] for figure in of_arm.keys() - LATENCIES)
                self.assertAlmostEqual(parts, of_arm["ttft"][mean])

    def test_the_table_has_a_block_for_each_arm_and_names_the_folder(self):
        table = self.validated().stdout
        for word in ("raw ", "splitzip ", "MAPE", "xfer_wire", "result folder: both"):
            self.assertIn(word, table)

    def test_requests_are_compared_with_themselves_alone(self):
        # Each repeat of a random load has other requests, and some are completed in one kind of time only.
        keys = {
            "repeats": 3, "workload.arrivals": "poisson", "workload.rate": "20 /s", "arms": "[raw]",
            "workload.context": "uniform(from 16, to 512)", "on_fault": "retry",
            "faults": "[{fault: cancel, probability: 0.4}]",
        }  # fmt: skip
        errors = json.loads(self.validated(*settings(keys), "--format", "json").stdout)["errors"]
        completed = []
        for time in ("real", "virtual"):
            text = (self.folder / "both" / time / "requests.jsonl").read_text()
            rows = map(json.loads, text.splitlines())
            completed.append({(r["repeat"], r["id"]) for r in rows if r["status"] == "ok"})
        [ttft] = [error for error in errors if error["figure"] == "ttft"]
        self.assertEqual(ttft["requests"], len(completed[0] & completed[1]))

    def test_a_run_without_a_completed_request_is_no_success(self):
        keys = {"on_fault": "retry", "faults": "[{fault: cancel, probability: 1}]"}
        done = self.validated(*settings(keys), "--format", "json", status=1)
        self.assertIn("no request was completed in both kinds of time", done.stderr)
        found = json.loads(done.stdout)
        self.assertEqual((found["folder"], found["errors"]), ("both", []))
        self.assertIs(type(found["valid"]), bool)

    def test_a_scenario_with_axes_is_refused(self):
        scenario = self.write(
            "axes.yaml", self.scenario.read_text() + "axes: {link.latency: [1 ms, 2 ms]}\n"
        )
        done = self.splitbench("validate", scenario)
        self.assertEqual(done.returncode, 2)
        self.assertIn("has axes; expected one point", done.stderr)


if __name__ == "__main__":
    unittest.main()
