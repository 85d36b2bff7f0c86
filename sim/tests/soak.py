"""One run that goes on for long: its processes' memory stays flat, and no request is lost.

  python3 sim/tests/soak.py --minutes 30 --set backend=cuda --set link.bandwidth='100 Gbit/s'

A short run before it finds out how many requests fill the time. Fails unless the memory of every
process and GPU is flat (of the coordinator: but for the timelines that it keeps), every transfer
was verified and every request came through.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from testing import PROGRAM, Result, settings, workers_of

MIB = 1 << 20
FLAT_SHARE = 0.01  # of growth from one third of the run to the next
FLAT_BYTES = 8 * MIB

SCENARIO = """
name: soak
model: llama-3.2-1b
link:
  bandwidth: 5 Gbit/s
workload:
  arrivals: closed
  concurrency: 4
  context: 512
  output: 2
"""


class Soak:
    """A run, and what memory its processes had while it went on."""

    def __init__(self, folder, keys, into):
        self.result_folder = Path(folder) / into
        path = Path(folder) / "scenario.yaml"
        path.write_text(SCENARIO)
        command = ["run", path, "--output-dir", self.result_folder, *settings(keys)]
        self.said = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(
            [str(word) for word in (PROGRAM, *command)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=self.said,
        )
        self.began = time.monotonic()
        self.samples = {}  # by name: (seconds, bytes)

    def watch(self, limit, every=1.0):
        """Until its end, or `limit` seconds; then it is killed, and its workers die with it."""
        deadline = self.began + limit
        while self.process.poll() is None and time.monotonic() < deadline:
            self.sample()
            time.sleep(every)
        self.hung = self.process.poll() is None
        self.process.kill()
        self.exit = self.process.wait()
        self.took = time.monotonic() - self.began
        self.said.seek(0)
        self.stderr = self.said.read().strip()
        self.said.close()
        return self

    def sample(self):
        now = time.monotonic() - self.began
        members = [(self.process.pid, "coordinator"), *workers_of(self.process.pid)]
        found = {name: resident_bytes(pid) for pid, name in members}
        found |= {f"device {i}": used for i, used in enumerate(device_bytes())}
        for name, used in found.items():
            if used:
                self.samples.setdefault(name, []).append((now, used))

    def result(self):
        return Result(self.result_folder)


def resident_bytes(pid):
    """Nothing where the process has ended in the meantime."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS:"))


def device_bytes():
    """Memory in use of each GPU; none where there is no nvidia-smi."""
    query = ["nvidia-smi", "--query-gpu=memory.used", "--format=csv,noheader,nounits"]
    try:
        done = subprocess.run(query, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return []
    return [int(line) * MIB for line in done.stdout.split()]


def thirds(samples):
    """Medians of the second and of the last third of the time; none where a third has no sample."""
    end = samples[-1][0]
    parts = [
        [used for at, used in samples if low * end <= 3 * at <= high * end]
        for low, high in ((1, 2), (2, 3))
    ]
    return [statistics.median(part) for part in parts] if all(parts) else None


def growing(samples, records=0):
    """Why the memory is not flat, or nothing. `records` is what may have been added in a third."""
    medians = thirds(samples)
    if medians is None:
        return f"only {len(samples)} samples"
    second, last = medians
    allowed = max(FLAT_BYTES, FLAT_SHARE * second) + records
    if last - second <= allowed:
        return ""
    return f"{(last - second) / MIB:.1f} MiB more in the last third, at most {allowed / MIB:.1f}"


def recorded_bytes(result):
    """What the coordinator may keep of the requests of a third of the run, until the report.

    Of each request the timeline, in several copies; its spans are complete events of the trace.
    """
    trace = json.loads((result.folder / "timeline.json").read_text())
    spans = sum(event["ph"] == "X" for event in trace["traceEvents"])
    spans_per_request = spans / trace["otherData"]["requests_drawn"]
    return (4096 + 256 * spans_per_request) * len(result.requests) / 3


def seconds_per_request(folder, keys):
    """Of a short run; and how many arms it had."""
    pilot = Soak(folder, {**keys, "repeats": 1, "workload.requests": 20}, "pilot").watch(600)
    if pilot.exit != 0:
        sys.exit(f"the short run failed: {pilot.stderr}")
    rows = pilot.result().requests
    arms = {row["arm"] for row in rows}
    ends = [
        max(row["arrival_ns"] + row["e2el_ns"] for row in rows if row["arm"] == arm) for arm in arms
    ]
    return sum(ends) / 1e9 / len(rows), len(arms)


def broken_laws(soak, expected_rows):
    if soak.hung:
        yield f"it did not end within {soak.took:.0f} s"
        return
    if soak.exit != 0 or soak.stderr:
        yield f"it ended with {soak.exit}: {soak.stderr}"
        return
    result = soak.result()
    lost = [row for row in result.requests if row["status"] != "ok"]
    if lost or len(result.requests) != expected_rows:
        yield f"{len(result.requests) - len(lost)} of {expected_rows} requests came through"
    for what in ("requests", "transfers"):
        unverified = [row for row in getattr(result, what) if not row["verified"]]
        if unverified:
            yield f"{len(unverified)} {what} were not verified"
    for name, samples in soak.samples.items():
        why = growing(samples, recorded_bytes(result) if name == "coordinator" else 0)
        if why:
            yield f"{name}: {why}"


def summary(soak, rows):
    print(f"{rows} requests in {soak.took:.0f} s; median memory, second and last third, in MiB:")
    for name, samples in soak.samples.items():
        if medians := thirds(samples):
            print(f"  {name:12} {medians[0] / MIB:10.1f} {medians[1] / MIB:10.1f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--set", action="append", default=[], metavar="PATH=VALUE")
    parser.add_argument("--verbose", action="store_true", help="print every sample")
    options = parser.parse_args()
    keys = dict(word.split("=", 1) for word in options.set)

    with tempfile.TemporaryDirectory(prefix="splitbench-soak-") as folder:
        each, arms = seconds_per_request(folder, keys)
        seconds = 60 * options.minutes
        repeats = max(2, round(options.minutes))
        requests = max(1, round(seconds / (each * arms * repeats)))
        keys |= {"repeats": repeats, "workload.requests": requests}
        soak = Soak(folder, keys, "result").watch(2 * seconds + 120)
        rows = arms * repeats * requests
        if options.verbose:
            for name, samples in soak.samples.items():
                print(name, *(f"{used / MIB:.1f}" for _, used in samples))
        summary(soak, rows)
        broken = list(broken_laws(soak, rows))
    for law in broken:
        print(f"  BROKEN: {law}")
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()
