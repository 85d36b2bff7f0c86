"""Codecs that a scenario adds: declared by figures, or in shared libraries, those that do not behave included."""

import json
import time
import unittest

from testing import DUMP, PROGRAM, ProgramTest, settings

LIBRARIES = PROGRAM.parent / "codecs"
ZLIB = LIBRARIES / "zlib_codec.so"
CUDA = LIBRARIES / "test_codec_cuda_none.so"

SCENARIO = """
name: added
model: {name: small, layers: 4, hidden: 512, attention_heads: 8, kv_heads: 4, head_dim: 64, active_parameters: 100 M, total_parameters: 100 M}
arms: [raw]
repeats: 1
compute: none
backend: cpu
transport: tcp
link: {bandwidth: 500 Mbit/s}
workload: {arrivals: closed, concurrency: 1, context: 256, output: 1, requests: 3, warmup: 0}
"""
DECLARED = {
    "codecs.mine.ratio": "2",
    "codecs.mine.encode": "2 GB/s",
    "codecs.mine.decode": "3 GB/s",
    "codecs.mine.call": "5 us",
    "arms": "[raw, mine]",
    "time": "virtual",
}


def library(fault):
    return LIBRARIES / f"test_codec_{fault}.so"


class AddedCodecTest(ProgramTest):
    def setUp(self):
        super().setUp()
        self.added = self.write("added.yaml", SCENARIO)

    def failed(self, fault, keys=None):
        """What a run says that fails by a codec of this fault, and how long it took."""
        arm = {"codecs.faulty.library": library(fault), "arms": "[raw, faulty]", **(keys or {})}
        began = time.monotonic()
        done = self.splitbench(
            "run", self.added, *settings(arm), "--output-dir", "result", timeout=100
        )
        self.assertEqual(done.returncode, 1, (fault, done.stderr))
        self.assertIn(
            f"while arm 'faulty' ran codec library {library(fault)}", done.stderr.splitlines()[-1]
        )
        return done.stderr, time.monotonic() - began


class DeclaredCodecTest(AddedCodecTest):
    def test_figures_make_an_arm_of_virtual_time_that_every_report_marks(self):
        result = self.run_scenario(DECLARED, scenario=self.added)
        self.assertAlmostEqual(result.values("mine")["compression_ratio"], 2, delta=0.001)
        self.assertEqual(result.report["meta"]["declared_arms"], ["mine"])
        self.assertEqual(result.report["meta"]["warnings"], [])
        for form in ("table", "html", "markdown"):
            text = self.splitbench("report", "result", "--format", form).stdout
            self.assertIn("declared by figures, not measured: mine", text, form)
        stored = json.loads(self.splitbench("report", "result", "--format", "json").stdout)
        self.assertEqual(stored["meta"]["declared_arms"], ["mine"])
        self.assertEqual(
            self.run_scenario({}, scenario="result/scenario.yaml", into="again").report,
            result.report,
        )

    def test_a_sweep_asks_from_which_figures_on_it_pays(self):
        keys = settings({**DECLARED, "arms": "[raw, mine]"})
        axis = "codecs.mine.ratio=1, 1.5, 2"
        done = self.splitbench("sweep", self.added, *keys, "--vary", axis, "--output-dir", "sweep")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("declared by figures, not measured: mine", done.stdout)
        report = json.loads((self.folder / "sweep/report.json").read_text())
        ratios = [
            row["values"]["compression_ratio"]
            for row in report["rows"]
            if row["axes"]["arm"] == "mine"
        ]
        for ratio, expected in zip(ratios, (1, 1.5, 2), strict=True):
            self.assertAlmostEqual(ratio, expected, delta=0.001)

    def test_figures_alone_are_refused_in_real_time(self):
        said = self.refused("run", self.added, *settings({**DECLARED, "time": "real"}))
        self.assertIn("expected codecs.mine.library, or time: virtual", said)


