"""How far virtual time is from real time: mean transfer times of the same scenarios in both.

Prints the table of reports/measured/virtual-accuracy.md; --write puts it there.
"""

import sys
import unittest

from measured import provenance
from testing import PROGRAM, ROOT, SMALL, ProgramTest, settings

TABLE = ROOT / "reports/measured/virtual-accuracy.md"

BASE = {
    "hardware": "cpu-2core",
    "compute": "none",
    "arms": "[raw, splitzip]",
    "repeats": 3,
    "transport": "tcp",  # what virtual time has, so that nothing else is chosen
    "link.streams": 1,
    "workload.output": 1,
    "workload.warmup": 1,
}
SCENARIOS = {
    "short prompts, one at a time": {"workload.context": 512, "workload.requests": 12},
    "a long prompt, small staging": {
        "workload.context": "4k",
        "workload.requests": 4,
        "staging": "16 MB",
    },
    "two senders into one receiver": {
        "workload.context": 512,
        "workload.requests": 16,
        "workload.concurrency": 2,
        "workers.prefill": 2,
    },
}
BANDWIDTHS = ("1 Gbit/s", "5 Gbit/s", "10 Gbit/s")


class VirtualAccuracyBench(ProgramTest):
    def test_virtual_transfers_take_as_long_as_real_ones(self):
        rows = []
        for name, keys in SCENARIOS.items():
            for bandwidth in BANDWIDTHS:
                rows += self.compare(name, {**BASE, **keys, "link.bandwidth": bandwidth})
        print("\n".join(rows))
        worst = max(abs(error) for error in self.errors)
        mean = sum(abs(error) for error in self.errors) / len(self.errors)
        print(f"mean of the errors' sizes {mean:.2%}, worst {worst:.2%}")
        if "--write" in sys.argv:
            write(rows, mean, worst, provenance(self.folder / "real"))
        self.assertLessEqual(mean, 0.05)

    def test_a_codec_of_a_library_is_as_fast_as_the_figures_that_were_measured_of_it(self):
        library = PROGRAM.parent / "codecs/zlib_codec.so"
        if not library.exists():
            self.skipTest("built without zlib")
        keys = {**BASE, **SCENARIOS["short prompts, one at a time"], "arms": "zlibcodec"}
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
        self.errors = []

    def compare(self, name, keys):
        real = self.run_scenario(keys, into="real")
        virtual = self.run_scenario(keys, "--time", "virtual", into="virtual")
        valid = "yes" if real.report["meta"]["valid"] else "no"
        rows = []
        for arm in ("raw", "splitzip"):
            seen, predicted = (
                result.values(arm)["transfer_mean"] * 1e3 for result in (real, virtual)
            )
            error = predicted / seen - 1
            self.errors.append(error)
            rows.append(
                f"| {name} | {keys['link.bandwidth']} | {arm} | {seen:.2f} | {predicted:.2f} "
                f"| {error:+.2%} | {valid} |"
            )
        return rows


def write(rows, mean, worst, where):
    lines = [
        "# Virtual time against real time",
        "",
        where,
        "",
        "    python3 sim/tests/virtual_accuracy_bench.py --write",
        "",
        "Mean transfer times, first encode (raw: first copy) to last install, of the same scenarios",
        "in both kinds of time; virtual devices by `configs/hardware/cpu-2core.yaml`.",
        f"Mean of the errors' sizes {mean:.2%}, worst {worst:.2%}.",
        "",
        "| scenario | bandwidth | arm | real ms | virtual ms | error | real run valid |",
        "|---|---|---|---|---|---|---|",
        *rows,
    ]
    TABLE.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    unittest.main(argv=[word for word in sys.argv if word != "--write"])
