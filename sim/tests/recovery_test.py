"""Whatever goes wrong in a real run, requests come through with the bytes they would have had.

Most runs wait more than they work, so they go three at a time.
"""

import os
import signal
import tempfile
import time
import unittest
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from faulty_run import FAULTS, SCENARIO, TIMEOUT, FaultyRun, faults
from testing import ProgramTest, Result, Running, is_alive

VIRTUAL = ("--time", "virtual")
MARGIN = 10.0  # seconds that a busy machine may take to notice
FAIL_FAST = {"on_fault": "fail-fast"}


def statuses(run):
    return Counter(row["status"] for row in run.result().requests)


class RecoveryTest(unittest.TestCase):
    """What becomes of each fault, of those that are recovered from."""

    @classmethod
    def setUpClass(cls):
        folder = cls.enterClassContext(tempfile.TemporaryDirectory(prefix="splitbench-test-"))
        cases = {"none": {}, **FAULTS}

        def run(case, *options):
            name, keys = case
            place = tempfile.mkdtemp(dir=folder)
            return name, FaultyRun(place, keys, *options).watch()

        with ThreadPoolExecutor(3) as pool:
            cls.real = dict(pool.map(run, cases.items()))
            cls.virtual = dict(pool.map(lambda case: run(case, *VIRTUAL), cases.items()))
        cls.undisturbed = {row["id"]: row["kv_hash"] for row in cls.real["none"].result().requests}

    def recovered(self, name):
        """The incident of a run in which every request came through."""
        run = self.real[name]
        self.assertEqual((run.exit, run.stderr, run.left), (0, "", []))
        result = run.result()
        self.assertEqual(len(result.requests), len(self.undisturbed))
        for row in result.requests:
            if row["status"] == "cancelled":
                continue
            self.assertEqual((row["status"], row["verified"]), ("ok", True), row)
            self.assertEqual(row["kv_hash"], self.undisturbed[row["id"]])
        incidents = result.report["incidents"]
        self.assertEqual(len(incidents), 1, incidents)
        [incident] = incidents
        self.assertIn("fault: " + incident["fault"], FAULTS[name]["faults"])
        # Faults are armed a moment before the run's first stamp.
        self.assertGreaterEqual(incident["injected"], 0.19)
        self.assertEqual(incident["lost"], 0)
        retries = sum(row["retries"] for row in result.requests)
        self.assertEqual(incident["retried"], retries)
        return incident

    def expect_noticed(self, name):
        incident = self.recovered(name)
        self.assertLessEqual(incident["injected"], incident["detected"])
        self.assertLess(incident["detected"] - incident["injected"], TIMEOUT + MARGIN)
        self.assertLessEqual(incident["detected"], incident["recovered"])
        return incident

    def expect_sent_again(self, name, target):
        incident = self.expect_noticed(name)
        self.assertEqual(incident["target"], target)
        self.assertGreater(incident["retried"], 0)
        return incident

    def expect_no_harm(self, name):
        incident = self.recovered(name)
        self.assertEqual((incident["detected"], incident["retried"]), (None, 0))

    def test_a_killed_worker_is_restarted(self):
        self.expect_sent_again("kill a prefill worker", "prefill worker 1")
        self.expect_sent_again("kill a decode worker", "decode worker 1")

    def test_a_worker_that_stands_still_is_given_up(self):
        self.expect_sent_again("stop a prefill worker", "prefill worker 0")
        self.expect_sent_again("stop a decode worker", "decode worker 0")

    def test_a_worker_that_stands_still_for_a_moment_is_waited_for(self):
        self.expect_no_harm("stop a decode worker for 300 ms")

    def test_a_connection_that_was_cut_is_made_again(self):
        self.expect_sent_again("cut a connection", "prefill worker 0 -> decode worker 0")

    def test_a_changed_chunk_is_refused_and_sent_again(self):
        name = "flip a bit of a chunk"
        incident = self.expect_sent_again(name, "prefill worker 0 -> decode worker 0")
        self.assertIn("does not match its hash", incident["seen"])

    def test_a_sender_that_says_nothing_is_given_up(self):
        self.expect_sent_again("send nothing for 6 s", "prefill worker 0 -> decode worker 0")

    def test_a_sender_that_says_nothing_for_a_moment_is_waited_for(self):
        self.expect_no_harm("send nothing for 200 ms")

    def test_a_message_that_comes_twice_changes_nothing(self):
        self.assertEqual(self.expect_noticed("send a chunk twice")["retried"], 0)

    def test_a_receiver_that_reads_nothing_is_given_up(self):
        self.expect_sent_again("read nothing for 6 s", "prefill worker 0 -> decode worker 0")

    def test_a_receiver_that_reads_nothing_for_a_moment_is_waited_for(self):
        self.expect_no_harm("read nothing for 200 ms")

    def test_a_full_pool_refuses_jobs_until_there_is_room(self):
        incident = self.expect_sent_again("fill a KV pool for 500 ms", "decode worker 0")
        self.assertIn("the KV pool is full", incident["seen"])

    def test_a_request_is_cancelled_exactly_once_and_the_others_come_through(self):
        incident = self.expect_noticed("cancel a request")
        cancelled = [
            row["id"]
            for row in self.real["cancel a request"].result().requests
            if row["status"] == "cancelled"
        ]
        self.assertEqual([f"request {id}" for id in cancelled], [incident["target"]])

    def test_in_virtual_time_as_many_requests_come_through(self):
        for name, run in self.virtual.items():
            with self.subTest(name):
                self.assertEqual((run.exit, run.stderr), (0, ""))
                self.assertEqual(statuses(run), statuses(self.real[name]))

    def test_in_virtual_time_the_same_faults_are_noticed(self):
        def noticed(run):
            incidents = run.result().report["incidents"]
            return [(of_one["fault"], of_one["detected"] is not None) for of_one in incidents]

        for name, run in self.virtual.items():
            with self.subTest(name):
                self.assertEqual(noticed(run), noticed(self.real[name]))


