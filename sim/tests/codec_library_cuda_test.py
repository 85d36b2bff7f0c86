"""Codecs in shared libraries that work on GPUs."""

import unittest
from pathlib import Path

import codec_library_test
from testing import Result, settings


class CudaLibraryTest(codec_library_test.AddedCodecTest):
    def run_with(self, library):
        if not Path("/dev/nvidia0").exists() or not library.exists():
            self.skipTest("no CUDA device")
        keys = {"codecs.swap.library": library, "arms": "[raw, swap]", "backend": "cuda"}
        return self.splitbench("run", self.added, *settings(keys), "--output-dir", "result")

    def test_brings_the_same_bytes(self):
        done = self.run_with(codec_library_test.CUDA)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        result = Result(self.folder / "result")
        self.assertTrue(all(row["verified"] for row in result.requests))
        self.assertEqual({row["arm"] for row in result.requests}, {"raw", "swap"})

    def test_one_that_writes_behind_its_output_is_named(self):
        done = self.run_with(codec_library_test.LIBRARIES / "test_codec_cuda_overrun.so")
        self.assertEqual(done.returncode, 1)
        self.assertIn("test_codec_cuda_overrun.so: encode on a GPU wrote behind", done.stderr)

    def test_is_measured_and_declared(self):
        self.run_with(codec_library_test.CUDA)
        done = self.splitbench(
            "calibrate", "--backend", "cuda", "--codec-library", codec_library_test.CUDA
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("swap.encode", done.stdout)


if __name__ == "__main__":
    unittest.main()
