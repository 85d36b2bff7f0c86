"""The codec against the clock: what is measured is right and complete. How fast it is, is not asked here."""

import csv
import io
import json
import unittest

from testing import ProgramTest


class CodecBenchTest(ProgramTest):
    SMALL = ["codec", "bench", "--backend", "cpu", "--bytes", "1 MiB,3 MiB", "--repeats", "3"]

    def test_json_has_a_row_a_case(self):
        result = self.splitbench(*self.SMALL, "--type", "bf16,fp8_e5m2", "--escapes", "0.01", "--tensors", "1,4", "--format", "json")
        self.assertEqual(result.returncode, 0, result.stderr)
        report = json.loads(result.stdout)
        self.assertEqual(len(report["rows"]), 8)
        self.assertGreater(report["copy_bytes_per_s"], 0)
        for row in report["rows"]:
            self.assertEqual(row["backend"], "cpu")
            self.assertEqual(row["destination"], "host")
            self.assertAlmostEqual(row["escape_rate"], 0.01, delta=0.001)
            ceiling = 4 / 3 if row["element_type"] == "bf16" else 8 / 7
            self.assertLess(row["ratio"], ceiling)
            self.assertGreater(row["ratio"], 0.95 * ceiling - (0.2 if row["element_type"] != "bf16" else 0))
            self.assertGreater(row["encode_bytes_per_s"], 0)
            self.assertGreater(row["decode_bytes_per_s"], 0)

    def test_csv_and_table_show_the_same_cases(self):
        rows = list(csv.DictReader(io.StringIO(self.splitbench(*self.SMALL, "--format", "csv").stdout)))
        self.assertEqual([int(row["bytes"]) for row in rows], [1 << 20, 3 << 20])
        table = self.splitbench(*self.SMALL).stdout
        self.assertIn("1 MiB", table)
        self.assertIn("3 MiB", table)

    def test_wrong_options_are_named(self):
        for option, value, words in [
            ("--type", "bf17", "bf17"),
            ("--escapes", "2", "expected 0 to 1"),
            ("--bytes", "64", "no unit"),
            ("--backend", "tpu", "expected"),
            ("--like", "nowhere.bf16", "nowhere.bf16"),
            ("--repeats", "0", "at least 1"),
        ]:
            backend = [] if option == "--backend" else ["--backend", "cpu"]
            result = self.splitbench("codec", "bench", *backend, option, value)
            self.assertEqual(result.returncode, 2, (option, result.stderr))
            self.assertIn(words, result.stderr)
            self.assertEqual(result.stdout, "")


if __name__ == "__main__":
    unittest.main()
