"""The lists of CONTRIBUTING.md name every file that knows the members of their kind.

A list is held to some members that are there already: whatever it names knows one of them, and
whatever knows one of them is named, or stands below with the reason why a change leaves it alone.
"""

import itertools
import re
import unittest
from dataclasses import dataclass, field
from functools import cache

from prose_test import FOLDERS, ROOT

PAGE = ".github/CONTRIBUTING.md"
TOP_LEVEL = ("README.md", "CMakeLists.txt", "dev")
# What has members in it, but is kept as it was, or only uses them.
KEPT = ("sim/tests/earlier/", "*/fuzz/corpus/", "reports/measured/", "configs/*.yaml")


@dataclass(frozen=True)
class Kind:
    """Some members of a kind, and what knows them though a change does not touch it."""

    names: tuple = ()  # what NAME stands for
    known_by: str = ""  # expression: a file that has it knows a member; empty: nothing to follow
    # Expression: a test that has it quotes the kind's members, so it changes with them. Any other
    # test only uses a member.
    quoted: str = ""
    elsewhere: dict = field(default_factory=dict)


KINDS = {
    "A codec of ours": Kind(
        names=("ranked",),
        known_by=r"(?i)ranked",
        quoted=r"(?i)splitzip(_coded)?\W+(\w+::|splitzip_)?ranked\b|cuda/ranked\W+cuda\b"
        r"|FrameKind\{\d\}",
        elsewhere={
            "codec/cpu/block.hpp": "the table of any codebook",
            "codec/predicted/": "ranked frames in place of predicted ones",
            "sim/verbs/codec/encode_predicted_dump.*": "the same",
            "codec/cpu/vector_*": "ranked frames in vectors",
            "codec/cuda/splitzip/octet.cuh": "how warps walk the blocks of ranked frames",
            "configs/keys/codec_rate_keys.cpp": "an old form of profiles, which is only read",
            "reports/text/answer.cpp": "an example",
            "reports/text/answer_test.cpp": "a report that is made up",
            "sim/tests/earlier_test.py": "what an earlier version wrote",
            "sim/tests/golden_test.py": "runs whose results are recorded",
            "workers/codebooks/codebook_keeper.*": "what auto takes where nothing chooses",
        },
    ),
    "A codec in a shared library": Kind(),
    "A baseline: another library's codec, in the program": Kind(
        names=("lz4", "nvcomp"),
        known_by=r"(?i)lz4|nvcomp",
        quoted=r"zstd\W+lz4",
        elsewhere={
            "codec/baselines/cuda/": "nvCOMP's own, and what GPUs' baselines share",
            "codec/baselines/payload_layout.hpp": "why pieces are aligned",
            "sim/bench/calibrate/calibrate_command.cpp": "how long it takes",
        },
    ),
    "A transport between ends that reach the same memory": Kind(
        names=("shm", "p2p"),
        known_by=r"\bshm\b|\bp2p\b",
        quoted=r"auto or tcp|tcp or shm|tcp, shm",
        elsewhere={
            "configs/keys/keys.hpp": "an example",
            "workers/transport/shared_memory.hpp": "shm's own",
        },
    ),
    "A form of report": Kind(
        names=("vllm",),
        known_by=r"bibtex|vllm",
        elsewhere={
            ".github/CITATION.cff": "which form cites the program",
            "reports/folder/request_arrays.hpp": "what vllm shows besides the report",
            "configs/keys/presets.cpp": "when vllm sends KV",
        },
    ),
    "A scenario key": Kind(
        known_by=r"restart_time|fused_encode|heartbeat_timeout",
        quoted=r"heartbeat_timeout[^;]{1,40}restart_time",
        elsewhere={
            "codec/plugin/splitbench_codec.h": "what goes by these keys, as all below",
            "sim/run/real/real_fleet.hpp": "",
            "sim/run/real/real_run.cpp": "",
            "sim/run/virtual/virtual_fleet.cpp": "",
            "workers/device/cuda_encoder.cpp": "",
            "workers/plan/stage_model.*": "",
            "workers/process/worker_machine.cpp": "",
        },
    ),
    "An arrival process with a rate": Kind(
        known_by=r"(?i)weibull", quoted=r"gamma\W+(or |Arrivals::)weibull"
    ),
    "A trace format, a request a row": Kind(
        known_by=r"(?i)burstgpt|bailian|vidur|serving_?sim", quoted=r'"vidur\.csv"'
    ),
    "A model, a device, a KV profile": Kind(
        known_by=r"minimax-m2\.5|splitzip-paper|phi-2",
        quoted=r'\{"(minimax|phi)-|h200,\W+splitzip-paper',
        elsewhere={"sim/verbs/codec/codec_drift.cpp": "the profile that it takes if none is named"},
    ),
    "A fault": Kind(known_by=r"stop_reading", quoted=r"duplicate\W+stop_reading"),
    "A kind of drift": Kind(known_by=r"nan_burst", quoted=r"padding\W+(DriftKind::)?nan_burst"),
    "A dispatch policy": Kind(
        known_by=r"session_affinity", quoted=r"least_loaded\W+Dispatch::session_affinity"
    ),
    "A figure of a report": Kind(known_by=r"ratio_of_ideal"),
    "A verb": Kind(names=("reproduce",), known_by=r"reproduce_(command|test)"),
}


