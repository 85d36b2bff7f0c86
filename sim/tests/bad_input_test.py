"""What is wrong with the input is said once, clearly, before anything starts, and with exit 2."""

import json
import os
import subprocess
import time
import unittest

from testing import PROGRAM, SMALL, ProgramTest, settings, workers_of

SHAPE = [2, 2, 32, 64]
DUMP_BYTES = 2 * 2 * 2 * 32 * 64
LINE = '{"timestamp": %d, "input_length": 64, "output_length": 2, "hash_ids": [0]}\n'


class BadInputTest(ProgramTest):
    def refusal(self, *arguments):
        """What the program says when it refuses its arguments and has done nothing at all."""
        before = sorted(os.listdir(self.folder))
        process = subprocess.Popen(
            [str(word) for word in (PROGRAM, *arguments)],
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started = set()
        self.addCleanup(process.kill)
        deadline = time.monotonic() + 60
        while process.poll() is None and time.monotonic() < deadline:
            started.update(name for _, name in workers_of(process.pid))
        stdout, stderr = process.communicate(timeout=10)

        self.assertEqual((process.returncode, stdout, started), (2, "", set()), stderr)
        self.assertEqual(sorted(os.listdir(self.folder)), before)
        [message] = [line for line in stderr.splitlines() if not line.startswith("    ")]
        self.assertTrue(message.startswith("splitbench: "), message)
        self.assertNotIn(message[-1], ".!")
        return stderr

    def refused_run(self, keys, scenario=None):
        return self.refusal("run", scenario or self.scenario, *settings(keys))

    # The command line

    def test_a_verb_that_does_not_exist(self):
        self.assertIn("no verb 'rum'", self.refusal("rum", self.scenario))

    def test_an_option_that_does_not_exist(self):
        self.assertIn("--fast", self.refusal("run", self.scenario, "--fast"))

    def test_an_abbreviated_option(self):
        self.assertIn("--out", self.refusal("run", self.scenario, "--out", "result"))

    def test_no_scenario(self):
        self.assertIn("expected SCENARIO", self.refusal("run"))

    def test_two_scenarios(self):
        self.refusal("run", self.scenario, self.scenario)

    def test_a_missing_scenario(self):
        self.assertIn("nowhere.yaml: no such file", self.refusal("run", "nowhere.yaml"))

    def test_an_override_without_a_value(self):
        said = self.refusal("run", self.scenario, "--set", "repeats")
        self.assertIn("path=value", said)

    def test_an_override_of_a_key_that_does_not_exist(self):
        self.assertIn("did you mean 'bandwidth'?", self.refused_run({"link.bandwith": "1 Gbit/s"}))

    def test_a_time_that_is_neither_real_nor_virtual(self):
        self.assertIn("virtul", self.refusal("run", self.scenario, "--time", "virtul"))

    def test_an_output_folder_that_cannot_be_one(self):
        self.write("taken", "a file")
        said = self.refusal("run", self.scenario, "--output-dir", "taken")
        self.assertIn("taken", said)

    def test_a_report_of_a_folder_without_one(self):
        self.assertIn("nowhere", self.refusal("report", "nowhere"))

    # The scenario

    def test_a_misspelt_key(self):
        scenario = self.write("s.yaml", SMALL.replace("model:", "modle:"))
        said = self.refused_run({}, scenario)
        self.assertIn("s.yaml:3:1: no key 'modle'; did you mean 'model'?", said)
        self.assertIn("\n    modle: llama-3.2-1b\n    ^", said)

    def test_a_bandwidth_without_a_unit(self):
        scenario = self.write("s.yaml", SMALL.replace("1 Gbit/s", "1"))
        said = self.refused_run({}, scenario)
        self.assertIn("s.yaml:6:14: '1' has no unit", said)

    def test_a_negative_length(self):
        scenario = self.write("s.yaml", SMALL.replace("context: 64", "context: -64"))
        self.assertIn("s.yaml:11:12: '-64' is negative", self.refused_run({}, scenario))

    def test_an_unknown_model(self):
        self.assertIn("lama-7", self.refused_run({"model": "lama-7"}))

    def test_work_for_a_gpu_on_the_cpu(self):
        keys = {"compute": "gemm", "backend": "cpu"}
        self.assertIn("compute: gemm is work for a GPU", self.refused_run(keys))

    def test_memory_that_does_not_hold_one_request(self):
        said = self.refused_run({"decode_memory": "1 MB"})
        self.assertIn("decode_memory", said)

    def test_more_memory_than_the_machine_has(self):
        said = self.refused_run({"decode_memory": "100 TB"})
        self.assertIn("does not fit this machine's", said)

    def test_fewer_clients_than_requests_in_a_batch(self):
        # The batch would never be full: the clients that are to fill it wait for its answers.
        said = self.refused_run({"time": "virtual", "workload.batch_size": 4})
        self.assertIn("concurrency", said)
        self.assertIn("batch_size", said)

    # The trace

    def trace(self, text):
        return {"workload.arrivals": "trace", "workload.trace": self.write("trace.jsonl", text)}

    def test_a_missing_trace(self):
        keys = {"workload.arrivals": "trace", "workload.trace": "nowhere.jsonl"}
        self.assertIn("nowhere.jsonl", self.refused_run(keys))

    def test_a_trace_with_a_truncated_line_far_behind_the_requests_that_are_used(self):
        lines = [LINE % ms for ms in range(5000)]
        lines[3999] = lines[3999][:40] + "\n"
        said = self.refused_run(self.trace("".join(lines)))
        self.assertIn("trace.jsonl:4000: ", said)

    def test_a_trace_that_ends_in_the_middle_of_a_line(self):
        said = self.refused_run(self.trace((LINE * 10 % ((0,) * 10))[:-20]))
        self.assertIn("trace.jsonl:10: ", said)

    def test_a_trace_that_is_too_short(self):
        self.assertIn("trace.jsonl", self.refused_run(self.trace(LINE % 0)))

    # The dump

    def dump(self, contents=bytes(DUMP_BYTES), shape=SHAPE):
        if shape:
            self.write("kv.json", json.dumps({"shape": shape}))
        return {"kv.source": "dump", "kv.dump": self.write("kv.bf16", contents)}

    def test_a_missing_dump(self):
        keys = {"kv.source": "dump", "kv.dump": "nowhere.bf16"}
        self.assertIn("nowhere.bf16", self.refused_run(keys))

    def test_a_dump_without_its_shape(self):
        self.assertIn("kv.json", self.refused_run(self.dump(shape=None)))

    def test_a_dump_whose_size_disagrees_with_its_shape(self):
        for contents in (bytes(DUMP_BYTES - 2), bytes(DUMP_BYTES + 1), b""):
            said = self.refused_run(self.dump(contents))
            self.assertIn("kv.bf16", said)
            self.assertIn(f"{len(contents)} bytes", said)

    def test_a_dump_whose_shape_is_no_shape(self):
        for shape in ([2, 2, 32], [2, 3, 32, 64], [2, 2, -32, 64], ["2", 2, 32, 64]):
            self.assertIn("kv.json", self.refused_run(self.dump(shape=shape)))

    def test_a_dump_whose_shape_is_beyond_all_counting(self):
        said = self.refused_run(self.dump(b"", [2**29, 2, 2**29, 2**29]))
        self.assertIn("kv.bf16", said)

    def test_a_dump_is_refused_in_virtual_time_too(self):
        said = self.refused_run({"time": "virtual", **self.dump(bytes(DUMP_BYTES - 2))})
        self.assertIn("kv.bf16", said)


if __name__ == "__main__":
    unittest.main()