class LibraryTest(AddedCodecTest):
    def test_what_is_no_library_is_refused_before_the_run(self):
        text = self.write("text.so", "not a library")
        for file, expected in (
            (self.folder / "nowhere.so", "no file"),
            (text, "cannot be loaded"),
            (library("old_version"), "compile it with this program's splitbench_codec.h"),
            (library("no_name"), "expected a name of 1 to 64"),
            (library("no_decode"), "has no function splitbench_codec_decode"),
            (library("silly_bound"), "expected 1 to"),
        ):
            with self.subTest(file=file.name):
                keys = settings({"codecs.x.library": file, "arms": "[raw, x]"})
                said = self.refused("run", self.added, *keys, "--output-dir", "result")
                self.assertIn(str(file), said)
                self.assertIn(expected, said)
                self.assertFalse((self.folder / "result").exists())

    def test_one_that_writes_behind_its_output_is_named(self):
        said, _ = self.failed("overrun")
        self.assertRegex(
            said, r"prefill worker 0 \(pid \d+\): codec library .*: encode wrote behind"
        )

    def test_one_that_gives_back_other_bytes_is_named(self):
        said, _ = self.failed("nonsense")
        self.assertIn("KV of request", said)
        self.assertIn("differs between prefill worker 0 and decode worker 0 (arm faulty", said)

    def test_one_that_crashes_ends_its_worker_and_the_run(self):
        said, _ = self.failed("crash")
        # On a busy machine the end of its connections may be seen first.
        self.assertRegex(said, r"prefill worker 0 (\(pid \d+\) was killed by signal 11|-> decode)")

    def test_one_that_sleeps_for_ever_is_given_up(self):
        said, seconds = self.failed("sleep", {"heartbeat_timeout": "1 s"})
        self.assertRegex(said, r"prefill worker 0 \(pid \d+\): .*: encode has not returned for 1 s")
        self.assertLess(seconds, 60)

    def test_one_that_crashes_again_and_again_is_given_up_under_retry(self):
        said, _ = self.failed("crash", {"on_fault": "retry", "max_restarts": 1})
        self.assertIn("was lost", said)

    def test_a_library_is_measured_beside_others_and_declared_by_its_figures(self):
        done = self.splitbench(
            *("codec", "bench", "--backend", "cpu", "--bytes", "1 MiB", "--repeats", 3),
            *("--codec", "splitzip", "--codec-library", library("none"), "--format", "json"),
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(
            [row["codec"] for row in json.loads(done.stdout)["rows"]], ["splitzip", "swap"]
        )
        done = self.splitbench("calibrate", "--backend", "cpu", "--codec-library", library("none"))
        self.assertEqual(done.returncode, 0, done.stderr)
        declared = self.write("declared.yaml", done.stdout + SCENARIO)
        keys = {"arms": "[raw, swap]", "time": "virtual"}
        result = self.run_scenario(keys, scenario=declared)
        self.assertEqual(result.report["meta"]["declared_arms"], ["swap"])
        self.assertEqual(
            sorted(path.name for path in self.folder.glob("*.yaml"))[:1], ["added.yaml"]
        )

    def test_figures_measured_on_a_scenarios_kv_have_its_ratio(self):
        if not ZLIB.exists():
            self.skipTest("built without zlib")
        keys = {"codecs.zlibcodec.library": ZLIB, "arms": "zlibcodec", "workload.context": "1k"}
        ratios = {}
        for name, kv in (
            ("profile", {}),
            ("dump", {"kv.source": "dump", "kv.dump": DUMP}),
        ):
            done = self.splitbench(
                *("calibrate", "--backend", "cpu", "--codec-library", ZLIB),
                *("--scenario", self.added, *settings({**keys, **kv})),
            )
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("bf16, on this scenario's KV", done.stdout)
            declared = self.write("declared.yaml", done.stdout + SCENARIO)
            real, virtual = (
                self.run_scenario(
                    {**keys, **kv, "time": time}, scenario=declared, into=f"{name}-{time}"
                ).values("zlibcodec")["compression_ratio"]
                for time in ("real", "virtual")
            )
            self.assertAlmostEqual(virtual / real, 1, delta=0.01)
            ratios[name] = real
        self.assertGreater(abs(ratios["dump"] / ratios["profile"] - 1), 0.01)

    def test_a_scenario_is_for_measuring_a_library_on_its_kv(self):
        calibrate = ("calibrate", "--backend", "cpu")
        with_library = (*calibrate, "--codec-library", library("none"))
        for words, expected in (
            ((*calibrate, "--scenario", self.added), "expected both"),
            ((*with_library, "--set", "seed=2"), "expected --scenario FILE"),
            ((*with_library, "--scenario", self.added, "--type", "bf16"), "expected one of them"),
            ((*with_library, "--scenario", self.added, "--set", "sed=2"), "no key 'sed'"),
        ):
            self.assertIn(expected, self.refused(*words))

    def test_measuring_a_library_that_crashes_says_so(self):
        for fault, expected in (
            ("crash", "crashed while"),
            ("nonsense", "gave back other elements"),
        ):
            done = self.splitbench(
                *("codec", "bench", "--backend", "cpu", "--bytes", "1 MiB", "--repeats", 1),
                *("--codec-library", library(fault)),
            )
            self.assertEqual(done.returncode, 1, done.stderr)
            self.assertIn(expected, done.stderr)

    def test_one_for_gpus_is_refused_on_a_cpu(self):
        if not CUDA.exists():
            return  # built without CUDA
        said = self.refused("run", self.added, *settings({"codecs.x.library": CUDA, "arms": "x"}))
        self.assertIn("arm 'x' works on a GPU, and this run's backend is cpu", said)

    def test_the_example_brings_the_same_bytes(self):
        if not ZLIB.exists():
            self.skipTest("built without zlib")
        keys = {"codecs.zlibcodec.library": ZLIB, "arms": "[raw, zlibcodec]", "kv.source": "dump"}
        result = self.run_scenario({**keys, "kv.dump": DUMP}, scenario=self.added)
        self.assertTrue(all(row["verified"] for row in result.requests))
        of = lambda arm: [row["kv_hash"] for row in result.requests if row["arm"] == arm]
        self.assertEqual(of("zlibcodec"), of("raw"))
        self.assertGreater(result.values("zlibcodec")["compression_ratio"], 1.2)
        self.assertEqual(result.report["meta"]["declared_arms"], [])
        said = self.refused(
            "run", self.added, *settings({**keys, "kv.source": "profile", "kv_dtype": "fp8_e5m2"})
        )
        self.assertIn("does not take fp8_e5m2 in host memory", said)


if __name__ == "__main__":
    unittest.main()
