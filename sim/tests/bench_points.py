"""What the benches that run many scenarios share: points, their runs, and tables of them.

A point that fails is a row that says so, and the others go on; the file is written again after each.
"""

import itertools
import json
import shlex
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from measured import machine, provenance
from testing import PROGRAM, settings


class Point:
    """One scenario, run once with all its arms and repeats."""

    def __init__(self, name, scenario, keys, limit):
        self.name = name  # what tells it from other points, one word a column
        self.why = ""  # it failed
        self.rows = {}  # of the report, by arm
        self.meta = {}
        self.where = machine()
        began = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="splitbench-point-") as folder:
            self._run(Path(folder), scenario, keys, limit)
        self.took = time.monotonic() - began

    def _run(self, folder, scenario, keys, limit):
        path = folder / "scenario.yaml"
        path.write_text(scenario)
        command = ["run", path, "--output-dir", folder / "result", *settings(keys)]
        words = [str(word) for word in (PROGRAM, *command)]
        try:
            done = subprocess.run(words, capture_output=True, text=True, timeout=limit)
        except subprocess.TimeoutExpired:
            self.why = f"not over after {limit:g} s"
            return
        if done.returncode != 0:
            said = done.stderr.strip() or f"exit {done.returncode}"
            self.why = said.splitlines()[0].removeprefix("splitbench: ").replace(f"{folder}/", "")
            return
        report = json.loads((folder / "result/report.json").read_text())
        self.rows = {row["axes"]["arm"]: row for row in report["rows"]}
        self.meta = report["meta"]
        self.where = provenance(folder / "result")

    def value(self, arm, key):
        return self.rows[arm]["values"].get(key) if arm in self.rows else None

    def spread(self, arm, key):
        return self.rows[arm]["spread"].get(key)

    def gain(self, arm, key, higher=False):
        """How many times better than raw: None where that is not known."""
        raw, this = self.value("raw", key), self.value(arm, key)
        if arm == "raw" or not raw or not this:
            return None
        return this / raw if higher else raw / this

    def is_noise(self, arm, key):
        """Whether an arm differs from raw by no more than both vary between repeats."""
        spreads = self.spread("raw", key), self.spread(arm, key)
        apart = abs(self.value("raw", key) - self.value(arm, key))
        return None not in spreads and apart <= sum(spreads)

    def doubts(self):
        """What the report warns of, in the same words once."""
        name = ", ".join(map(str, self.name))
        return [f"{name}: {words}" for words in dict.fromkeys(self.meta.get("warnings", []))]


def grid(**axes):
    """Every combination of what the axes list, as tuples; the last axis changes fastest."""
    return itertools.product(*axes.values())


def in_milliseconds(point, arm, key):
    """A figure with half the range of its repeats."""
    value = point.value(arm, key)
    if value is None:
        return "-"
    spread = point.spread(arm, key)
    return f"{value * 1e3:.3f}" + (f" ± {spread * 1e3:.3f}" if spread is not None else "")


def against_raw(point, arm, key, higher=False):
    gain = point.gain(arm, key, higher)
    if gain is None:
        return ""
    return f"{gain:.3f}x" + (" ~" if point.is_noise(arm, key) else "")


def percent(share, digits=2):
    return "-" if share is None else f"{share:+.{digits}%}"


def validity(point, arm, *keys):
    """Whether some figures of an arm are valid: by default all latencies and rates."""
    row = point.rows[arm]
    sound = not set(keys) & set(row["invalid"]) if keys else row["status"] == "ok"
    return "yes" if sound else "**no**"


class Table:
    """A Markdown file of one or more tables, which is whole after every point."""

    def __init__(self, path, title, text, tables):
        self.path = Path(path)
        self.title = title
        self.text = text.strip()
        self.columns = tables  # of each table: a heading and its columns' names
        self.rows = [[] for _ in tables]
        self.points = []

    def add(self, point, *rows_of_tables):
        """The point's rows, for each table some; none, if it failed."""
        self.points.append(point)
        if point.why:
            _, columns = self.columns[0]
            words = [*point.name, f"failed: {point.why}".replace("|", "\\|")]
            self.rows[0].append(words + [""] * (len(columns) - len(words)))
        for rows, more in zip(self.rows, rows_of_tables):
            rows += more
        say(point)
        self.path.write_text(self.markdown())

    def markdown(self):
        ran = [point for point in self.points if not point.why] or self.points
        lines = [f"# {self.title}", "", ran[-1].where, "", f"    {command()}", "", self.text, ""]
        for (heading, columns), rows in zip(self.columns, self.rows):
            lines += [f"## {heading}", ""] if heading else []
            lines += [line_of(columns), "|---" * len(columns) + "|", *map(line_of, rows), ""]
        doubts = [words for point in self.points for words in point.doubts()]
        if doubts:
            lines += ["What the runs say against themselves:", "", *(f"- {d}" for d in doubts), ""]
        return "\n".join(lines)

    def failed(self):
        return [point for point in self.points if point.why]


def say(point):
    name = ", ".join(map(str, point.name))
    outcome = point.why or ("valid" if point.meta["valid"] else "NOT VALID")
    print(f"{name}: {outcome}, {point.took:.1f} s", flush=True)


def line_of(cells):
    return "| " + " | ".join(map(str, cells)) + " |"


def command():
    return shlex.join(["python3", f"sim/tests/{Path(sys.argv[0]).name}", *sys.argv[1:]])


def listed(text):
    """The elements of a comma-separated argument."""
    return [word.strip() for word in text.split(",")]


def add_common_options(parser, requests, warmup, repeats):
    parser.add_argument("--model", default="llama-3.2-1b")
    parser.add_argument("--arms", type=listed, default=["raw", "bypass", "splitzip"])
    parser.add_argument("--repeats", type=int, default=repeats)
    parser.add_argument("--requests", type=int, default=requests)
    parser.add_argument("--warmup", type=int, default=warmup)
    parser.add_argument(
        "--set", action="append", default=[], metavar="PATH=VALUE", help="a key of every scenario"
    )
    parser.add_argument("--limit", type=float, default=900, help="seconds a point may take")
    parser.add_argument("--output", required=True, help="the Markdown file to write")


def common_keys(options):
    return {
        "model": options.model,
        "arms": f"[{', '.join(options.arms)}]",
        "repeats": options.repeats,
        "workload.requests": options.requests,
        "workload.warmup": options.warmup,
        **dict(word.split("=", 1) for word in options.set),
    }
