"""The commands of README.md that need a GPU."""

import unittest
from pathlib import Path

import readme_test


class ReadmeCudaTest(readme_test.ReadmeCommands):
    def test_its_gpu_commands_succeed(self):
        if not Path("/dev/nvidia0").exists():
            self.skipTest("no CUDA device")
        self.expect_success(readme_test.needs_device)


if __name__ == "__main__":
    unittest.main()
