"""The map of codecs: who wins where, and that auto loses to nobody."""

import json
import unittest

from testing import ROOT, ProgramTest

POINTS = ("link.bandwidth=10, 100, 400, 3200 Gbit/s", "workload.context=16,256,4k")


class CodecMapTest(ProgramTest):
    def test_auto_is_within_two_percent_of_the_best_at_every_point(self):
        vary = [word for axis in POINTS for word in ("--vary", axis)]
        done = self.splitbench(
            "sweep", ROOT / "configs/codec_map.yaml", *vary, "--output-dir", "map"
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        points = {}
        for row in json.loads((self.folder / "map/report.json").read_text())["rows"]:
            axes = dict(row["axes"])
            arm = axes.pop("arm")
            points.setdefault(tuple(sorted(axes.items())), {})[arm] = row["values"]["transfer_p50"]
        self.assertEqual(len(points), 2 * 4 * 3)
        winners = set()
        for place, times in points.items():
            auto = times.pop("auto")
            winners.add(min(times, key=times.get))
            self.assertLessEqual(auto, 1.02 * min(times.values()), place)
        self.assertEqual(
            winners, {"raw", "splitzip", "ranked"}
        )  # each somewhere, else it says little
        self.assertIn("Which arm wins", (self.folder / "map/report.html").read_text())


if __name__ == "__main__":
    unittest.main()
