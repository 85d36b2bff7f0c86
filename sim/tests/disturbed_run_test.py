"""A run beside other work says so: it is valid, or names that work as the cause."""

import os
import subprocess
import sys
import unittest

from testing import ProgramTest


class DisturbedRunTest(ProgramTest):
    def test_a_run_beside_busy_cores_is_valid_or_names_them(self):
        for _ in range(os.cpu_count() or 1):
            hog = subprocess.Popen([sys.executable, "-c", "while True: pass"])
            self.addCleanup(hog.wait)
            self.addCleanup(hog.kill)
        # A run of less than half a second says nothing of the load beside it.
        keys = {"arms": "[raw, splitzip]", "repeats": 2, "workload.requests": 60}
        report = self.run_scenario(keys).report
        warnings = report["meta"]["warnings"]
        causes = [warning for warning in warnings if "other programs used" in warning]
        self.assertTrue(report["meta"]["valid"] or causes, warnings)
        for row in report["rows"]:
            self.assertGreater(row["values"]["other_load"], 0.25)
            self.assertLessEqual(set(row["invalid"]), set(row["values"]))


if __name__ == "__main__":
    unittest.main()
