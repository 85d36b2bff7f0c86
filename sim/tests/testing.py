"""What the tests of the whole program share: how to start it, and how to see what it leaves behind.

The program is the one that the environment names in SPLITBENCH, else build/splitbench.
"""

import json
import os
import pty
import select
import shlex
import socket
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
FIELD = ROOT.parent / "shared/data"  # traces and KV recorded in the field, not part of the project


def recorded(own, field):
    """A file of the field where it is at hand, else the smaller one of the project that stands in for it."""
    return FIELD / field if (FIELD / field).exists() else ROOT / own


TRACE = recorded("workloads/traces/data/conversation.jsonl", "traces/mooncake_conversation.jsonl")
DUMP = recorded("codec/testing/data/channels.bf16", "kv/qwen2arch__agent.bf16")
DUMPS = [ROOT / "codec/testing/data/channels.bf16", *sorted((FIELD / "kv").glob("*[!q].bf16"))]
PROGRAM = Path(os.environ.get("SPLITBENCH", ROOT / "build/splitbench")).resolve()

# Two megabytes of KV a request, so that a whole run takes a second.
SMALL = """
name: small
model: llama-3.2-1b
repeats: 1
link:
  bandwidth: 1 Gbit/s
  latency: 100 us
workload:
  arrivals: closed
  concurrency: 1
  context: 64
  output: 2
  requests: 6
"""


