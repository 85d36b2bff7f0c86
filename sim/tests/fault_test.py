"""A process of a run dies: the run ends soon, says who and where, and keeps what was measured."""

import os
import signal
import time
import unittest

from testing import ProgramTest, Result, Running, is_alive, listening_sockets

PARTS_AND_TIMES = ("ttft_ns", "transfer_ns", "e2el_ns", "xfer_wire_ns", "decode_queue_ns")

# A transfer takes 2 s, so that there is time to inject a fault in the middle of it.
SLOW = {
    "arms": "[raw]",
    "link.bandwidth": "8 Mbit/s",
    "repeats": 2,
    "workload.requests": 2,
}


class FaultTest(ProgramTest):
    def start(self, keys):
        """A run that has finished its first repeat and is in the middle of the second."""
        running = Running(self, {**SLOW, **keys})
        running.wait_until_it_says("repeat 2 of 2")
        time.sleep(0.3)
        self.workers = running.workers()
        self.sockets = listening_sockets(running.process.pid)
        for pid in self.workers.values():
            self.sockets |= listening_sockets(pid)
        self.assertGreaterEqual(len(self.sockets), 2, "coordinator and decode worker listen")
        return running

    def expect_nothing_left(self):
        def left():
            alive = [name for name, pid in self.workers.items() if is_alive(pid)]
            return alive + sorted(self.sockets & listening_sockets())

        deadline = time.monotonic() + 3
        while left() and time.monotonic() < deadline:
            time.sleep(0.05)
        self.assertEqual(left(), [])

    def expect_failure(self, victim, stage, keys):
        running = self.start(keys)
        os.kill(self.workers[victim], signal.SIGKILL)
        self.assertEqual(running.wait_for_the_end(), 1, running.said)
        self.expect_nothing_left()

        role, index = victim.split()
        last_line = running.said.strip().splitlines()[-1]
        self.assertIn(f"{role} worker {index}", last_line)
        self.assertIn("killed", last_line)
        self.assertIn(f"request 0 in {stage}", last_line)
        return Result(self.folder / "result")

    def expect_kept(self, result):
        self.assertIs(result.report["meta"]["valid"], False)
        self.assertTrue(any("worker" in text for text in result.report["meta"]["warnings"]))
        repeats = [[row for row in result.requests if row["repeat"] == n] for n in (0, 1)]
        self.assertEqual([row["status"] for row in repeats[0]], ["ok", "ok"])
        self.assertEqual([row["status"] for row in repeats[1]], ["failed", "unfinished"])
        for row in repeats[0]:
            self.assertTrue(all(row[key] is not None for key in PARTS_AND_TIMES))
        for row in repeats[1]:
            self.assertTrue(all(row[key] is None for key in PARTS_AND_TIMES))
        self.assertEqual([row["request"] for row in result.transfers], [0, 1])

    def test_a_decode_worker_dies_while_it_receives(self):
        self.expect_kept(self.expect_failure("decode 0", "transfer", {}))

    def test_a_prefill_worker_dies_while_it_sends(self):
        self.expect_kept(self.expect_failure("prefill 0", "transfer", {}))

    def test_a_prefill_worker_dies_while_it_computes(self):
        slow_compute = {"compute_scale": 0.001, "workload.output": 1}
        fast_wire = {"link.bandwidth": "1 Gbit/s"}
        result = self.expect_failure("prefill 0", "prefill_compute", {**slow_compute, **fast_wire})
        self.expect_kept(result)

    def test_a_decode_worker_dies_while_it_generates(self):
        long_answers = {"link.bandwidth": "1 Gbit/s", "workload.output": "2k"}
        self.expect_kept(self.expect_failure("decode 0", "decode", long_answers))

    def test_one_of_several_workers_is_named(self):
        several = {"workers.prefill": 2, "workers.decode": 2, "workload.concurrency": 2}
        running = self.start(several)
        self.assertEqual(len(self.workers), 4)
        os.kill(self.workers["prefill 1"], signal.SIGKILL)
        self.assertEqual(running.wait_for_the_end(), 1)
        self.expect_nothing_left()
        self.assertIn("prefill worker 1", running.said)
        self.assertIn("request 1 in transfer", running.said)

    def test_a_worker_that_dies_before_it_is_ready_is_named(self):
        running = Running(self, SLOW)
        while "prefill 0" not in (workers := running.workers()):
            self.assertIsNone(running.process.poll())
        os.kill(workers["prefill 0"], signal.SIGKILL)
        self.assertEqual(running.wait_for_the_end(), 1)
        self.assertIn("prefill worker 0", running.said)
        self.assertEqual([name for name, pid in workers.items() if is_alive(pid)], [])
        self.assertFalse((self.folder / "result").exists())

    def test_requests_that_arrive_after_the_failure_find_nobody_and_do_no_harm(self):
        # The other worker hangs, so that the run takes a while to end, and requests keep coming.
        crowd = {"workload.arrivals": "poisson", "workload.rate": "100 /s"}
        running = Running(self, {**SLOW, "repeats": 1, **crowd, "workload.requests": 1000})
        running.wait_until_it_says("repeat 1 of 1")
        time.sleep(0.3)
        workers = running.workers()
        os.kill(workers["prefill 0"], signal.SIGSTOP)
        os.kill(workers["decode 0"], signal.SIGKILL)
        self.assertEqual(running.wait_for_the_end(), 1)
        self.assertIn("decode worker 0", running.said)
        self.assertEqual([name for name, pid in workers.items() if is_alive(pid)], [])
        self.assertEqual(len(Result(self.folder / "result").requests), 1000)

    def test_a_worker_that_dies_during_the_closing_self_checks_costs_no_result(self):
        # Stopped once its part is over, the prefill worker lets the run end, but not the checks.
        one_answer = {"workload.requests": 1, "workload.output": "2k"}
        running = self.start({"link.bandwidth": "1 Gbit/s", **one_answer})
        time.sleep(0.5)
        os.kill(self.workers["prefill 0"], signal.SIGSTOP)
        time.sleep(2.5)
        os.kill(self.workers["prefill 0"], signal.SIGKILL)
        self.assertEqual(running.wait_for_the_end(), 1)
        self.expect_nothing_left()
        self.assertIn("prefill worker 0", running.said)
        result = Result(self.folder / "result")
        self.assertIs(result.report["meta"]["valid"], False)
        self.assertEqual({row["status"] for row in result.requests}, {"ok"})

    def test_a_worker_that_hangs_is_given_up(self):
        running = self.start({})
        os.kill(self.workers["decode 0"], signal.SIGSTOP)
        self.assertEqual(running.wait_for_the_end(), 1)
        self.expect_nothing_left()
        self.assertRegex(
            running.said, "decode worker 0 .* was not heard of for 8 s, with request 0"
        )

    def test_the_workers_die_with_their_coordinator(self):
        running = self.start({})
        running.process.kill()
        running.process.wait()
        self.expect_nothing_left()

    def test_an_interrupt_leaves_no_process(self):
        running = self.start({})
        running.process.send_signal(signal.SIGINT)
        self.assertNotEqual(running.wait_for_the_end(), 0)
        self.expect_nothing_left()


if __name__ == "__main__":
    unittest.main()
