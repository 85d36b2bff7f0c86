"""Two thousand clients that do not authenticate crowd the ports of a run that may open 1,024 descriptors: it goes on."""

import os
import re
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path

from faulty_run import FAULTS, FaultyRun
from testing import listening_addresses, workers_of

DESCRIPTORS = 1024
CROWD = {"idle": 800, "half-open": 800, "garbage": 400}
MOST_DESCRIPTORS = 400  # of a process of the run, with all that it has to do
# It takes more than two seconds.
LONG = {
    "workload.requests": 60,
    "link.bandwidth": "500 Mbit/s",
    "heartbeat_timeout": "10 s",
}


class Crowds:
    """The clients, and the thread that tells them where the run listens."""

    def __init__(self, test):
        script = Path(__file__).with_name("crowd.py")
        self.processes = [
            subprocess.Popen(
                [sys.executable, "-B", str(script), manner, str(count)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for manner, count in CROWD.items()
        ]
        for process in self.processes:
            test.addCleanup(process.wait)
            test.addCleanup(process.kill)
        self.addresses = set()
        self.most_descriptors = 0
        self.thread = None

    def follow(self, run):
        self.thread = threading.Thread(target=self._follow, args=[run])
        self.thread.start()

    def _follow(self, run):
        while run.process.poll() is None:
            members = run.members()
            self.most_descriptors = max([self.most_descriptors, *map(descriptors_of, members)])
            for host, port in listening_addresses(members) - self.addresses:
                self.addresses.add((host, port))
                for process in self.processes:
                    print(host, port, file=process.stdin, flush=True)
            time.sleep(0.05)

    def leave(self):
        """How many calls there were."""
        self.thread.join()
        return sum(int(process.communicate()[0]) for process in self.processes)


def descriptors_of(pid):
    try:
        return len(os.listdir(f"/proc/{pid}/fd"))
    except OSError:  # ended in the meantime
        return 0


class CrowdedRunTest(unittest.TestCase):
    def start(self, keys, descriptors=None):
        folder = self.enterContext(tempfile.TemporaryDirectory(prefix="splitbench-test-"))
        run = FaultyRun(folder, keys, descriptors=descriptors)
        self.addCleanup(run.kill)
        return run

    def crowded(self, keys):
        """The end of a run whose ports are crowded from the moment that it listens."""
        crowds = Crowds(self)
        run = self.start({**LONG, **keys}, DESCRIPTORS)
        crowds.follow(run)
        run.watch(120)
        calls = crowds.leave()
        self.assertEqual((run.exit, run.left), (0, []), run.stderr)
        result = run.result()
        self.assertEqual({row["status"] for row in result.requests}, {"ok"})
        self.assertEqual(len(result.requests), LONG["workload.requests"])
        meta = result.report["meta"]
        self.assertTrue(meta["valid"] or meta["warnings"])
        self.assertGreaterEqual(calls, sum(CROWD.values()))
        self.assertLess(crowds.most_descriptors, MOST_DESCRIPTORS)
        self.assertLess(len(run.stderr.splitlines()), 500, "a flood does not fill a log")
        return run, crowds

    def test_a_run_lets_its_workers_in_and_ends_well(self):
        run, crowds = self.crowded({"on_fault": "fail-fast"})
        self.assertGreaterEqual(len(crowds.addresses), 3, "the coordinator and two decode workers")
        self.assertIn("rejected", run.stderr)

    def test_a_worker_that_was_killed_joins_again_and_a_connection_that_was_cut_is_made_again(self):
        kill, cut = (FAULTS[name] for name in ("kill a decode worker", "cut a connection"))
        both = (
            kill["faults"].rstrip("]") + ", " + cut["faults"].lstrip("[").replace("200 ms", "2 s")
        )
        run, _ = self.crowded({**kill, **cut, "faults": both})
        incidents = run.result().report["incidents"]
        self.assertEqual({incident["fault"] for incident in incidents}, {"kill", "cut"})
        for incident in incidents:
            self.assertIsNotNone(incident["recovered"])

    def test_the_secret_is_neither_in_arguments_nor_in_the_environment(self):
        run = self.start(LONG)
        deadline = time.monotonic() + 30
        while len(workers := workers_of(run.process.pid)) < 4:
            self.assertLess(time.monotonic(), deadline, "never started its workers")
            time.sleep(0.02)
        own = environment_of(run.process.pid)
        for pid, name in workers:
            self.assertEqual(environment_of(pid), own, name)
            arguments = Path(f"/proc/{pid}/cmdline").read_bytes()
            self.assertIsNone(re.search(rb"[0-9a-fA-F]{64}", arguments), name)
        run.watch()
        self.assertEqual(run.exit, 0, run.stderr)


def environment_of(pid):
    return sorted(Path(f"/proc/{pid}/environ").read_bytes().split(b"\0"))


if __name__ == "__main__":
    unittest.main()
