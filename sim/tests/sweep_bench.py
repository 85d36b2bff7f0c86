"""What a break-even map may take: a grid of 8 x 8 points, all three arms, in virtual time on two cores."""

import json
import time
import unittest

from testing import ROOT, ProgramTest, settings

MOST_SECONDS = 60


class SweepBench(ProgramTest):
    def test_a_break_even_map_is_there_within_a_minute(self):
        keys = {"arms": "[raw, bypass, splitzip]"}
        scenario = ROOT / "configs/break_even.yaml"
        began = time.monotonic()
        done = self.splitbench(
            "sweep", scenario, *settings(keys), "--output-dir", "map", timeout=2 * MOST_SECONDS
        )
        took = time.monotonic() - began
        print(f"8 x 8 points, three arms: {took:.1f} s")
        self.assertEqual(done.returncode, 0, done.stderr)
        rows = json.loads((self.folder / "map/report.json").read_text())["rows"]
        self.assertEqual(len(rows), 8 * 8 * 3)
        self.assertLess(took, MOST_SECONDS)


if __name__ == "__main__":
    unittest.main()
