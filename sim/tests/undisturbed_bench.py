"""A hundred short real runs, beside nothing else: how many of them say that they are not valid.

--write keeps what they say of themselves, by which validity_test.cpp holds the rules to it.
"""

import csv
import sys
import unittest

from testing import ROOT, ProgramTest

RUNS = 100
KEPT = ROOT / "reports/testing/data/undisturbed_runs.csv"
VALUES = [
    "intrusion",
    "intrusion_time",
    "encode_inflation",
    "decode_inflation",
    "late_arrivals",
    "link_rate_achieved",
    "other_load",
    "stolen",
]
ERRORS = ["encode_inflation", "decode_inflation"]


class UndisturbedBench(ProgramTest):
    def test_at_most_two_of_a_hundred_undisturbed_runs_are_not_valid(self):
        keys = {"arms": "[splitzip]", "repeats": 1}
        rows, alarms = [], 0
        for run in range(RUNS):
            report = self.run_scenario(
                keys, scenario=ROOT / "configs/quickstart.yaml", into=f"run-{run}"
            ).report
            [row] = report["rows"]
            alarms += not report["meta"]["valid"]
            if not report["meta"]["valid"]:
                print(f"run {run}: {report['meta']['warnings']}")
            kept = [row["values"].get(key, "nan") for key in VALUES]
            rows.append(kept + [row["ci95"].get(key, "nan") for key in ERRORS])
        print(f"{alarms} of {RUNS} runs are not valid")
        if "--write" in sys.argv:
            with KEPT.open("w", newline="") as file:
                writer = csv.writer(file, lineterminator="\n")
                writer.writerow(VALUES + [f"{key}_ci95" for key in ERRORS])
                writer.writerows(rows)
        self.assertLessEqual(alarms, 2)


if __name__ == "__main__":
    unittest.main(argv=[word for word in sys.argv if word != "--write"])
