"""The benches that run many scenarios, on tiny ones: their tables are whole, whatever fails."""

import subprocess
import sys
import unittest
from pathlib import Path

from testing import ProgramTest

TINY = ["--arms", "raw,splitzip", "--repeats", "2", "--requests", "3", "--warmup", "0"]


class BenchPointsTest(ProgramTest):
    def bench(self, name, *options, exit_status=0):
        """What it said, and the rows of its tables, each a list of cells."""
        script = Path(__file__).with_name(f"{name}.py")
        command = [sys.executable, "-B", script, *TINY, "--output", "table.md", *options]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, timeout=60)
        self.assertEqual((done.returncode, done.stderr), (exit_status, ""), done.stdout)
        self.text = (self.folder / "table.md").read_text()
        lines = [line for line in self.text.splitlines() if line.startswith("| ")]
        return done.stdout, [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines]

    def test_transfers_alone(self):
        points = ("--rates", "1 Gbit/s,2 Gbit/s", "--contexts", "64")
        said, rows = self.bench("transfer_bench", *points)
        head, *rows = rows
        self.assertEqual(
            [row[:4] for row in rows],
            [
                ["tcp", rate, "64", arm]
                for rate in ("1 Gbit/s", "2 Gbit/s")
                for arm in ("raw", "splitzip")
            ],
        )
        for raw, splitzip in zip(rows[::2], rows[1::2]):
            raw, splitzip = dict(zip(head, raw)), dict(zip(head, splitzip))
            self.assertEqual((raw["vs raw"], raw["of ratio"]), ("", ""))
            self.assertRegex(splitzip["transfer p50, ms"], r"^\d+\.\d{3} ± \d+\.\d{3}$")
            self.assertRegex(splitzip["vs raw"], r"^\d\.\d{3}x( ~)?$")
            self.assertAlmostEqual(float(splitzip["ratio"]), 1.325, delta=0.01)
        self.assertIn("python3 sim/tests/transfer_bench.py --arms raw,splitzip", self.text)
        self.assertIn("commit ", self.text)
        self.assertEqual(len(said.splitlines()), 2)

    def test_a_point_that_fails_is_a_row_that_says_why(self):
        contexts = ("--contexts", "64,many,32")
        said, rows = self.bench("transfer_bench", *contexts, exit_status=1)
        self.assertEqual([row[2] for row in rows[1:]], ["64", "64", "many", "32", "32"])
        self.assertRegex(rows[3][3], "^failed: --set: 'many' is no number")
        self.assertEqual({len(row) for row in rows}, {len(rows[0])})
        self.assertEqual(len(said.splitlines()), 3)

    def test_a_point_that_takes_too_long_is_given_up(self):
        _, rows = self.bench("transfer_bench", "--limit", "0.2", exit_status=1)
        self.assertEqual(rows[1][3], "failed: not over after 0.2 s")

    def test_requests_served(self):
        load = ("--concurrency", "1,2", "--contexts", "64", "--output-tokens", "3")
        _, rows = self.bench("serving_bench", *load)
        second = next(i for i, row in enumerate(rows) if row[-1] == "decode_queue")
        head, *served = rows[:second]
        _, *parts = rows[second:]
        names = [["1 Gbit/s", "64", "1", "1", n, arm] for n in "12" for arm in ("raw", "splitzip")]
        self.assertEqual([row[:6] for row in served], names)
        self.assertEqual([row[:6] for row in parts], names)
        for row in served:
            ttft = dict(zip(head, row))["TTFT p50, ms"]
            self.assertRegex(ttft, r"^\d+\.\d{3} ± \d+\.\d{3}$")
        self.assertRegex(dict(zip(head, served[1]))["prefill"], r"^[+-].*%, at most [+-].*%$")


if __name__ == "__main__":
    unittest.main()
