"""The head of a recorded trace with real KV: every transfer of every arm is verified."""

import unittest

from testing import DUMP, ROOT, TRACE, ProgramTest
from valid_result import expect_sound

FASTER_AND_SHORTER = {"workload.rate_scale": 8, "workload.length_scale": 0.006}
# With this one no two requests begin at the same token of either dump, and so each has KV of its own.
SEED = {"seed": 3}


class ReplayTest(ProgramTest):
    def test_two_hundred_requests_come_through_every_arm(self):
        keys = {"workload.trace": TRACE, "kv.dump": DUMP, **FASTER_AND_SHORTER, **SEED}
        result = self.run_scenario(keys, scenario=ROOT / "configs/replay.yaml")
        expect_sound(self, result)
        for arm in ("raw", "bypass", "splitzip"):
            ids = [row["id"] for row in result.requests if row["arm"] == arm]
            self.assertEqual(sorted(ids), list(range(200)))
        self.assertGreater(result.values("splitzip")["escape_rate"], 0)
        self.assertGreater(result.values("splitzip")["compression_ratio"], 1.3)


if __name__ == "__main__":
    unittest.main()
