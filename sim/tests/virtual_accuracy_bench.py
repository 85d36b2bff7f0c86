"""How far virtual time is from real time: what `validate` says of eight kinds of load.

A second real run of each says how far real time is from itself.

Prints the table of reports/measured/virtual-accuracy.md; --write puts it there.
"""

import json
import statistics
import sys
import unittest

from measured import provenance
from testing import PROGRAM, ROOT, SMALL, ProgramTest, Result, settings

TABLE = ROOT / "reports/measured/virtual-accuracy.md"

# What a codec of a library is tried with.
BASE = {
    "hardware": "cpu-2core",
    "compute": "none",
    "arms": "[raw, splitzip]",
    "repeats": 3,
    "transport": "tcp",  # what virtual time has, so that nothing else is chosen
    "link.streams": 1,
    "workload.output": 1,
    "workload.warmup": 1,
    "workload.context": 512,
    "workload.requests": 12,
}
# A profile has the floating-point operations of one thread, which would compute a prompt for half a
# minute: hence the scale.
ACCURACY = """
name: accuracy
model: llama-3.2-1b
hardware: here.yaml
compute_scale: 800
arms: [raw, splitzip, ranked]
repeats: 1
link: {bandwidth: 1 Gbit/s, latency: 100 us}
workload: {arrivals: closed, concurrency: 1, output: 8, requests: 20, warmup: 1}
kv: {source: profile}
"""
ONE_AT_A_TIME = {"workload.context": 512}
TWO_SENDERS = {
    "workers.prefill": 2,
    "workload.arrivals": "poisson",
    "workload.context": "uniform(from 128, to 1k)",
    "workload.requests": 60,
}
LOADS = {
    "512 tokens, one at a time, 1 Gbit/s": ONE_AT_A_TIME,
    "512 tokens, one at a time, 2 Gbit/s": {**ONE_AT_A_TIME, "link.bandwidth": "2 Gbit/s"},
    "512 tokens, one at a time, 5 Gbit/s": {
        **ONE_AT_A_TIME,
        "link.bandwidth": "5 Gbit/s",
        "workload.requests": 40,
    },
    "4k tokens, staging of 16 MB, 10 Gbit/s": {
        "link.bandwidth": "10 Gbit/s",
        "workload.context": "4k",
        "staging": "16 MB",
    },
    "two senders, one receiver, Poisson, 1 Gbit/s": {**TWO_SENDERS, "workload.rate": "4 /s"},
    "two senders, one receiver, Poisson, 2 Gbit/s": {
        **TWO_SENDERS,
        "link.bandwidth": "2 Gbit/s",
        "workload.rate": "8 /s",
    },
    "two senders, two receivers, closed loop of 2, 1 Gbit/s": {
        **TWO_SENDERS,
        "workers.decode": 2,
        "workload.arrivals": "closed",
        "workload.concurrency": 2,
        "workload.output": 32,
    },
    "agentic sessions, two senders, 2 Gbit/s": {
        "workers.prefill": 2,
        "link.bandwidth": "2 Gbit/s",
        "workload.arrivals": "trace",
        "workload.trace": "sessions.jsonl",
        "workload.requests": 47,
        "transfer": "missing_blocks",
        "dispatch": "session_affinity",
    },
}

# In these the end of a request begins the next: a delay moves all that follows, and microseconds
# decide which of two goes first. Single requests are not held to anything there.
FEEDBACK = ("closed loop of 2", "agentic sessions")


def sessions():
    """Eight sessions of six turns: each adds a tool's answer to what was said, and waits for it."""
    rows = []
    for session in range(8):
        tokens = 512 + 64 * session
        for turn in range(6):
            name = f"{session}-{turn}"
            row = {
                "timestamp_ns": 1_000_000_000 * session // 2 + turn,
                "input_tokens": tokens,
                "output_tokens": 8,
                "session": str(session),
                "request_id": name,
                "prefix_tokens": 0,
            }
            if turn:
                before = f"{session}-{turn - 1}"
                row |= {"wait_for": [before], "delay_ns": 100_000_000 + 30_000_000 * turn}
                row |= {"prefix_of": before, "prefix_tokens": tokens - 192, "answer_tokens": 8}
            rows.append(row)
            tokens += 192
    rows.sort(key=lambda row: row["timestamp_ns"])
    return "".join(json.dumps(row) + "\n" for row in rows)


