"""Every command of README.md runs: what it promises, a reader can do."""

import re
import shlex
import unittest
from pathlib import Path

import testing

SET_UP = ("./dev run", "./dev test")  # .ci/run runs them, on a clean checkout
REAL_INPUT = {
    "TRACE.jsonl": testing.DATA / "traces/mooncake_conversation.jsonl",
    "CACHE.bf16": testing.DATA / "kv/qwen2arch__agent.bf16",
}


def commands():
    text = (testing.ROOT / "README.md").read_text()
    for block in re.findall(r"^```sh\n(.*?)^```", text, re.M | re.S):
        for line in filter(None, block.splitlines()):
            yield re.sub(r"\s+#.*", "", line)


class ReadmeTest(testing.ProgramTest):
    def test_every_command_is_one_that_something_runs(self):
        self.assertGreater(len(list(commands())), 8)
        for command in commands():
            self.assertTrue(command in SET_UP or command.startswith("build/splitbench "), command)

    def test_its_commands_succeed(self):
        (self.folder / "configs").symlink_to(testing.ROOT / "configs")
        for command in commands():
            if command not in SET_UP:
                with self.subTest(command):
                    self.try_out(command)

    def try_out(self, command):
        if "backend=cuda" in command and not Path("/dev/nvidia0").exists():
            self.skipTest("no CUDA device")
        for name, path in REAL_INPUT.items():
            if name in command and not path.exists():
                self.skipTest(f"no {path.name}")
            command = command.replace(name, str(path))
        done = self.splitbench(*shlex.split(command)[1:])
        self.assertEqual(done.returncode, 0, done.stderr)


if __name__ == "__main__":
    unittest.main()
