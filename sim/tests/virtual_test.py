"""Virtual time: a scenario always gives the same files, and its figures obey the wire."""

import json
import os
import unittest

from testing import ROOT, ProgramTest
from valid_result import LLAMA_1B, expect_sound

VIRTUAL = ("--time", "virtual")
BUSY = {
    "workload.arrivals": "poisson",
    "workload.rate": "40 /s",
    "workload.requests": 100,
    "workload.context": 512,
    "workers.prefill": 2,
    "workers.decode": 2,
    "workload.batch_size": 2,
}


class VirtualTest(ProgramTest):
    def virtual_run(self, keys, *options, **more):
        return self.run_scenario(keys, *VIRTUAL, *options, **more)

    def test_two_runs_are_identical_to_the_byte(self):
        results = [self.virtual_run({**BUSY, "repeats": 2}, into=name) for name in ("a", "b")]
        for name in ("report.json", "requests.jsonl", "transfers.jsonl", "scenario.yaml"):
            first, second = [(result.folder / name).read_bytes() for result in results]
            self.assertEqual(first, second, name)

    def test_the_resolved_scenario_gives_the_same_report(self):
        first = self.virtual_run(BUSY)
        second = self.virtual_run({}, scenario=first.folder / "scenario.yaml", into="again")
        self.assertEqual(second.report, first.report)

    def test_another_seed_differs(self):
        rows = [self.virtual_run(BUSY, "--seed", seed).requests for seed in (1, 2)]
        self.assertNotEqual(*[[row["arrival_ns"] for row in of_one] for of_one in rows])

    def test_every_request_adds_up(self):
        for keys in (
            {},
            BUSY,
            {**BUSY, "pipeline": "off"},
            {**BUSY, "granularity": "request", "link.discipline": "fifo"},
            {**BUSY, "verify": "inline", "staging": "1 MB"},
            {"compute": "none", "workload.concurrency": 3, "verify": "off"},
        ):
            with self.subTest(keys):
                expect_sound(self, self.virtual_run(keys), verified=False)

    def test_more_bandwidth_never_makes_ttft_worse(self):
        for keys in ({}, BUSY):
            best = {}
            for bandwidth in ("500 Mbit/s", "1 Gbit/s", "2 Gbit/s", "10 Gbit/s", "100 Gbit/s"):
                result = self.virtual_run({**keys, "link.bandwidth": bandwidth})
                for arm in ("raw", "bypass", "splitzip"):
                    ttft = result.values(arm)["ttft_mean"]
                    self.assertLessEqual(ttft, best.get(arm, ttft), f"{arm} at {bandwidth}")
                    best[arm] = ttft

    def test_a_raw_transfer_takes_as_long_as_its_bytes_on_the_wire(self):
        keys = {"compute": "none", "arms": "[raw]", "workload.context": 512}
        result = self.virtual_run(keys)
        expected = 512 * LLAMA_1B * 8 / 1e9 + 100e-6
        self.assertAlmostEqual(
            result.values("raw")["transfer_p50"], expected, delta=0.03 * expected
        )

    def test_more_memory_than_this_machine_has_is_no_obstacle(self):
        result = self.virtual_run({"decode_memory": "100 TB", "prefill_memory": "100 TB"})
        self.assertEqual(len(result.requests), 18)

    def test_every_shipped_scenario_runs(self):
        trace = self.write("trace.jsonl", "".join(self.trace_line(i) for i in range(300)))
        dump = self.write("kv.bf16", os.urandom(2 * 2 * 32 * 64 * 2))
        self.write("kv.json", json.dumps({"shape": [2, 2, 32, 64]}))
        scenarios = sorted((ROOT / "configs").glob("*.yaml"))
        self.assertGreaterEqual(len(scenarios), 2)
        for scenario in scenarios:
            with self.subTest(scenario.name):
                text = scenario.read_text()
                if "axes:" in text:
                    continue  # a sweep: see sweep_test
                keys = {"workload.trace": trace} if "arrivals: trace" in text else {}
                keys |= {"kv.dump": dump} if "source: dump" in text else {}
                result = self.virtual_run(keys, scenario=scenario)
                self.assertEqual({row["status"] for row in result.requests}, {"ok"})

    @staticmethod
    def trace_line(index):
        request = {"timestamp": 300 * index, "input_length": 5000 + index, "output_length": 100}
        return json.dumps({**request, "hash_ids": []}) + "\n"


if __name__ == "__main__":
    unittest.main()
