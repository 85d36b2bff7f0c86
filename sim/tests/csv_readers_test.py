"""A result's CSV in the readers that people use: numbers are numbers, without an option."""

import csv
import importlib.util
import io
import json
import unittest

from testing import ProgramTest

TEXT = ("arm", "status", "verdict", "invalid")


class Columns(dict):
    """What Python's own reader makes of a CSV: columns of numbers or texts, None where empty."""

    def __init__(self, file):
        header, *rows = csv.reader(file)
        self.columns, self.rows = header, len(rows)
        for name, *cells in zip(header, *rows, strict=True):
            self[name] = [None if cell == "" else number_of(cell) for cell in cells]

    def __len__(self):
        return self.rows


def number_of(cell):
    try:
        return float(cell)
    except ValueError:
        return cell


def all_numbers(column):
    return all(value is None or isinstance(value, float) for value in column)


class CsvReadersTest(ProgramTest):
    """Python's own reader is always there; libraries are asked where they are installed."""

    def setUp(self):
        super().setUp()
        self.run_scenario({"repeats": 2, "slo.ttft": "1 s"}, "--time", "virtual", into="run")
        axes = ("--vary", "link.bandwidth=1 Gbit/s, unlimited", "--vary", "workload.context=32,64")
        command = ("sweep", self.scenario, "--time", "virtual", "--output-dir", "sweep", *axes)
        done = self.splitbench(*command)
        self.assertEqual(done.returncode, 0, done.stderr)

    def check(self, read, is_number):
        for folder in ("run", "sweep"):
            text = self.splitbench("report", folder, "--format", "csv").stdout
            table = read(io.StringIO(text))
            report = json.loads((self.folder / folder / "report.json").read_text())
            units = {each["key"]: each["unit"] for each in report["columns"]}
            self.assertEqual(len(table), len(report["rows"]))
            for name in table.columns:
                if name not in TEXT:
                    self.assertTrue(name.endswith("]"), name)
                    if any(value == value and value is not None for value in table[name]):
                        self.assertTrue(is_number(table[name]), name)
            for key, unit in units.items():
                for value, row in zip(table[f"{key} [{unit}]"], report["rows"], strict=True):
                    if key in row["values"]:
                        self.assertAlmostEqual(value, row["values"][key], delta=1e-9 * abs(value))
                    else:
                        self.assertTrue(value is None or value != value)
        self.assertEqual(sorted(set(table["workload.context [count]"])), [32, 64])
        self.assertEqual(max(table["link.bandwidth [bit/s]"]), float("inf"))

    def test_numbers_are_numbers(self):
        self.check(Columns, all_numbers)
        if importlib.util.find_spec("pandas"):
            import pandas

            self.check(pandas.read_csv, pandas.api.types.is_numeric_dtype)
        if importlib.util.find_spec("polars"):
            import polars

            self.check(polars.read_csv, lambda column: column.dtype.is_numeric())


if __name__ == "__main__":
    unittest.main()
