"""Sweeps: a result for every point of the grid, whatever becomes of one, and however often it is interrupted."""

import json
import os
import pty
import signal
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

from testing import PROGRAM, ROOT, SMALL, ProgramTest, children_of, is_alive, settings

GRID = {"link.bandwidth": "1, 2, 5 Gbit/s", "workload.context": "64, 128"}
SLOW = {"workload.requests": 300}  # some tenths of a second a point
ARMS = ["raw", "bypass", "splitzip"]


def vary(axes):
    return [word for path, values in axes.items() for word in ("--vary", f"{path}={values}")]


def report_of(folder):
    return json.loads((folder / "report.json").read_text())


def files(folder, name):
    """The bytes of a file of each point that has it."""
    found = (folder / "points").glob(f"*/{name}")
    return {path.parent.name: path.read_bytes() for path in sorted(found)}


class SweepTest(ProgramTest):
    @classmethod
    def setUpClass(cls):
        """One sweep that nothing happened to, for all tests to look at and to compare with."""
        folder = tempfile.TemporaryDirectory(prefix="splitbench-test-")
        cls.whole = Path(cls.enterClassContext(folder)) / "whole"
        (cls.whole.parent / "small.yaml").write_text(SMALL)
        options = (*vary(GRID), *settings(SLOW), "--time", "virtual", "--output-dir", "whole")
        cls.done = subprocess.run(
            [PROGRAM, "sweep", "small.yaml", *options],
            cwd=cls.whole.parent,
            capture_output=True,
            text=True,
        )
        assert cls.done.returncode == 0, cls.done.stderr
        cls.report = report_of(cls.whole)

    def command(self, keys, *options, axes=GRID, into="sweep", time="virtual"):
        where = ("--time", time, "--output-dir", into)
        return ["sweep", self.scenario, *where, *vary(axes), *settings(keys), *options]

    def sweep(self, keys, *options, status=0, **more):
        """A sweep that ends by itself, and its report."""
        done = self.splitbench(*self.command(keys, *options, **more))
        self.assertEqual(done.returncode, status, done.stderr)
        return done, report_of(self.folder / more.get("into", "sweep"))

    def start(self, keys, *options, **more):
        """A sweep that is still to be ended, with its children once it has some."""
        command = [str(word) for word in (PROGRAM, *self.command(keys, *options, **more))]
        process = subprocess.Popen(
            command, cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        return process

    def wait_for_points(self, count):
        return self.wait_until(lambda: len(files(self.folder / "sweep", "report.json")) >= count)

    def wait_until(self, happened, seconds=120):
        deadline = time.monotonic() + seconds
        while not (result := happened()):
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.01)
        return result

    def expect_undisturbed(self, folder):
        """Every byte of its reports is that of the sweep that nothing happened to."""
        reports = [(each / "report.json").read_bytes() for each in (self.whole, folder)]
        self.assertEqual(*reports)
        self.assertEqual(*(files(each, "report.json") for each in (self.whole, folder)))

    # The grid

    def test_rows_follow_the_axes_of_which_the_first_is_the_slowest(self):
        report = self.report
        contexts = ["64", "128"]
        rates = ["1 Gbit/s", "2 Gbit/s", "5 Gbit/s"]
        expected = [(b, c, arm) for b in rates for c in contexts for arm in ARMS]
        axes = ("link.bandwidth", "workload.context", "arm")
        self.assertEqual([tuple(row["axes"][a] for a in axes) for row in report["rows"]], expected)
        folders = [f"points/{n:03}" for n in range(6) for _ in ARMS]
        self.assertEqual([row["folder"] for row in report["rows"]], folders)
        [bandwidth, context] = report["axes"]
        self.assertEqual((bandwidth["unit"], context["unit"]), ("bit/s", "count"))
        self.assertEqual([v["number"] for v in bandwidth["values"]], [1e9, 2e9, 5e9])

    def test_a_row_has_the_figures_of_its_point(self):
        for index, row in enumerate(self.report["rows"]):
            own = report_of(self.whole / row["folder"])["rows"][index % len(ARMS)]
            for key in ("values", "spread", "ci95", "status", "verdict"):
                self.assertEqual(row[key], own[key])

    def test_a_point_is_what_a_run_of_its_scenario_gives(self):
        self.run_scenario({}, scenario=self.whole / "points/003/scenario.yaml")
        again = (self.folder / "result/report.json").read_bytes()
        self.assertEqual(again, files(self.whole, "report.json")["003"])

    def test_its_scenario_can_be_swept_again_whatever_the_number_of_jobs(self):
        scenario = self.whole / "scenario.yaml"
        again = self.splitbench("sweep", scenario, "--output-dir", "again", "--jobs", 1)
        self.assertEqual(again.returncode, 0, again.stderr)
        self.expect_undisturbed(self.folder / "again")

    def test_stdout_is_the_table_of_the_stored_report(self):
        again = self.splitbench("report", self.whole)
        self.assertEqual(self.done.stdout, again.stdout + "\nresult folder: whole\n")
        self.assertEqual(sum(line.endswith("  stable") for line in again.stdout.splitlines()), 18)

    def test_seeds_are_pooled_as_repeats_of_a_point(self):
        keys = {"workload.arrivals": "poisson", "workload.rate": "20 /s"}
        axes = {"seed": "1, 2, 5", "workload.context": "64, 128"}
        done, report = self.sweep(keys, axes=axes)
        self.assertIn("seeds 1, 2, 5", done.stdout)
        self.assertEqual([axis["key"] for axis in report["axes"]], ["workload.context"])
        self.assertEqual(len(report["rows"]), 2 * len(ARMS))
        for row in report["rows"]:
            self.assertEqual(len(row["repeats"]["ttft_p50"]), 3)
            self.assertGreater(row["ci95"]["ttft_p50"], 0)
        _, alone = self.sweep(
            {**keys, "repeats": 1},
            "--seed",
            "5",
            axes={"workload.context": "64, 128"},
            into="alone",
        )
        for row, of_seed in zip(report["rows"], alone["rows"], strict=True):
            pooled, single = row["repeats"]["ttft_p50"][2], of_seed["values"]["ttft_p50"]
            if row["axes"]["arm"] == "raw":
                self.assertEqual(pooled, single)
            else:  # the KV is that of the first seed, and of another one hardly shorter or longer
                self.assertAlmostEqual(pooled, single, delta=0.01 * single)

    def test_points_have_a_timeline_only_when_asked(self):
        self.assertEqual(files(self.whole, "timeline.json"), {})
        self.sweep({"output.timeline": "first"}, axes={"workload.context": "64"})
        self.assertEqual(len(files(self.folder / "sweep", "timeline.json")), 1)

    def test_arms_can_be_varied_too(self):
        _, report = self.sweep({}, axes={"arms": "[raw,splitzip], bypass"})
        arms = [(row["axes"]["arms"], row["axes"]["arm"]) for row in report["rows"]]
        pair = "[raw, splitzip]"
        self.assertEqual(arms, [(pair, "raw"), (pair, "splitzip"), ("[bypass]", "bypass")])

    def test_real_points_run_one_after_the_other(self):
        keys = {"workload.requests": 1, "arms": "[raw]"}
        process = self.start(keys, axes={"workload.context": "64, 128"}, time="real")
        most = 0
        while process.poll() is None:
            most = max(most, len(children_of(process.pid)))
            time.sleep(0.01)
        self.assertEqual((process.returncode, most), (0, 1), process.communicate()[1])
        self.assertEqual(len(files(self.folder / "sweep", "report.json")), 2)

    def test_every_shipped_sweep_runs_at_a_point(self):
        shipped = [p for p in (ROOT / "configs").glob("*.yaml") if "\naxes:" in p.read_text()]
        self.assertGreaterEqual(len(shipped), 1)
        point = {"link.bandwidth": "100 Gbit/s", "workload.context": "1k"}
        for path in shipped:
            done = self.splitbench("sweep", path, *vary(point), "--output-dir", path.stem)
            self.assertEqual(done.returncode, 0, done.stderr)

    # What goes wrong with a point stays with it

    def test_a_point_that_fails_stops_nothing_and_is_tried_again(self):
        keys = {"decode_memory": "3 MB"}  # a request of 64 tokens is 2.1 MB
        done, report = self.sweep(keys, status=1)
        for row in report["rows"]:
            failed = row["axes"]["workload.context"] == "128"
            self.assertEqual(row["status"], "failed" if failed else "ok")
            self.assertEqual(failed, row["values"] == {})
        self.assertFalse(report["meta"]["valid"])
        said = "link.bandwidth 1 Gbit/s, workload.context 128: failed: exited with 2: decode_memory"
        self.assertIn(said, report["meta"]["warnings"][0])
        failures = [
            line for line in done.stderr.splitlines() if line.startswith("splitbench: failed: ")
        ]
        self.assertEqual(len(failures), 3)

        before = files(self.folder / "sweep", "run.json")
        again, _ = self.sweep(keys, status=1)
        self.assertEqual(files(self.folder / "sweep", "run.json"), before)
        self.assertEqual(again.stderr.count("done before"), 3)
        self.assertEqual(again.stdout, done.stdout)

    def test_values_that_do_not_go_together_are_a_point_that_failed(self):
        axes = {"workload.batch_size": "1, 2", "workload.concurrency": "1, 2"}
        _, report = self.sweep({}, axes=axes, status=1)
        statuses = [row["status"] for row in report["rows"] if row["axes"]["arm"] == "raw"]
        self.assertEqual(statuses, ["ok", "ok", "failed", "ok"])
        self.assertIn("never fills a batch", report["meta"]["warnings"][0])

    def test_a_point_that_is_killed_is_one_that_failed(self):
        process = self.start(SLOW, "--jobs", 1)
        [victim] = self.wait_until(lambda: children_of(process.pid))
        os.kill(victim, signal.SIGKILL)
        _, stderr = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 1)
        self.assertIn("(points/000): was killed by signal 9 (Killed)", stderr)
        self.assertEqual(len(files(self.folder / "sweep", "report.json")), 5)

    # Interruptions

    def test_a_killed_sweep_goes_on_where_it_was(self):
        folder = self.folder / "sweep"
        process = self.start(SLOW, "--jobs", 2)
        self.wait_for_points(2)
        children = children_of(process.pid)
        process.kill()
        process.communicate()
        self.wait_until(lambda: not any(map(is_alive, children)), seconds=60)
        done = files(folder, "report.json")
        self.assertLess(len(done), 6)
        before = {name: text for name, text in files(folder, "run.json").items() if name in done}

        again, _ = self.sweep(SLOW)
        self.assertEqual(again.stderr.count("done before"), len(before))
        self.assertLessEqual(before.items(), files(folder, "run.json").items())
        self.expect_undisturbed(folder)

    def test_a_killed_sweep_leaves_no_process_of_a_real_point_behind(self):
        process = self.start({"repeats": 100}, time="real")
        workers = lambda: [w for child in children_of(process.pid) for w in children_of(child)]
        self.wait_until(lambda: len(workers()) == 2)
        left = children_of(process.pid) + workers()
        process.kill()
        self.wait_until(lambda: not any(map(is_alive, left)), seconds=60)

    def test_an_interrupted_sweep_says_how_to_go_on(self):
        for number, status in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
            with self.subTest(number):
                into = number.name
                process = self.start(SLOW, "--jobs", 2, into=into)
                self.wait_until((self.folder / into / "report.json").exists)
                children = children_of(process.pid)
                process.send_signal(number)
                stdout, stderr = process.communicate(timeout=60)
                self.assertEqual((process.returncode, stdout), (status, ""))
                self.assertRegex(stderr, rf"interrupted with [1-5] of 6 .* '{into}' goes on\n$")
                self.assertFalse(any(map(is_alive, children)))
                report = report_of(self.folder / into)
                self.assertIn("points are missing", report["meta"]["warnings"][0])

    def test_two_sweeps_do_not_share_a_folder(self):
        process = self.start(SLOW, "--jobs", 1)
        self.wait_for_points(1)
        second = self.splitbench(*self.command(SLOW))
        self.assertEqual(second.returncode, 2)
        self.assertIn("another run or sweep is writing to it", second.stderr)
        process.communicate(timeout=60)
        self.assertEqual(process.returncode, 0)

    def test_a_terminal_shows_one_line_with_a_bar(self):
        terminal, theirs = pty.openpty()
        self.addCleanup(os.close, terminal)
        command = [str(word) for word in (PROGRAM, *self.command({}))]
        done = subprocess.run(command, cwd=self.folder, stdout=subprocess.DEVNULL, stderr=theirs)
        os.close(theirs)
        said = os.read(terminal, 65536).decode()
        self.assertEqual(done.returncode, 0)
        self.assertNotIn("\n", said)
        self.assertIn("[###############               ] 3 of 6 points", said)
        self.assertIn("[##############################] 6 of 6 points", said)

    # Refusals

    def test_the_folder_of_another_sweep_is_left_alone(self):
        before = (self.whole / "report.json").read_bytes()
        said = self.refused(*self.command({**SLOW, "repeats": 2}, into=self.whole))
        self.assertRegex(said, "line 6 of its scenario.yaml is 'repeats: 1', .* 'repeats: 2'")
        self.assertEqual((self.whole / "report.json").read_bytes(), before)

    def test_a_run_is_no_sweep_and_a_sweep_no_run(self):
        self.assertIn("splitbench sweep", self.refused("run", self.whole / "scenario.yaml"))
        self.assertIn("has no axes", self.refused("sweep", self.scenario))

    def test_mistakes_in_axes_are_told_at_once_and_at_their_places(self):
        said = self.refused(
            "sweep", self.scenario, *vary({"link.bandwith": "1", "seed": "3..1:+1"})
        )
        self.assertIn("--vary: no key 'bandwith' in 'link'; did you mean 'bandwidth'?", said)
        self.assertIn("\n    seed=3..1:+1\n         ^", said)

    def test_jobs_are_a_count_and_one_in_real_time(self):
        for jobs, time_kind, expected in ((0, "virtual", "1 to 1024"), (2, "real", "expected 1")):
            said = self.refused(*self.command({}, "--jobs", jobs, time=time_kind))
            self.assertIn(expected, said)
        self.assertFalse((self.folder / "sweep").exists())


if __name__ == "__main__":
    unittest.main()
