"""The folders of the project and their rooms: who may include whom."""

import fnmatch
import re
import unittest
from collections import defaultdict

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

# The rooms of each folder from the bottom up: a room includes those before it. "." are the files of the folder itself.
ROOMS = {
    "codec": [
        ".",
        "cpu",
        "predicted",
        "cuda/splitzip",
        "cuda/ranked",
        "cuda",
        "c_api",
        "baselines",
        "baselines/cuda",
        "plugin",
        "plugin/testing/cuda",
        "testing",
        "fuzz",
        "example",
    ],
    "network": [".", "tcp", "link", "fuzz"],
    "workloads": [
        ".",
        "traces",
        "traces/files",
        "traces/rows",
        "traces/sessions",
        "generators",
        "fuzz",
    ],
    "reports": [
        ".",
        "analysis",
        "text",
        "html/page",
        "html",
        "folder",
        "validation",
        "testing",
        "fuzz",
    ],
    "workers": [
        "plan",
        "kv",
        "codebooks",
        ".",
        "device/cuda",
        "device",
        "transport",
        "process",
        "fuzz",
    ],
    "configs": ["reader", ".", "keys", "cmake", "fuzz"],
    "sim": [
        "cli",
        "process",
        "run/dispatch",
        "run/virtual",
        "run/real",
        "run",
        "sweep",
        "bench/link",
        "path",
        "bench/codec",
        "bench/drift",
        "bench/calibrate",
        "verbs/codec",
        "fuzz",
        "verbs/trace",
        "verbs",
        ".",
    ],
}
# Their headers are what their rooms are written against, their sources stand on the rooms.
FACADES = {"codec", "codec/cuda", "configs", "workloads/traces"}
MOST_FILES, MOST_WITH_TESTS = 40, 45

CODE = {".cpp", ".hpp", ".cu", ".cuh"}
CUDA_HEADER = re.compile(r"cuda|cub/|thrust/|cooperative_groups|nv/|nvml")


def files(*suffixes):
    found = (path for folder in MAY_INCLUDE for path in (ROOT / folder).rglob("*"))
    return [path for path in found if path.suffix in suffixes]


def includes(path, form):
    return re.findall(rf"^\s*#\s*include\s*{form}", path.read_text(), re.MULTILINE)


def ours(path):
    """What a file includes of the project, as paths from its root."""
    return includes(path, r'"([^"]+\.(?:hpp|cuh|h))"')


def room_of(path):
    """Its folder and its room there: ("sim", "run/real")."""
    folder, *room = path.relative_to(ROOT).parent.parts
    return folder, "/".join(room) or "."


def is_test(path):
    return "_test." in path.name or "_bench." in path.name


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

    def test_a_room_includes_only_those_below_it(self):
        for path in files(*CODE):
            folder, room = room_of(path)
            self.assertIn(room, ROOMS[folder], f"{path}: rooms are listed here")
            if is_test(path):
                continue
            for included in ours(path):
                there, below = room_of(ROOT / included)
                if there != folder or below == room:
                    continue
                facade = FACADES & {
                    f"{folder}/{room}".removesuffix("/."),
                    f"{folder}/{below}".removesuffix("/."),
                }
                with self.subTest(file=str(path.relative_to(ROOT)), includes=included):
                    order = ROOMS[folder].index
                    self.assertTrue(facade or order(below) < order(room))

    def test_no_circle_of_sources(self):
        """A source and its header are one: nothing that it includes leads back to it."""
        graph = defaultdict(set)
        for path in files(*CODE):
            if not is_test(path):
                name = str(path.relative_to(ROOT).with_suffix(""))
                graph[name] |= {i.rsplit(".", 1)[0] for i in ours(path)} - {name}
        self.assertEqual(circles(graph), [])

    def test_a_folder_can_be_read_at_a_glance(self):
        count = defaultdict(lambda: [0, 0])
        for path in files(*CODE):
            count[path.parent][0] += not is_test(path)
            count[path.parent][1] += 1
        for folder, (sources, all_files) in count.items():
            with self.subTest(folder=str(folder.relative_to(ROOT))):
                self.assertLessEqual(sources, MOST_FILES)
                self.assertLessEqual(all_files, MOST_WITH_TESTS)

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


def circles(graph):
    """The groups of names that reach each other, by Tarjan's algorithm."""
    index, low, on_path, path, found = {}, {}, set(), [], []

    def visit(name):
        index[name] = low[name] = len(index)
        path.append(name)
        on_path.add(name)
        for other in graph.get(name, ()):
            if other not in index:
                visit(other)
                low[name] = min(low[name], low[other])
            elif other in on_path:
                low[name] = min(low[name], index[other])
        if low[name] == index[name]:
            at = path.index(name)
            group = sorted(path[at:])
            on_path.difference_update(group)
            del path[at:]
            if len(group) > 1:
                found.append(group)

    for name in sorted(graph):
        if name not in index:
            visit(name)
    return sorted(found)


if __name__ == "__main__":
    unittest.main()
