"""Drift in a real run: every transfer arrives bit for bit, and the policies do what they do in virtual time."""

import json
import unittest

from testing import ProgramTest, rows_of

SCENARIO = """
name: drifting
model: {name: small, layers: 4, hidden: 512, attention_heads: 8, kv_heads: 4, head_dim: 64, active_parameters: 100 M, total_parameters: 100 M}
arms: [splitzip]
repeats: 2
compute: none
backend: cpu
link: {bandwidth: 2 Gbit/s}
workload: {arrivals: closed, concurrency: 1, context: 1k, output: 1, requests: 40, warmup: 0}
kv: {source: profile, profile: qwen3-32b}
drift: {kind: KIND, path: step(at 10), policy: POLICY}
"""


class DriftRunTest(ProgramTest):
    def run_in(self, time, kind, policy):
        scenario = self.write(
            "drifting.yaml", SCENARIO.replace("KIND", kind).replace("POLICY", policy)
        )
        folder = self.folder / f"{time}-{kind[:5]}-{policy}"
        done = self.splitbench("run", scenario, "--time", time, "--output-dir", folder)
        self.assertEqual(done.returncode, 0, done.stderr)
        return rows_of(folder / "requests.jsonl")

    def test_nans_with_payloads_arrive_as_they_were(self):
        for row in self.run_in("real", "nan_burst(share 0.5)", "recalibrate"):
            self.assertTrue(row["verified"], row["id"])

    def test_fixed_says_what_a_real_run_cannot_show(self):
        self.run_in("real", "kv_mixup", "fixed")
        [report] = self.folder.glob("real-*/report.json")
        self.assertIn(
            "published codec", " ".join(json.loads(report.read_text())["meta"]["warnings"])
        )

    def test_a_real_run_codes_as_a_virtual_one(self):
        for kind in ("kv_mixup", "outlier_onset", "all_escapes"):
            for policy in ("fallback", "recalibrate"):
                real, virtual = (self.run_in(time, kind, policy) for time in ("real", "virtual"))
                self.assertTrue(all(row["verified"] and row["status"] == "ok" for row in real))
                for repeat in (0, 1):  # what one run learned is forgotten in the next
                    again = [row for row in real if row["repeat"] == repeat]
                    drifts, sizes = (
                        [[row[key] for row in rows] for rows in (again, virtual)]
                        for key in ("drift", "wire_bytes")
                    )
                    self.assertEqual(*drifts)
                    # A frame more or less may be stored, and a codebook come a request sooner or later.
                    far = [abs(a / b - 1) > 0.01 for a, b in zip(*sizes)]
                    self.assertEqual(sum(far[:10]), 0, (kind, policy))
                    self.assertLessEqual(sum(far), 4, (kind, policy, sizes))


if __name__ == "__main__":
    unittest.main()
