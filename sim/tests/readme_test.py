"""Every command of README.md runs: what it promises, a reader can do."""

import re
import shlex
import unittest

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


def needs_device(command):
    return "backend=cuda" in command


class ReadmeCommands(testing.ProgramTest):
    def expect_success(self, chosen):
        (self.folder / "configs").symlink_to(testing.ROOT / "configs")
        for command in filter(chosen, commands()):
            for name, path in REAL_INPUT.items():
                command = command.replace(name, str(path))
            done = self.splitbench(*shlex.split(command)[1:])
            self.assertEqual(done.returncode, 0, f"{command}\n{done.stderr}")


class ReadmeTest(ReadmeCommands):
    def test_every_command_is_one_that_something_runs(self):
        self.assertGreater(len(list(commands())), 8)
        for command in commands():
            self.assertTrue(command in SET_UP or command.startswith("build/splitbench "), command)

    def test_its_commands_succeed(self):
        if not testing.DATA.exists():
            self.skipTest(f"no {testing.DATA.name}")
        self.expect_success(lambda c: c not in SET_UP and not needs_device(c))


if __name__ == "__main__":
    unittest.main()
