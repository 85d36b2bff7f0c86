"""The link alone against the clock: what is measured is complete and says when it is worth nothing.
How large an error is, is not asked here."""

import json
import os
import signal
import subprocess
import time
import unittest

from testing import PROGRAM, ProgramTest, children_of, is_alive

CONTRACT = {
    "transport": str,
    "bandwidth": int,
    "bytes": int,
    "flows": int,
    "ideal_ns": int,
    "median_error_ns": int,
    "p99_error_ns": int,
    "n": int,
    "valid": bool,
}


class LinkBenchTest(ProgramTest):
    QUICK = ["--bandwidth", "2 Gbit/s", "--bytes", "256 KiB", "--repeats", "3"]

    def bench(self, *options):
        result = self.splitbench("link", "bench", *options)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout

    def rows(self, *options):
        return json.loads(self.bench(*options, "--format", "json"))["rows"]

    def test_json_has_a_row_for_each_rate_size_and_number_of_flows(self):
        lists = ["--bandwidth", "1 Gbit/s,2 Gbit/s", "--bytes", "64 KiB,2 MiB", "--flows", "1,2"]
        rows = self.rows(*lists, "--latency", "100 us", "--repeats", "3")
        cases = [(row["bandwidth"], row["bytes"], row["flows"]) for row in rows]
        rates, sizes = (10**9, 2 * 10**9), (64 << 10, 2 << 20)
        self.assertEqual(cases, [(r, b, f) for r in rates for b in sizes for f in (1, 2)])
        for row in rows:
            for key, kind in CONTRACT.items():
                self.assertIs(type(row[key]), kind, key)
            ideal = 8e9 * row["bytes"] * row["flows"] / row["bandwidth"] + 100_000
            self.assertAlmostEqual(row["ideal_ns"], ideal, delta=1)
            self.assertEqual(row["n"], 3)
            self.assertGreaterEqual(row["min_error_ns"], 0, "no transfer beats the link")
            self.assertLessEqual(row["min_error_ns"], row["median_error_ns"])
            self.assertLessEqual(row["median_error_ns"], row["p99_error_ns"])
            self.assertEqual(row["share_error"] is None, row["flows"] == 1)

    def test_the_table_names_units(self):
        table = self.bench(*self.QUICK)
        for words in ("2 Gbit/s", "256 KiB", "1.049 ms", "µs", "%", "valid"):
            self.assertIn(words, table)

    def test_a_rate_beyond_the_host_is_not_valid(self):
        [row] = self.rows("--bandwidth", "10 Tbit/s", "--bytes", "8 MiB", "--repeats", "3")
        self.assertIs(row["valid"], False)
        self.assertEqual(row["invalid_transfers"], 3)
        self.assertLess(row["achieved"], row["bandwidth"] / 2)

    def test_the_kernel_can_shape_instead(self):
        [row] = self.rows("--pacing", "2 Gbit/s", "--bytes", "1 MiB", "--repeats", "3")
        self.assertEqual((row["shaped_by"], row["bandwidth"]), ("pacing", 2 * 10**9))
        [row] = self.rows("--bandwidth", "unlimited", "--bytes", "1 MiB", "--repeats", "3")
        self.assertEqual(row["shaped_by"], "nobody")

    def test_streams_may_have_threads_of_their_own(self):
        options = ["--bandwidth", "unlimited", "--bytes", "32 MiB", "--repeats", "2"]
        for threads in ("on", "off"):
            for streams in (1, 3):
                chosen = ["--payload-hash", "on", "--streams", str(streams)]
                [row] = self.rows(*options, *chosen, "--bulk-threads", threads)
                self.assertEqual(row["streams"], streams)
                self.assertIs(row["bulk_threads"], threads == "on")
                self.assertGreater(row["achieved"], 0)

    def test_cost_holds_the_product_against_bare_sockets(self):
        options = ["--cost", "--bytes", "16 MiB", "--repeats", "1"]
        paths = json.loads(self.bench(*options, "--format", "json"))["paths"]
        self.assertLessEqual({"product", "bare", "asio"}, {path["path"] for path in paths})
        for path in paths:
            self.assertGreater(path["bytes_per_cpu_s"], 0)
            if path["path"] == "bare":
                self.assertEqual(path["against_bare"], 1)
        self.assertIn("GB a CPU second", self.bench(*options))

    def test_wrong_options_are_named_in_one_line(self):
        for options, words in [
            (["--bandwidth", "10"], "--bandwidth '10' has no unit"),
            (["--bandwidth", "0 Gbit/s"], "expected 1 kbit/s to 100 Tbit/s"),
            (["--pacing", "200 Tbit/s"], "--pacing '200 Tbit/s', expected"),
            (["--pacing", "1 Gbit/s", "--bandwidth", "1 Gbit/s"], "expected one of them"),
            (["--bytes", "1 kB"], "expected 4 KiB to 1 TiB"),
            (["--flows", "0"], "--flows '0', expected 1 to 64"),
            (["--repeats", "0"], "--repeats '0', expected"),
            (["--transport", "udp"], "--transport udp, expected one of tcp"),
            (["--payload-hash", "yes"], "expected one of on, off"),
            (["--bulk-threads", "2"], "expected one of on, off"),
            (["--shaping", "middle"], "expected one of receiver, sender"),
            (["--streams", "65"], "expected 1 to 64"),
            (["--address", "localhost"], "expected an IPv4 address"),
            (["--sender-namespace", "no-such"], "expected the name of a network namespace"),
            (["--cost", "--flows", "2"], "--cost and --flows"),
            (["--format", "csv"], "expected one of table, json"),
            (["--band", "1 Gbit/s"], "--band"),
        ]:
            result = self.splitbench("link", "bench", *options)
            self.assertEqual(result.returncode, 2, (options, result.stderr))
            self.assertIn(words, result.stderr)
            self.assertEqual(result.stderr.count("\n"), 1, result.stderr)
            self.assertEqual(result.stdout, "")
        self.assertEqual(self.splitbench("link").returncode, 2)
        self.assertEqual(self.splitbench("link", "beach").returncode, 2)

    def test_an_address_that_is_not_this_hosts_ends_it_in_words(self):
        result = self.splitbench("link", "bench", *self.QUICK, "--address", "192.0.2.1")
        self.assertEqual(result.returncode, 1)
        self.assertRegex(result.stderr, "receiver: .*assign requested address")


