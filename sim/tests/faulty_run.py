"""A run of two prefill and two decode workers in which something goes wrong, watched to its end.

Each run has a session of its own, in the sense of setsid(2), by which whatever it leaves behind is
found, workers that were restarted included.
"""

import contextlib
import os
import resource
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from testing import PROGRAM, Result, is_alive, listening_sockets, settings

TIMEOUT = 2.0  # heartbeat_timeout, in seconds: a busy machine is no dead worker

# Four megabytes of KV a request, and two wires: all of it takes more than half a second.
SCENARIO = f"""
name: faulty
model: llama-3.2-1b
arms: [splitzip]
repeats: 1
on_fault: retry
max_retries: 20
heartbeat_timeout: {TIMEOUT} s
link:
  bandwidth: 1 Gbit/s
  latency: 100 us
workers:
  prefill: 2
  decode: 2
workload:
  arrivals: closed
  concurrency: 4
  context: 128
  output: 2
  requests: 40
"""


def faults(*specifications):
    """Keys of a scenario in which these happen."""
    return {"faults": "[" + ", ".join(f"{{{text}}}" for text in specifications) + "]"}


def on_a_flow(specification):
    # A single sender serves the decode workers in turn, so that the flow is sure to be used.
    return {**faults(f"{specification}, prefill: 0, decode: 0"), "workers.prefill": 1}


# What can go wrong, each in the middle of a run.
FAULTS = {
    "kill a prefill worker": faults("fault: kill, prefill: 1, at: 200 ms"),
    "kill a decode worker": faults("fault: kill, decode: 1, at: 200 ms"),
    "stop a prefill worker": faults("fault: stop, prefill: 0, at: 200 ms"),
    "stop a decode worker": faults("fault: stop, decode: 0, at: 200 ms"),
    "stop a decode worker for 300 ms": faults("fault: stop, decode: 0, at: 200 ms, for: 300 ms"),
    "cut a connection": on_a_flow("fault: cut, at: 200 ms"),
    "flip a bit of a chunk": on_a_flow("fault: corrupt, at: 200 ms"),
    "send nothing for 6 s": on_a_flow("fault: delay, at: 200 ms, for: 6 s"),
    "send nothing for 200 ms": on_a_flow("fault: delay, at: 200 ms, for: 200 ms"),
    "send a chunk twice": on_a_flow("fault: duplicate, at: 200 ms"),
    "read nothing for 6 s": on_a_flow("fault: stop_reading, at: 200 ms, for: 6 s"),
    "read nothing for 200 ms": on_a_flow("fault: stop_reading, at: 200 ms, for: 200 ms"),
    "fill a KV pool for 500 ms": faults("fault: pool_full, decode: 0, at: 200 ms, for: 500 ms"),
    "cancel a request": faults("fault: cancel, at: 200 ms"),
}


class FaultyRun:
    """A run that is under way, or over."""

    def __init__(self, folder, keys, *options, scenario=SCENARIO, descriptors=None):
        """`descriptors`: the number that each of its processes may open."""
        self.folder = Path(folder)
        path = self.folder / "scenario.yaml"
        path.write_text(scenario)
        command = ["run", path, "--output-dir", "result", *options, *settings(keys)]
        self.said = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(
            [str(word) for word in (PROGRAM, *command)],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=self.said,
            start_new_session=True,
            preexec_fn=descriptors and (lambda: limit_descriptors(descriptors)),
        )
        self.sockets = set()  # that were listened at

    def watch(self, seconds=60):
        """Waits for the end, and kills what does not come to one."""
        deadline = time.monotonic() + seconds
        while self.process.poll() is None and time.monotonic() < deadline:
            for pid in self.members():
                self.sockets |= sockets_of(pid)
            time.sleep(0.2)
        self.hung = self.process.poll() is None
        self.left = self.left_behind()
        self.exit = self.kill()
        self.said.seek(0)
        # A busy machine may carry less than the wires do, which is no fault's doing.
        self.stderr = "".join(line for line in self.said if "TCP carries" not in line)
        self.said.close()
        return self

    def kill(self):
        """Ends all that is left of it; its exit status."""
        for pid in self.members():
            with contextlib.suppress(ProcessLookupError):  # ended in the meantime
                os.kill(pid, signal.SIGKILL)
        return self.process.wait()

    def left_behind(self, seconds=30):
        """Processes and listening sockets of the run that are still there after a moment."""
        deadline = time.monotonic() + seconds
        while left := self.members() + sorted(self.sockets & listening_sockets()):
            if time.monotonic() > deadline:
                break
            time.sleep(0.05)
        return left

    def members(self):
        """Ids of the processes of the run."""
        pids = (int(name) for name in os.listdir("/proc") if name.isdigit())
        return [pid for pid in pids if session_of(pid) == self.process.pid and is_alive(pid)]

    def result(self):
        return Result(self.folder / "result")


def limit_descriptors(number):
    resource.setrlimit(resource.RLIMIT_NOFILE, (number, number))


def sockets_of(pid):
    try:
        return listening_sockets(pid)
    except FileNotFoundError:  # ended in the meantime
        return set()


def session_of(pid):
    try:
        return os.getsid(pid)
    except ProcessLookupError:  # ended in the meantime
        return None
