"""What virtual time costs: CPU seconds of the whole program, reports and files included, and its memory.

Prints a table. Beside it stands the engine of AISimulate where its wheel is installed
(pip install ai-dynamo-runtime==1.6.1), in its own polynomial timing and without files.
"""

import os
import resource
import subprocess
import sys
import time
import unittest
from statistics import median

from testing import FIELD, PROGRAM, ROOT, ProgramTest, settings

RUNS = 5
GRID_SECONDS = 15  # wall time on two cores
MOONCAKE = FIELD / "traces/mooncake_conversation.jsonl"
SESSIONS = FIELD / "traces/agentic_sessions.tar.xz"

BASE = """
name: simulator
hardware: h200
compute_scale: 8
time: virtual
arms: [raw]
repeats: 1
link: {bandwidth: 100 Gbit/s, latency: 50 us}
workers: {prefill: 4, decode: 4}
"""
CONVERSATION = f"""{BASE}
model: qwen3-32b
workload: {{arrivals: trace, trace: {MOONCAKE}}}
"""
RECORDED = f"""{BASE}
model: qwen3-32b
dispatch: session_affinity
workload: {{arrivals: trace, trace: {SESSIONS}}}
"""
CLOSED = f"""{BASE}
model: llama-3.1-8b
workload: {{arrivals: closed, concurrency: 64, context: 8192, output: 128, requests: 10000}}
"""


MILLION = """
name: million
hardware: h200
compute_scale: 8
time: virtual
arms: [raw]
repeats: 1
model: llama-3.1-8b
link: {bandwidth: 100 Gbit/s, latency: 50 us}
workers: {prefill: 500, decode: 500}
workload: {arrivals: poisson, rate: 3650 /s, context: 8192, output: 128, requests: 1000000}
output: {timeline: off}
"""


class SimulatorBench(ProgramTest):
    def test_virtual_time_costs_as_little_as_it_may(self):
        cases = {
            "10,000 requests 8192/128, 4P x 4D": (
                self.write("closed.yaml", CLOSED),
                {},
                0.5,
                2**30,
            ),
            "configs/agentic.yaml, 20,000 requests": (
                ROOT / "configs/agentic.yaml",
                {"arms": "[raw]", "workload.requests": 20000},
                20,
                2**30,
            ),
        }
        if MOONCAKE.exists():
            cases["Mooncake conversation, 12,031 requests, 4P x 4D"] = (
                self.write("conversation.yaml", CONVERSATION),
                {},
                1.5,
                2**30,
            )
        if SESSIONS.exists():
            cases["710 recorded agentic sessions, 8P x 8D"] = (
                self.write("sessions.yaml", RECORDED),
                {"workers.prefill": 8, "workers.decode": 8},
                60,
                2**30,
            )
        print("| case | CPU s, median | memory MiB | wanted s |\n|---|---|---|---|")
        for name, (scenario, keys, wanted, memory) in cases.items():
            used = [self.cost_of(scenario, keys) for _ in range(RUNS)]
            seconds = median(seconds for seconds, _ in used)
            most = max(memory for _, memory in used)
            print(f"| {name} | {seconds:.2f} | {most / 2**20:.0f} | {wanted} |", flush=True)
            self.assertLess(most, memory)
        self.print_rival()

    def test_a_million_requests_on_a_thousand_workers_at_eighty_percent_load(self):
        seconds, memory = self.cost_of(self.write("million.yaml", MILLION), {})
        print(
            f"1,000,000 requests, 1,000 workers: {seconds:.1f} CPU s, 60 wanted, "
            f"{memory / 2**20:.0f} MiB, 2048 wanted"
        )

    def test_a_grid_of_long_contexts(self):
        axes = ["link.bandwidth=12.5..1600 Gbit/s:x2", "workload.context=8k..1M:x2"]
        began = time.monotonic()
        done = self.splitbench(
            "sweep",
            ROOT / "configs/long_context.yaml",
            *(word for axis in axes for word in ("--vary", axis)),
            "--output-dir",
            "grid",
            timeout=20 * GRID_SECONDS,
        )
        took = time.monotonic() - began
        print(f"long contexts, 8 x 8 points, three arms: {took:.1f} s, {GRID_SECONDS} s wanted")
        self.assertEqual(done.returncode, 0, done.stderr)

    def cost_of(self, scenario, keys):
        """User and system time of the whole process, and the most memory that it had."""
        command = [PROGRAM, "run", scenario, *settings(keys), "--output-dir", "result", "--force"]
        child = subprocess.Popen(
            [str(word) for word in command], cwd=self.folder, stdout=subprocess.DEVNULL
        )
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        self.assertEqual(child.returncode, 0)
        return used.ru_utime + used.ru_stime, used.ru_maxrss * 1024

    def print_rival(self):
        try:
            import dynamo._core as core
        except ImportError:
            print("AISimulate's engine is not installed", file=sys.stderr)
            return

        def engine(kind):
            return {
                "engine": {
                    "worker_type": kind,
                    "num_gpu_blocks": 200000,
                    "block_size": 64,
                    "max_num_seqs": 256,
                    "max_num_batched_tokens": 8192,
                    "kv_transfer_bytes_per_token": 131072,
                    "kv_transfer_bandwidth": 12.5,
                }
            }

        workers = {
            "num_prefill_workers": 4,
            "num_decode_workers": 4,
            "prefill_engine_args": engine("prefill"),
            "decode_engine_args": engine("decode"),
        }
        cases = {
            "10,000 requests 8192/128": lambda: core.run_mocker_synthetic_trace_replay(
                8192, 128, 10000, replay_concurrency=64, **workers
            )
        }
        if MOONCAKE.exists():
            cases["Mooncake conversation"] = lambda: core.run_mocker_trace_replay(
                [str(MOONCAKE)], trace_format="mooncake", trace_block_size=512, **workers
            )
        for name, replay in cases.items():
            before = resource.getrusage(resource.RUSAGE_SELF)
            replay()
            after = resource.getrusage(resource.RUSAGE_SELF)
            seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            print(f"| AISimulate's engine alone: {name} | {seconds:.2f} | | |", flush=True)


if __name__ == "__main__":
    unittest.main()
