"""How near the shaped link comes to the ideal and to what the kernel does, and what it costs.

Needs the machine to itself: every figure is printed beside its bar, whether that holds or not.
"""

import json
import os
import subprocess
import unittest

from testing import ProgramTest

GIGA = 10**9
MIB = 1 << 20


class LinkAccuracyBench(ProgramTest):
    def rows(self, *options):
        command = ["link", "bench", *options, "--format", "json"]
        result = self.splitbench(*command, timeout=900)
        self.assertEqual(result.returncode, 0, result.stderr)
        return json.loads(result.stdout)["rows"]

    def check(self, name, value, bar, holds):
        print(f"{name}: {value}, bar {bar}{'' if holds else ': NOT HELD'}", flush=True)
        with self.subTest(name):
            self.assertTrue(holds, f"{name}: {value}, bar {bar}")

    def check_errors(self, row, name):
        """The errors of a row that is shaped by the link."""
        late = row["invalid_transfers"] / row["n"]
        self.check(f"{name} late transfers", f"{late:.1%}", "2%", late <= 0.02)
        for key, least, share in (("median", 20e3, 0.0005), ("p99", 50e3, 0.01)):
            error, bar = row[f"{key}_error_ns"], max(least, share * row["ideal_ns"])
            relative = error / row["ideal_ns"]
            text = f"{error / 1e3:+.1f} us ({relative:+.4%})"
            self.check(f"{name} {key} error", text, f"{bar / 1e3:.0f} us", abs(error) <= bar)

    def test_transfers_take_as_long_as_they_ideally_do(self):
        for rate in ("0.1 Gbit/s", "1 Gbit/s", "5 Gbit/s", "10 Gbit/s", "25 Gbit/s"):
            for size in ("1 MiB", "16 MiB", "256 MiB"):
                [row] = self.rows("--bandwidth", rate, "--bytes", size)
                if rate == "25 Gbit/s" and not row["valid"]:
                    late = f"{row['invalid_transfers']} of {row['n']} late"
                    print(f"{rate} {size}: reported not valid, {late}", flush=True)
                    continue
                self.check_errors(row, f"{rate} {size}")

    def test_competing_transfers_share_equally(self):
        for flows in (2, 3):
            for rate in ("1 Gbit/s", "5 Gbit/s"):
                options = ["--bandwidth", rate, "--bytes", "64 MiB", "--flows", flows]
                [row] = self.rows(*options, "--repeats", "10")
                name = f"{flows} flows at {rate}"
                share = row["share_error"]
                self.check(f"{name} deviation from 1/{flows}", f"{share:.3%}", "1%", share <= 0.01)
                error = abs(row["median_error_ns"]) / row["ideal_ns"]
                self.check(f"{name} error together", f"{error:.3%}", "1%", error <= 0.01)

    def test_the_kernels_pacing_agrees(self):
        for rate in ("1 Gbit/s", "5 Gbit/s", "10 Gbit/s"):
            sizes = ["--bytes", "64 MiB", "--repeats", "20"]
            [link] = self.rows("--bandwidth", rate, *sizes)
            [kernel] = self.rows("--pacing", rate, *sizes)
            apart = kernel["achieved"] / link["achieved"] - 1
            best = -kernel["min_error_ns"] / kernel["ideal_ns"]
            print(f"SO_MAX_PACING_RATE at {rate}, its best transfer: {best:+.3%}", flush=True)
            self.check(f"SO_MAX_PACING_RATE at {rate}", f"{apart:+.3%}", "1%", abs(apart) <= 0.01)

    def test_the_kernels_token_bucket_agrees(self):
        payload, on_wire = 8948, 9014  # of a full frame at an MTU of 9000
        transfers = ["--bytes", "256 MiB", "--repeats", "5"]
        for gigabits in (1, 5, 10):
            with TokenBucket(self, gigabits) as between:
                through = [*between.options, "--bandwidth", "unlimited"]
                [kernel] = self.rows(*through, *transfers)
            [link] = self.rows("--bandwidth", f"{gigabits} Gbit/s", *transfers)
            expected = link["achieved"] * payload / on_wire
            apart = kernel["achieved"] / expected - 1
            text = f"{kernel['achieved'] / GIGA:.4f} Gbit/s, {apart:+.3%}"
            self.check(f"tbf at {gigabits} Gbit/s", text, "0.3%", abs(apart) <= 0.003)

    def test_the_product_costs_little_more_than_bare_sockets(self):
        result = self.splitbench("link", "bench", "--cost", "--format", "json", timeout=300)
        paths = json.loads(result.stdout)["paths"]
        per_cpu = {}
        for path in paths:
            name = path["path"] + (" with payload hash" if path["payload_hash"] else "")
            per_cpu[name] = path["against_bare"]
            figure = path["bytes_per_cpu_s"] / GIGA
            print(f"{name}: {figure:.2f} GB a CPU second", flush=True)
        product, asio = per_cpu["product"], per_cpu["asio"]
        self.check("product against bare", f"{product:.2f}", 0.8, product >= 0.8)
        self.check("product against asio", f"{product / asio:.2f}", 1.5, product / asio >= 1.5)


class TokenBucket:
    """Two network namespaces, a cable between them, and a token bucket at the sender's end."""

    def __init__(self, test, gigabits):
        self.test = test
        self.gigabits = gigabits
        pid = os.getpid()
        self.sender, self.receiver = f"splitbench-{pid}-s", f"splitbench-{pid}-r"
        self.options = [
            *("--sender-namespace", self.sender),
            *("--receiver-namespace", self.receiver),
            *("--address", "10.97.0.2"),
        ]

    def __enter__(self):
        inside = {self.sender: ("sb-s", "10.97.0.1/30"), self.receiver: ("sb-r", "10.97.0.2/30")}
        try:
            for name in inside:
                self.make("ip", "netns", "add", name)
            ends = ["sb-s", "netns", self.sender, "type", "veth", "peer", "name", "sb-r"]
            self.make("ip", "link", "add", *ends, "netns", self.receiver)
            for name, (device, address) in inside.items():
                self.make("ip", "-n", name, "address", "add", address, "dev", device)
                self.make("ip", "-n", name, "link", "set", device, "mtu", "9000", "up")
            bucket = ["rate", f"{self.gigabits}gbit", "burst", "256kb", "limit", "8mb"]
            root = ["qdisc", "add", "dev", "sb-s", "root"]
            self.make("tc", "-n", self.sender, *root, "tbf", *bucket)
        except BaseException:
            self.__exit__()
            raise
        return self

    def make(self, *command):
        try:
            subprocess.run(command, capture_output=True, text=True, check=True)
        except (OSError, subprocess.CalledProcessError) as error:
            why = getattr(error, "stderr", None) or str(error)
            self.test.skipTest(f"tbf between network namespaces: {why.strip()}")

    def __exit__(self, *exception):
        for name in (self.sender, self.receiver):
            subprocess.run(["ip", "netns", "del", name], capture_output=True)


if __name__ == "__main__":
    unittest.main()
