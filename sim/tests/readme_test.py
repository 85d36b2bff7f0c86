"""Every command of README.md and of the pages that it links runs: what they promise, a reader can do."""

import re
import shlex
import unittest

import testing

SET_UP = ("./dev run", "./dev test")  # .ci/run runs them, on a clean checkout
REAL_INPUT = {
    "TRACE.jsonl": testing.TRACE,
    "CACHE.bf16": testing.DUMP,
    "libmine.so": next(
        file
        for name in ("zlib_codec", "test_codec_none")
        if (file := testing.PROGRAM.parent / f"codecs/{name}.so").exists()
    ),
}


PAGES = (
    "README.md",
    "configs/README.md",
    "sim/sweep/README.md",
    "workloads/README.md",
    "codec/README.md",
    "reports/README.md",
    "reports/JSON.md",
)


def commands():
    """Each command once, in the order of the pages."""
    found = {}
    for page in PAGES:
        text = (testing.ROOT / page).read_text()
        for block in re.findall(r"^```sh\n(.*?)^```", text, re.M | re.S):
            for line in filter(None, block.splitlines()):
                found[re.sub(r"\s+#.*", "", line)] = page
    return list(found)


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
        self.assertGreater(len(commands()), 30)
        for command in commands():
            self.assertTrue(command in SET_UP or command.startswith("build/splitbench "), command)

    def test_every_link_leads_to_a_file(self):
        for page in (*PAGES, ".github/CONTRIBUTING.md", "sim/ARCHITECTURE.md"):
            path = testing.ROOT / page
            for target in re.findall(r"\]\(([^)#]+)", path.read_text()):
                if not target.startswith("https://"):
                    self.assertTrue((path.parent / target).exists(), f"{page}: {target}")

    def test_the_checklists_name_files_that_exist(self):
        text = (testing.ROOT / ".github/CONTRIBUTING.md").read_text()
        named = [name for name in re.findall(r"`([\w./]+/[\w./]*)`", text) if "NAME" not in name]
        self.assertGreater(len(named), 30)
        for name in named:
            self.assertTrue((testing.ROOT / name).exists(), name)

    def test_its_commands_succeed(self):
        self.expect_success(lambda c: c not in SET_UP and not needs_device(c))


if __name__ == "__main__":
    unittest.main()
