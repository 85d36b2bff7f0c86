"""What `splitbench calibrate` writes is a hardware profile, complete and used as it is. How fast this machine is, is not asked here."""

import re
import unittest

from testing import ProgramTest

REQUIRED = [
    "name",
    "provenance",
    "flops",
    "memory_bandwidth",
    "copy",
    "copy_call",
    "digest",
    "rates",
]


class CalibrateTest(ProgramTest):
    def test_a_cpu_is_measured_and_the_profile_runs(self):
        done = self.splitbench("calibrate", "--backend", "cpu", "--name", "mine")
        self.assertEqual(done.returncode, 0, done.stderr)
        text = (self.folder / "mine.yaml").read_text()
        keys = re.findall(r"^(\w+):", text, re.M)
        self.assertEqual(set(REQUIRED) - set(keys), set())
        self.assertEqual(
            {"peer", "launch", "tcp_stream", "tcp"} & set(keys), set()
        )  # of GPUs, and what nobody reads
        for codec in ("splitzip", "ranked"):
            types = re.search(
                rf"\n  {codec}:\n    bf16: (.*?)\n    fp8_e5m2: (.*?)\n    fp8_e4m3: (.*?)\n  \w",
                text,
                re.S,
            )
            for figures in types.groups():  # by size and number of tensors
                calls = re.findall(r"\{bytes: ([^,]+), tensors: (\d+), encode: ", figures)
                self.assertEqual(len(set(calls)), 6)
                self.assertEqual({tensors for _, tensors in calls}, {"1", "32"})
        self.assertRegex(
            text,
            r"provenance: .*--backend cpu.* cores; spread up to \d+%; \d{4}-\d\d-\d\d; commit \w+",
        )
        for figure in [
            "multiply and add",
            "memory read",
            "copy",
            "digest",
            "encode bf16, 64 MiB",
            "decode fp8_e4m3, fit",
            "encode fp8_e5m2, ranked, 64 MiB",
        ]:
            self.assertIn(figure, done.stdout)

        result = self.run_scenario({"hardware": self.folder / "mine.yaml", "time": "virtual"})
        self.assertEqual(result.report["meta"]["backend"], "mine")
        arms = [
            "raw",
            *re.findall(r"^  ((?:zstd|lz4)[\w-]*):", text, re.M),
        ]  # those that this program has
        keys = {
            "hardware": self.folder / "mine.yaml",
            "time": "virtual",
            "arms": f"[{', '.join(arms)}]",
        }
        result = self.run_scenario(keys, into="foreign")
        self.assertEqual({row["arm"] for row in result.requests}, set(arms))

    def test_a_file_that_is_there_stays_as_it_is(self):
        self.write("mine.yaml", "kept")
        done = self.splitbench("calibrate", "--backend", "cpu", "--name", "mine")
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn("mine.yaml is there; --force", done.stderr)
        self.assertEqual((self.folder / "mine.yaml").read_text(), "kept")

    def test_wrong_options_are_named(self):
        for options, words in [
            (["--backend", "tpu"], "tpu, expected one of auto, cpu, cuda"),
            (["-o", "mine.json"], "ends in .yaml"),
            (["--name", "a/b"], "a/b"),
            (["mine.yaml"], "expected options alone"),
        ]:
            done = self.splitbench("calibrate", *options)
            self.assertEqual((done.returncode, done.stdout), (2, ""), options)
            self.assertIn(words, done.stderr)


if __name__ == "__main__":
    unittest.main()