class Result:
    """A result folder."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.report = json.loads((self.folder / "report.json").read_text())
        self.requests = rows_of(self.folder / "requests.jsonl")
        self.transfers = rows_of(self.folder / "transfers.jsonl")

    def values(self, arm):
        [row] = [row for row in self.report["rows"] if row["axes"]["arm"] == arm]
        return row["values"]


class ProgramTest(unittest.TestCase):
    """A test in a temporary folder of its own, in which the program runs."""

    def setUp(self):
        folder = self.enterContext(tempfile.TemporaryDirectory(prefix="splitbench-test-"))
        self.folder = Path(folder)
        self.scenario = self.write("small.yaml", SMALL)

    def write(self, name, contents):
        path = self.folder / name
        path.write_bytes(contents if isinstance(contents, bytes) else contents.encode())
        return path

    def splitbench(self, *arguments, timeout=240):
        """A command that ends by itself."""
        command = [str(word) for word in (PROGRAM, *arguments)]
        return subprocess.run(
            command, cwd=self.folder, capture_output=True, text=True, timeout=timeout
        )

    def refused(self, *arguments):
        """What it says when it takes arguments for a mistake."""
        done = self.splitbench(*arguments)
        self.assertEqual((done.returncode, done.stdout), (2, ""), (arguments, done.stderr))
        return done.stderr

    def examples_of(self, verb):
        """The commands that its --help opens with, as arguments of splitbench()."""
        help_text = self.splitbench(verb, "--help").stdout
        lines = [
            line
            for line in help_text.splitlines()
            if line.startswith("splitbench ") and "[options]" not in line
        ]
        return [shlex.split(line)[1:] for line in lines]

    def run_scenario(self, keys, *options, scenario=None, into="result"):
        """A run that is expected to succeed, with some keys of the scenario set; its result."""
        command = ["run", scenario or self.scenario, "--output-dir", into, *options]
        done = self.splitbench(*command, *settings(keys))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stderr, "")
        return Result(self.folder / into)


class Running:
    """A run in progress. Its stderr is a terminal, on which it says which repeat it has come to."""

    def __init__(self, test, keys):
        terminal, theirs = pty.openpty()
        command = ["run", test.scenario, "--output-dir", "result", *settings(keys)]
        self.process = subprocess.Popen(
            [str(word) for word in (PROGRAM, *command)],
            cwd=test.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=theirs,
        )
        os.close(theirs)
        self.terminal = terminal
        self.said = ""
        test.addCleanup(os.close, terminal)
        test.addCleanup(self.process.wait)
        test.addCleanup(self.process.kill)  # which takes the workers with it

    def wait_until_it_says(self, words, seconds=120):
        deadline = time.monotonic() + seconds
        while words not in self.said:
            if not self._listen(deadline):
                raise AssertionError(f"never said {words!r}, but {self.said!r}")

    def wait_for_the_end(self, seconds=120):
        """Its exit status, once all that it had to say is in `said`, however busy the machine is."""
        deadline = time.monotonic() + seconds
        while self._listen(deadline):
            pass
        return self.process.wait(max(0, deadline - time.monotonic()))

    def workers(self):
        """Its worker processes: their ids by name, such as 'decode 0'."""
        return {name: pid for pid, name in workers_of(self.process.pid)}

    def _listen(self, deadline):
        ready, _, _ = select.select([self.terminal], [], [], max(0, deadline - time.monotonic()))
        if not ready:
            return False
        try:
            heard = os.read(self.terminal, 65536)
        except OSError:  # nobody holds the other end any more
            return False
        self.said += heard.decode()
        return True


def settings(keys):
    return [word for path, value in keys.items() for word in ("--set", f"{path}={value}")]


def with_text(report, text, kept, keys_are_names=False):
    """A report.json with a text at the end of every string but those kept, keys that somebody chose among them."""

    def changed(word):
        return word if word in kept else word + text

    maps = {"axes", "values", "spread", "ci95", "invalid", "histograms", "series"}
    if isinstance(report, str):
        return changed(report)
    if isinstance(report, list):
        return [with_text(each, text, kept) for each in report]
    if isinstance(report, dict):
        return {
            changed(key) if keys_are_names else key: with_text(value, text, kept, key in maps)
            for key, value in report.items()
        }
    return report


def reports_with(text, report):
    """Reports with a text in every string that a report can choose, and some in which the names of
    figures, axes and arms that are compared are as they were, so that every part of a form is made."""
    kept = {"arm", "lower", "higher", "neither"}
    names = {each["key"] for each in (*report["columns"], *report["axes"])}
    return [
        with_text(report, text, words)
        for words in (kept, kept | names, kept | names | {"raw", "splitzip"})
    ]


def rows_of(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def children_of(parent):
    """Processes that `parent` started, in order of their numbers."""
    found = []
    for pid in sorted(int(name) for name in os.listdir("/proc") if name.isdigit()):
        try:
            status = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:  # ended in the meantime
            continue
        if int(status[1]) == parent:
            found.append(pid)
    return found


def workers_of(parent):
    """(pid, name) of each worker process that `parent` started."""
    found = []
    counts = {}
    for pid in children_of(parent):
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
        except OSError:  # ended in the meantime
            continue
        if words[1:2] != ["worker"]:
            continue
        index = counts[words[2]] = counts.get(words[2], -1) + 1
        found.append((pid, f"{words[2]} {index}"))
    return found


def is_alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def listening_sockets(pid=None):
    """Inodes of the TCP sockets that listen: those of a process, or all there are."""
    listening = _listening()
    return set(listening) if pid is None else set(listening) & _sockets(pid)


def listening_addresses(pids):
    """(host, port) of every TCP socket at which the processes listen."""
    listening = _listening()
    return {listening[inode] for pid in pids for inode in set(listening) & _sockets(pid)}


def _listening():
    """The address of each TCP socket that listens, by its inode."""
    rows = [line.split() for tcp in ("tcp", "tcp6") for line in _table(f"/proc/net/{tcp}")]
    return {row[9]: _address(row[1]) for row in rows if row[3] == "0A"}


def _address(text):
    host, port = text.split(":")
    words = [bytes.fromhex(host[i : i + 8])[::-1] for i in range(0, len(host), 8)]
    family = socket.AF_INET if len(words) == 1 else socket.AF_INET6
    return socket.inet_ntop(family, b"".join(words)), int(port, 16)


def _sockets(pid):
    """Inodes of the sockets of a process."""
    try:
        links = [_link(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")]
    except OSError:  # ended in the meantime
        return set()
    return {link.removeprefix("socket:[").removesuffix("]") for link in links}


def _table(path):
    return Path(path).read_text().splitlines()[1:] if os.path.exists(path) else []


def _link(path):
    try:
        return os.readlink(path)
    except OSError:  # closed in the meantime
        return ""
