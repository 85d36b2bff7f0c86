"""Virtual results stay what they were: the sums of many runs' times and bytes stand in golden_sums.json.

Where a model changes on purpose, `python3 sim/tests/golden_test.py --write` writes them again, and the commit says what
moved. They may differ by what the last bit of a logarithm does on another machine.
"""

import json
import sys
import unittest
from collections import defaultdict
from pathlib import Path

from testing import ROOT, ProgramTest, Result, settings

GOLDEN = Path(__file__).parent / "golden_sums.json"
SUMMED = (
    "ttft_ns",
    "transfer_ns",
    "e2el_ns",
    "xfer_queue_ns",
    "decode_queue_ns",
    "wire_bytes",
    "escapes",
)
TOLERANCE = 1e-9

BUSY = {
    "model": "llama-3.1-8b",
    "hardware": "h200",
    "compute_scale": 8,
    "repeats": 1,
    "workers": "{prefill: 4, decode: 4}",
    "link": "{bandwidth: 100 Gbit/s, latency: 50 us}",
    "workload": "{arrivals: closed, concurrency: 32, context: 8k, output: 64, requests: 200}",
    "arms": "[raw, splitzip, ranked, auto]",
}
FAULTS = (
    "[{fault: kill, decode: 1, at: 300 ms}, {fault: stop, prefill: 0, at: 500 ms, for: 200 ms},"
    " {fault: corrupt, prefill: 1, decode: 2, at: 700 ms}, {fault: cut, prefill: 3, decode: 3, at: 900 ms}]"
)
CASES = {
    **{
        name: (name, {"workload.requests": 60})
        for name in ("agentic", "chat", "drift", "mixed", "rag")
    },
    "long_context": ("long_context", {"workload.requests": 20}),
    "quickstart": ("quickstart", {}),
    "busy": ("quickstart", BUSY),
    "uneven": (
        "quickstart",
        BUSY | {"workers": "{prefill: 5, decode: 2}", "workload.batch_size": 3},
    ),
    "in order": ("quickstart", BUSY | {"link.discipline": "fifo", "link.jitter": "20 us"}),
    "spine": ("quickstart", BUSY | {"link.spine": "150 Gbit/s", "verify": "inline"}),
    "not overlapped": ("quickstart", BUSY | {"pipeline": "off", "verify": "off"}),
    "peers": ("quickstart", BUSY | {"transport": "peer", "link.bandwidth": "unlimited"}),
    "e4m3": ("quickstart", BUSY | {"kv_dtype": "fp8_e4m3"}),
    "recalibrated": (
        "quickstart",
        BUSY | {"drift.kind": "outlier_onset", "drift.policy": "recalibrate"},
    ),
    "faults": ("quickstart", BUSY | {"on_fault": "retry", "faults": FAULTS}),
}


class GoldenTest(ProgramTest):
    def sums(self, case):
        scenario, keys = CASES[case]
        path = ROOT / f"configs/{scenario}.yaml"
        into = case.replace(" ", "_")
        done = self.splitbench(
            "run", path, "--time", "virtual", *settings(keys), "--output-dir", into
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        sums = defaultdict(lambda: dict.fromkeys(SUMMED, 0))
        for row in Result(self.folder / into).requests:
            for key in SUMMED:
                sums[row["arm"]][key] += row[key]
        return dict(sums)

    def test_virtual_results_are_what_they_were(self):
        golden = json.loads(GOLDEN.read_text())
        self.assertEqual(golden.keys(), CASES.keys())
        for case, arms in golden.items():
            with self.subTest(case):
                found = self.sums(case)
                self.assertEqual(found.keys(), arms.keys())
                for arm, sums in arms.items():
                    for key, was in sums.items():
                        self.assertAlmostEqual(
                            found[arm][key], was, delta=TOLERANCE * was, msg=f"{arm}: {key}"
                        )


def write():
    case = GoldenTest("sums")
    case.setUp()
    GOLDEN.write_text(json.dumps({name: case.sums(name) for name in CASES}, indent=1) + "\n")
    case.doCleanups()


if __name__ == "__main__":
    write() if sys.argv[1:] == ["--write"] else unittest.main()