class LinkBenchEndsTest(ProgramTest):
    def setUp(self):
        super().setUp()
        options = ["--bandwidth", "10 Mbit/s", "--bytes", "64 MiB", "--flows", "2"]
        self.process = subprocess.Popen(
            [PROGRAM, "link", "bench", *options],
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.addCleanup(self.process.stderr.close)
        self.addCleanup(self.process.wait)
        self.addCleanup(self.process.kill)
        self.children = wait_until(lambda: children_of(self.process.pid), 3)

    def expect_nobody_left(self):
        left = wait_until(lambda: [pid for pid in self.children if is_alive(pid)], 0)
        self.assertEqual(left, [])

    def test_who_is_killed_takes_its_processes_along(self):
        self.process.kill()
        self.process.wait()
        self.expect_nobody_left()

    def test_a_killed_process_is_named_and_ends_the_others(self):
        os.kill(self.children[0], signal.SIGKILL)
        self.assertEqual(self.process.wait(60), 1)
        self.assertIn("receiver: was killed by signal 9", self.process.stderr.read())
        self.expect_nobody_left()


def wait_until(listed, length, seconds=30):
    """What `listed` gives once it is so long, or in the end."""
    deadline = time.monotonic() + seconds
    while len(found := listed()) != length and time.monotonic() < deadline:
        time.sleep(0.02)
    return found


if __name__ == "__main__":
    unittest.main()
