"""Percentile files, read as HdrHistogram's plotter reads them, against the samples themselves."""

import re
import statistics
import unittest

from testing import ProgramTest

BUSY = {
    "workload.arrivals": "poisson",
    "workload.rate": "40 /s",
    "workload.requests": 300,
    "workload.output": 20,
    "repeats": 2,
}
ARMS = ("raw", "bypass", "splitzip")
ROWS_HAVE = ("ttft", "ttst", "transfer", "exposed_transfer", "tpot", "e2el")
EXACT = 1e-3  # of a value, as the histograms have it


class Hgrm:
    """A percentile file: its lines of figures and what stands below them."""

    def __init__(self, text):
        head, _, *lines = text.splitlines()
        assert head.split() == ["Value", "Percentile", "TotalCount", "1/(1-Percentile)"], head
        self.lines = [[float(word) for word in line.split()] for line in lines if line[0] != "#"]
        below = re.findall(r"(\w[\w ]*?) *= *([\d.]+)", "".join(lines[len(self.lines) :]))
        self.summary = {name: float(value) for name, value in below}


class HistogramTest(ProgramTest):
    def setUp(self):
        super().setUp()
        self.result = self.run_scenario(BUSY, "--time", "virtual")

    def hgrm(self, arm, latency):
        return Hgrm((self.result.folder / f"histograms/{arm}_{latency}.hgrm").read_text())

    def samples(self, arm, latency):
        """In ms, ascending."""
        rows = [row for row in self.result.requests if row["arm"] == arm]
        return sorted(row[f"{latency}_ns"] / 1e6 for row in rows)

    def test_there_is_one_for_each_arm_and_latency(self):
        names = {path.name for path in (self.result.folder / "histograms").iterdir()}
        latencies = (*ROWS_HAVE, "itl")
        self.assertEqual(names, {f"{arm}_{of}.hgrm" for arm in ARMS for of in latencies})

    def test_each_value_is_the_sample_that_its_count_names(self):
        for arm in ARMS:
            for latency in ROWS_HAVE:
                samples = self.samples(arm, latency)
                for value, percentile, count, *_ in self.hgrm(arm, latency).lines:
                    with self.subTest(arm=arm, latency=latency, percentile=percentile):
                        sample = samples[int(count) - 1]
                        self.assertLessEqual(sample, value)
                        self.assertLessEqual(value, sample * (1 + EXACT))
                        self.assertGreaterEqual(count / len(samples), percentile)

    def test_lines_ascend_from_the_least_to_the_greatest_sample(self):
        for latency in (*ROWS_HAVE, "itl"):
            lines = self.hgrm("splitzip", latency).lines
            self.assertEqual(lines, sorted(lines))
            self.assertEqual((lines[0][1], lines[-1][1]), (0, 1))
            for _, percentile, _, inverse in lines[:-1]:  # the last one has none: it is infinite
                self.assertAlmostEqual(inverse, 1 / (1 - percentile), delta=0.005 * inverse)

    def test_the_summary_is_of_the_samples(self):
        for latency in ROWS_HAVE:
            samples = self.samples("raw", latency)
            summary = self.hgrm("raw", latency).summary
            mean = statistics.mean(samples)
            self.assertAlmostEqual(summary["Mean"], mean, delta=EXACT * mean)
            deviation = statistics.pstdev(samples)
            self.assertAlmostEqual(summary["StdDeviation"], deviation, delta=EXACT * mean)
            self.assertAlmostEqual(summary["Max"], samples[-1], delta=EXACT * samples[-1])
            self.assertEqual(summary["Total count"], len(samples))
            self.assertEqual(summary["SubBuckets"], 2048)

    def test_a_stored_report_gives_the_same_file(self):
        for options, name in (
            (("--arm", "raw"), "raw_ttft"),
            (("--arm", "splitzip", "--latency", "itl"), "splitzip_itl"),
        ):
            done = self.splitbench("report", "result", "--format", "hgrm", *options)
            stored = (self.result.folder / f"histograms/{name}.hgrm").read_text()
            self.assertEqual((done.returncode, done.stdout), (0, stored))

    def test_one_arm_and_one_latency_make_one_file(self):
        for options, said in (
            ((), "expected --arm NAME"),
            (("--arm", "raw", "--latency", "ttft", "--latency", "itl"), "expected one --latency"),
            (("--arm", "raw", "--latency", "lag"), "--latency 'lag': expected one of ttft, "),
        ):
            done = self.splitbench("report", "result", "--format", "hgrm", *options)
            self.assertEqual(done.returncode, 2)
            self.assertIn(said, done.stderr)


if __name__ == "__main__":
    unittest.main()
