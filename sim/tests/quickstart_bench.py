"""What the quickstart promises on two cores without a GPU: soon over, valid, a faster transfer."""

import time
import unittest

from testing import ROOT, ProgramTest


class QuickstartBench(ProgramTest):
    def test_splitzip_shortens_transfers_and_framing_alone_costs_nothing(self):
        began = time.monotonic()
        result = self.run_scenario({}, scenario=ROOT / "configs/quickstart.yaml")
        took = time.monotonic() - began
        raw, bypass, splitzip = (
            result.values(arm)["transfer_p50"] for arm in ("raw", "bypass", "splitzip")
        )
        meta = result.report["meta"]
        print(f"quickstart: {took:.1f} s, backend {meta['backend']}, valid {meta['valid']}")
        print(f"transfer p50: raw {raw * 1e3:.2f} ms, raw/splitzip {raw / splitzip:.3f}", end=", ")
        print(f"raw/bypass {raw / bypass:.3f}")
        for row in result.report["rows"]:
            checks = ("intrusion", "stage_inflation", "lateness_p99", "link_rate_achieved")
            print(row["axes"]["arm"], {key: row["values"][key] for key in checks})

        self.assertLess(took, 60)
        self.assertTrue(meta["valid"], meta["warnings"])
        self.assertGreaterEqual(raw / splitzip, 1.25)
        self.assertLess(raw / splitzip, 4 / 3)
        self.assertLessEqual(abs(raw / bypass - 1), 0.03)


if __name__ == "__main__":
    unittest.main()
