"""The folders of the project: who may include whom, and how large a file may get."""

import fnmatch
import re
import unittest

from testing import ROOT

LEAVES = {"codec", "network", "workloads"}
MAY_INCLUDE = {
    "codec": set(),
    "network": set(),
    "workloads": set(),
    "reports": {"workloads"},
    "workers": LEAVES,
    "configs": LEAVES | {"workers"},
    "sim": LEAVES | {"workers", "configs", "reports"},
}
TOP_LEVEL = {"CMakeLists.txt", "README.md", "LICENSE", "dev", *MAY_INCLUDE}
LONGEST_FILE = 500  # lines

CODE = {".cpp", ".hpp", ".cu", ".cuh"}
CUDA_HEADER = re.compile(r"cuda|cub/|thrust/|cooperative_groups|nv/|nvml")


def files(*suffixes):
    found = (path for folder in MAY_INCLUDE for path in (ROOT / folder).rglob("*"))
    return [path for path in found if path.suffix in suffixes]


def includes(path, form):
    return re.findall(rf"^\s*#\s*include\s*{form}", path.read_text(), re.MULTILINE)


def ours(path):
    """What a file includes of the project, as paths from its root."""
    return includes(path, '"([^"]+)"')


class LayeringTest(unittest.TestCase):
    def test_the_top_level_is_what_people_and_scripts_rely_on(self):
        ignored = [line.strip("/") for line in (ROOT / ".gitignore").read_text().split()]
        names = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")}
        names = {name for name in names if not any(fnmatch.fnmatch(name, i) for i in ignored)}
        self.assertEqual(names, TOP_LEVEL)

    def test_a_folder_includes_only_those_below_it(self):
        for path in files(*CODE):
            folder = path.relative_to(ROOT).parts[0]
            for included in ours(path):
                with self.subTest(file=str(path.relative_to(ROOT)), includes=included):
                    self.assertIn(included.split("/")[0], MAY_INCLUDE[folder] | {folder})

    def test_includes_are_rooted_at_the_repository(self):
        for path in files(*CODE):
            for included in ours(path):
                with self.subTest(file=str(path.relative_to(ROOT)), includes=included):
                    self.assertTrue((ROOT / included).is_file())

    def test_only_the_cuda_folders_know_cuda(self):
        for path in files(*CODE):
            if "cuda" in path.relative_to(ROOT).parts:
                continue
            with self.subTest(file=str(path.relative_to(ROOT))):
                self.assertEqual(self.cuda_headers_reached_from(path), set())
                self.assertNotIn(path.suffix, {".cu", ".cuh"})

    def cuda_headers_reached_from(self, path):
        reached, seen, ahead = set(), set(), [path]
        while ahead:
            path = ahead.pop()
            if path in seen:
                continue
            seen.add(path)
            reached.update(name for name in includes(path, "<([^>]+)>") if CUDA_HEADER.match(name))
            ahead += [ROOT / included for included in ours(path) if (ROOT / included).is_file()]
        return reached

    def test_there_is_no_common_folder(self):
        below = (path for folder in MAY_INCLUDE for path in (ROOT / folder).rglob("*"))
        unwanted = {"common", "util", "utils", "helpers", "third_party", "vendor"}
        self.assertEqual(unwanted.intersection(path.name for path in below), set())

    def test_no_file_is_longer_than_one_idea(self):
        for path in files(*CODE, ".py", ".cmake", ".txt"):
            with self.subTest(file=str(path.relative_to(ROOT))):
                self.assertLessEqual(path.read_text().count("\n"), LONGEST_FILE)


if __name__ == "__main__":
    unittest.main()