@cache
def files():
    """All files by their paths; the text of each begins with its path."""
    found = [ROOT / name for name in TOP_LEVEL]
    found += [path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if path.is_file()]
    names = {str(path.relative_to(ROOT)): path for path in found if path.suffix != ".pyc"}
    return {name: f"{name}\n{path.read_text(errors='replace')}" for name, path in names.items()}


@cache
def fitting(pattern):
    """The files that a path stands for: that file, or all in that folder; a star is any name."""
    expression = re.escape(pattern.rstrip("/")).replace(r"\*", "[^/]*")
    fits = re.compile(expression + "(/|$)").match
    return {name for name in files() if fits(name)}


def fitting_any(patterns):
    return set().union(*map(fitting, patterns))


def is_test(name):
    bench = "_bench." in name and not name.startswith("sim/bench/")
    return "_test." in name or bench or name.startswith("sim/tests/")


def spelt_out(token):
    """The paths that a/{b,c}.hpp stands for."""
    parts = [part.split(",") for part in re.split(r"[{}]", token)]
    return map("".join, itertools.product(*parts))


def paths_in(text):
    for token in re.findall(r"`([^`\s]+)`", text):
        if "/" in token or token in TOP_LEVEL:
            yield from spelt_out(token)


@cache
def page():
    """What stands before the lists, and each list by its heading."""
    text = (ROOT / PAGE).read_text()
    before, *lists = re.split(r"^## ", text, flags=re.MULTILINE)
    return before, dict(each.split("\n", 1) for each in lists)


def pages_for_people():
    [about] = [part for part in page()[0].split("\n\n") if part.startswith("The lists below")]
    return [path for path in paths_in(about) if path.endswith(".md")]


def listed(heading):
    """The paths that a list names, each with whether a change of the kind may leave it alone."""
    text = re.sub(r"\s+", " ", page()[1][heading])
    for clause in re.split(r"[.;] ", text):
        may_be_left = re.search(r"\b([Ii]f|New)\b", clause) is not None
        for path in paths_in(clause):
            yield path, may_be_left


def named_by(heading):
    """The files that a list names, for any name of a member. A folder that a change may leave alone
    is only where new files go."""
    paths = [path for path, left in listed(heading) if not (left and (ROOT / path).is_dir())]
    return fitting_any(p.replace("NAME", n) for p in paths for n in KINDS[heading].names or [""])


class ContributingTest(unittest.TestCase):
    def test_every_list_is_followed(self):
        self.assertEqual(list(page()[1]), list(KINDS))

    def test_what_is_listed_is_there_and_knows_a_member(self):
        for path in pages_for_people():
            self.assertTrue(fitting(path), path)
        for heading, kind in KINDS.items():
            for path, may_be_left in listed(heading):
                names = kind.names if "NAME" in path else [""]
                there = fitting_any(path.replace("NAME", name) for name in names)
                with self.subTest(heading, path=path):
                    self.assertTrue(there, "no such file")
                    knows = any(re.search(kind.known_by, files()[name]) for name in there)
                    self.assertTrue(may_be_left or knows, f"nothing in it of {kind.known_by}")

    def test_what_knows_a_member_is_listed(self):
        kept = fitting_any((*KEPT, *pages_for_people(), PAGE, "sim/tests/contributing_test.py"))
        for heading, kind in KINDS.items():
            left = files().keys() - kept - named_by(heading) if kind.known_by else ()
            found = {name for name in left if re.search(kind.known_by, files()[name])}
            found -= {name for name in found if is_test(name) and not self.quotes(kind, name)}
            with self.subTest(heading):
                unexplained = found - fitting_any(kind.elsewhere)
                self.assertEqual(unexplained, set(), f"{PAGE} does not name them")
                needless = [path for path in kind.elsewhere if not found & fitting(path)]
                self.assertEqual(needless, [], "explained here, and not found")

    def quotes(self, kind, name):
        return kind.quoted and re.search(kind.quoted, files()[name])


if __name__ == "__main__":
    unittest.main()