class LossTest(ProgramTest):
    """What ends a run, or costs it a worker."""

    def setUp(self):
        super().setUp()
        self.scenario = self.write("faulty.yaml", SCENARIO)

    def run_to_its_end(self, keys, *options):
        return FaultyRun(self.folder, keys, *options).watch()

    def expect_failure(self, keys, words):
        run = self.run_to_its_end(keys)
        self.assertEqual((run.exit, run.left), (1, []), run.stderr)
        self.assertRegex(run.stderr, f"splitbench: the run failed: {words}")
        self.assertEqual(len(run.stderr.splitlines()), 1)
        return run.result()

    def kill_in_the_middle(self, victim, keys, successors=0):
        """Kills a worker, and as many of its successors as they are started; the incidents."""
        running = Running(self, keys)
        running.wait_until_it_says("repeat 1 of 1")
        time.sleep(0.2)
        workers = running.workers()
        known = set(workers.values())
        os.kill(workers[victim], signal.SIGKILL)
        for _ in range(successors):
            new = self.successor(running, known)
            known.add(new)
            os.kill(new, signal.SIGKILL)
        self.assertEqual(running.wait_for_the_end(), 0, running.said)
        self.assertEqual([pid for pid in known if is_alive(pid)], [])
        result = Result(self.folder / "result")
        self.assertEqual({row["status"] for row in result.requests}, {"ok"})
        return result.report["incidents"]

    def successor(self, running, known):
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            for pid in set(running.workers().values()) - known:
                return pid
            time.sleep(0.005)
        self.fail("nobody was restarted")

    def test_a_worker_that_somebody_else_kills_is_restarted(self):
        [incident] = self.kill_in_the_middle("decode 1", {"workload.requests": 80})
        self.assertEqual((incident["fault"], incident["target"]), ("", "decode worker 1"))
        self.assertIsNone(incident["injected"])
        self.assertLess(incident["detected"], incident["recovered"])

    def test_a_worker_that_dies_whenever_it_is_started_is_left_alone(self):
        keys = {"workload.requests": 80, "max_restarts": 2}
        incidents = self.kill_in_the_middle("decode 1", keys, successors=2)
        self.assertIn("restarted 2 times and is not restarted again", incidents[-1]["seen"])

    def test_a_worker_that_dies_before_it_is_ready_is_restarted(self):
        running = Running(self, {})
        while "prefill 0" not in (workers := running.workers()):
            self.assertIsNone(running.process.poll())
        os.kill(workers["prefill 0"], signal.SIGKILL)
        self.assertEqual(running.wait_for_the_end(), 0, running.said)

    def test_a_run_ends_though_an_idle_worker_stands_still(self):
        lone = {"workload.requests": 1, "workload.concurrency": 1, "repeats": 2}
        for fault in (
            "fault: stop, prefill: 1, at: 1 ms, for: 300 ms",
            "fault: stop, decode: 1, at: 1 ms",
        ):
            with self.subTest(fault):
                run = FaultyRun(self.folder, {**lone, **faults(fault)}).watch(20)
                self.assertEqual((run.exit, run.stderr, run.left), (0, "", []))
                self.assertEqual(statuses(run), {"ok": 2})

    def test_the_others_serve_when_one_is_left_alone(self):
        run = self.run_to_its_end({**FAULTS["kill a decode worker"], "max_restarts": 0})
        self.assertEqual((run.exit, run.stderr, run.left), (0, "", []))
        self.assertEqual(set(statuses(run)), {"ok"})
        [incident] = run.result().report["incidents"]
        self.assertIn("is not restarted again", incident["seen"])
        self.assertIsNone(incident["recovered"])

    def test_with_nobody_left_every_request_is_named_as_lost(self):
        kill = faults("fault: kill, decode: 0, at: 200 ms")
        keys = {**kill, "max_restarts": 0, "workers.decode": 1}
        words = r"request \d+ of arm splitzip, .*no decode worker is left"
        result = self.expect_failure(keys, words)
        reasons = [row["failure"] for row in result.requests if row["status"] != "ok"]
        self.assertGreaterEqual(len(reasons), 4)
        for reason in reasons:
            self.assertRegex(reason, "^no decode worker is left: decode worker 0 ")

    def test_what_no_hash_finds_on_the_way_the_digest_finds_at_the_end(self):
        unguarded = {"link.payload_hash": "off", "arms": "[raw]", "seed": 42}
        keys = {**FAULTS["flip a bit of a chunk"], **unguarded}
        words = r"KV of request \d+ differs between .* worker 0 .* worker 0 .*seed 42"
        result = self.expect_failure(keys, words)
        [failed] = [row for row in result.requests if row["status"] == "failed"]
        self.assertIn(f"KV of request {failed['id']} differs", failed["failure"])

    def test_under_fail_fast_the_run_ends_and_says_with_whom(self):
        both = "prefill worker 0 -> decode worker 0"
        for name, words in (
            ("kill a prefill worker", "prefill worker 1 .*killed"),
            ("stop a decode worker", "decode worker 0 .*was not heard of for 2 s"),
            ("flip a bit of a chunk", f"{both}: payload of chunk.* does not match its hash"),
            ("cut a connection", both),
        ):
            with self.subTest(name):
                self.expect_failure({**FAIL_FAST, **FAULTS[name]}, f"{words}.*with request")

    def test_no_worker_outlives_a_coordinator_that_vanishes(self):
        run = self.run_to_its_end(faults("fault: coordinator, at: 200 ms"))
        self.assertEqual((run.exit, run.left), (-signal.SIGKILL, []))


if __name__ == "__main__":
    unittest.main()
