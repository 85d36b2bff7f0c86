"""timeline.json, read as a viewer of traces reads it: it shows the times of requests.jsonl."""

import json
import unittest
from collections import defaultdict

from testing import ProgramTest

SERVED_IN_PREFILL = ("prefill_compute", "encode", "xfer_prep", "xfer_wire")
STAGES = SERVED_IN_PREFILL + ("kv_install", "decode_codec", "verify", "first_decode_step")
BUSY = {
    "workload.arrivals": "poisson",
    "workload.rate": "100 /s",
    "workload.batch_size": 2,
    "workers.prefill": 2,
    "workers.decode": 2,
    "verify": "inline",
    "repeats": 2,
}
NANOSECONDS = 1000  # in the microsecond of a trace's times


class Trace:
    def __init__(self, folder):
        self.text = (folder / "timeline.json").read_text()
        whole = json.loads(self.text)
        self.about = whole["otherData"]
        self.events = whole["traceEvents"]
        self.arms = {event["pid"]: name for event, name in self.named("process_name")}
        self.threads = {
            (event["pid"], event["tid"]): name for event, name in self.named("thread_name")
        }

    def named(self, what):
        return [(e, e["args"]["name"]) for e in self.events if e["name"] == what]

    def phase(self, letter):
        return [event for event in self.events if event["ph"] == letter]


def nanoseconds(event):
    begin = round(event["ts"] * NANOSECONDS)
    return begin, begin + round(event["dur"] * NANOSECONDS)


def covered(intervals):
    """How much time at least one of them takes."""
    total, upto = 0, 0
    for begin, end in sorted(intervals):
        total += max(0, end - max(begin, upto))
        upto = max(upto, end)
    return total


class TimelineTest(ProgramTest):
    def expect_sound(self, result):
        trace = Trace(result.folder)
        self.assertTrue(trace.about["complete"])
        self.expect_threads_that_do_not_overlap(trace)
        self.expect_the_requests(trace, result)
        self.expect_their_stages(trace, result)
        return trace

    def expect_threads_that_do_not_overlap(self, trace):
        threads = defaultdict(list)
        for event in trace.phase("X"):
            thread = event["pid"], event["tid"]
            self.assertIn(f": {event['name']}", trace.threads[thread])
            served = "prefill" if event["name"] in SERVED_IN_PREFILL else "decode"
            self.assertTrue(trace.threads[thread].startswith(served))
            threads[thread].append(nanoseconds(event))
        self.assertEqual(set(threads), set(trace.threads))
        for times in threads.values():
            times.sort()
            for (_, end), (begin, _) in zip(times, times[1:]):
                self.assertLessEqual(end, begin)

    def expect_the_requests(self, trace, result):
        shown = defaultdict(dict)
        for event in trace.events:
            if event.get("cat") == "request":
                key = trace.arms[event["pid"]], event["id2"]["local"]
                shown[key][event["ph"]] = round(event["ts"] * NANOSECONDS)
        rows = [row for row in result.requests if row["repeat"] == 0]
        self.assertEqual(len(shown), len(rows))
        for row in rows:
            arrival, moments = row["arrival_ns"], shown[row["arm"], hex(row["id"])]
            first, last = arrival + row["ttft_ns"], arrival + row["e2el_ns"]
            self.assertEqual(moments, {"b": arrival, "n": first, "e": last})

    def expect_their_stages(self, trace, result):
        """Each stage was active for as long as the partition of TTFT says, open and hidden."""
        transfers = {}
        for row in result.transfers:
            if row["repeat"] == 0:
                transfers |= {(row["arm"], request): row["id"] for request in row["requests"]}
        active = defaultdict(list)
        for event in trace.phase("X"):
            arm, args = trace.arms[event["pid"]], event["args"]
            owners = [args["transfer"]]
            if event["name"] == "first_decode_step":
                owners = args.get("requests", [args["request"]])
            for owner in owners:
                active[arm, event["name"], owner].append(nanoseconds(event))
        for row in (row for row in result.requests if row["repeat"] == 0):
            for stage in STAGES:
                of_request = stage == "first_decode_step"
                owner = row["id"] if of_request else transfers[row["arm"], row["id"]]
                expected = row[f"{stage}_ns"] + row[f"{stage}_hidden_ns"]
                self.assertEqual(covered(active[row["arm"], stage, owner]), expected, (stage, row))

    def test_a_real_run_one_request_at_a_time(self):
        trace = self.expect_sound(self.run_scenario({}))
        self.assertEqual(list(trace.arms.values()), ["raw", "bypass", "splitzip"])

    def test_a_real_run_of_batches_over_several_workers(self):
        self.expect_sound(self.run_scenario(BUSY))

    def test_a_virtual_run_the_same_to_the_byte(self):
        folders = ("a", "b")
        runs = [self.run_scenario(BUSY, "--time", "virtual", into=into) for into in folders]
        first, second = [self.expect_sound(run).text for run in runs]
        self.assertEqual(first, second)

    def test_a_long_run_stops_at_a_request(self):
        keys = {"workload.requests": 1200, "workload.output": 1, "layer_group": 1}
        trace = Trace(self.run_scenario(keys, "--time", "virtual").folder)
        self.assertFalse(trace.about["complete"])
        self.assertLessEqual(len(trace.events), 200_000 + 1000)
        begun, ended = [len(trace.phase(letter)) for letter in "be"]
        self.assertEqual(begun, ended)
        self.assertEqual(len(trace.phase("n")), trace.about["requests_drawn"])


if __name__ == "__main__":
    unittest.main()