class VirtualAccuracyBench(ProgramTest):
    def test_virtual_transfers_and_first_tokens_take_as_long_as_real_ones(self):
        done = self.splitbench("calibrate", "--backend", "cpu", "-o", "here.yaml")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.write("sessions.jsonl", sessions())
        scenario = self.write("accuracy.yaml", ACCURACY)
        rows = []
        for load, keys in LOADS.items():
            rows += self.validated(scenario, load, keys, f"load-{len(rows)}")
        print("\n".join(rows))
        if "--write" in sys.argv:
            write(rows, provenance(self.folder / "load-0/real"))
        for place, error, most in self.errors:
            with self.subTest(place):
                self.assertLessEqual(abs(error), most)

    def test_a_codec_of_a_library_is_as_fast_as_the_figures_that_were_measured_of_it(self):
        library = PROGRAM.parent / "codecs/zlib_codec.so"
        if not library.exists():
            self.skipTest("built without zlib")
        keys = {**BASE, "arms": "zlibcodec"}
        keys["codecs.zlibcodec.library"] = library
        keys |= {"chunk": "4 MB", "staging": "64 MB"}  # a real run would choose, virtual time not
        # How fast zlib is depends on the elements: the figures are of those that the run moves.
        done = self.splitbench(
            *("calibrate", "--backend", "cpu", "--codec-library", library),
            *("--scenario", self.scenario, *settings(keys)),
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        scenario = self.write("declared.yaml", done.stdout + SMALL)
        for bandwidth in ("100 Mbit/s", "1 Gbit/s"):  # the slowest is the link, then the codec
            keys["link.bandwidth"] = bandwidth
            # All transfers are alike, and the median is not moved by what disturbs some of them.
            real, virtual = (
                self.run_scenario(
                    keys, "--time", time, scenario=scenario, into=f"{time}-{bandwidth[:3]}"
                ).values("zlibcodec")["transfer_p50"]
                for time in ("real", "virtual")
            )
            print(f"zlibcodec at {bandwidth}: real {real:.4f} s, virtual {virtual:.4f} s")
            self.assertAlmostEqual(virtual / real, 1, delta=0.05)

    def setUp(self):
        super().setUp()
        self.errors = []  # of runs that stand behind their figures: place, error, the most of it

    def validated(self, scenario, load, keys, into):
        """The rows of a load."""
        done = self.splitbench(
            *("validate", scenario, *settings(keys)),
            *("--format", "json", "--output-dir", into),
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        told = json.loads(done.stdout)
        again = self.splitbench(
            *("run", scenario, "--output-dir", f"{into}/again", *settings(keys))
        )
        self.assertEqual(again.returncode, 0, again.stderr)
        real, again = (Result(self.folder / into / name).requests for name in ("real", "again"))
        figures = {(error["arm"], error["figure"]): error for error in told["errors"]}
        rows = []
        for arm in dict.fromkeys(arm for arm, _ in figures):
            row = f"| {load} | {arm} "
            for figure, most in (("transfer", 0.02), ("ttft", 0.05)):
                error = figures[arm, figure]
                mean = error["virtual_mean"] / error["real_mean"] - 1
                itself = p99_of_differences(real, again, arm, f"{figure}_ns")
                row += f"| {error['real_mean'] * 1e3:.2f} | {mean:+.2%} "
                row += f"| {error['p99']:.2%} | {itself:.2%} "
                if not told["valid"]:
                    continue
                self.errors.append((f"{figure} of {arm}, {load}", mean, most))
                if not any(words in load for words in FEEDBACK):
                    self.errors.append((f"p99, {figure} of {arm}, {load}", error["p99"], 0.05))
            rows.append(f"{row}| {'yes' if told['valid'] else 'no'} |")
        return rows


def p99_of_differences(one, other, arm, key):
    """The 99th percentile of the sizes of requests' relative differences."""
    before, after = (
        {row["id"]: row[key] for row in run if row["arm"] == arm} for run in (one, other)
    )
    sizes = [abs(after[id] / time - 1) for id, time in before.items()]
    return statistics.quantiles(sizes, n=100, method="inclusive")[98]


def write(rows, where):
    lines = [
        "# Virtual time against real time",
        "",
        where,
        "",
        "    python3 sim/tests/virtual_accuracy_bench.py --write",
        "",
        "Loads of that bench by `validate`, in both kinds of time, on the profile that `calibrate` made of the",
        "machine just before. Means in ms as the real run had them; the error of the virtual mean; the 99th",
        "percentile of the errors' sizes, request by request; and the same between that real run and a second",
        "one. In the last two loads the end of a request begins the next, so that a delay moves all that follows",
        "and microseconds decide which of two goes first.",
        "",
        "| load | arm | transfer | error | p99 | real, again | TTFT | error | p99 | real, again | real run valid |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
        *rows,
    ]
    TABLE.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    unittest.main(argv=[word for word in sys.argv if word != "--write"])
