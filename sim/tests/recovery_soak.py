"""Random faults in real time: whatever happens, a run ends, and no request is lost in silence.

  python3 sim/tests/recovery_soak.py --seeds 1..50 --verbose

A seed always makes the same scenario. What a run that breaks a law leaves behind is kept, and the
command that repeats it is printed.
"""

import argparse
import random
import re
import shutil
import sys
import tempfile
from collections import Counter
from pathlib import Path

from faulty_run import FaultyRun, faults
from testing import PROGRAM

KINDS = [
    "kill",
    "stop",
    "cut",
    "corrupt",
    "delay",
    "duplicate",
    "stop_reading",
    "pool_full",
    "cancel",
]
LIMIT = 60  # seconds, after which a run counts as hung

SCENARIO = """
name: soak
model: llama-3.2-1b
repeats: 1
on_fault: retry
heartbeat_timeout: 500 ms
workers:
  prefill: 2
  decode: 2
workload:
  arrivals: closed
  concurrency: 4
  context: 64
  output: 2
  requests: 40
"""


def random_fault(draw):
    kind = draw.choice(KINDS)
    fault = {"fault": kind}
    ends = ["prefill", "decode"]
    if kind in ("kill", "stop"):
        ends = [draw.choice(ends)]
    if kind == "pool_full":
        ends = ["decode"]
    if kind == "cancel":
        ends = []
    fault |= {end: draw.randrange(2) for end in ends}
    if draw.randrange(4) == 0:
        fault["probability"] = 0.05
    else:
        fault["at"] = f"{draw.randrange(1000)} ms"
    lasts = kind in ("delay", "stop_reading", "pool_full")
    if lasts or (kind == "stop" and draw.randrange(2) == 0):
        fault["for"] = f"{1 + draw.randrange(800)} ms"
    return ", ".join(f"{key}: {value}" for key, value in fault.items())


def random_keys(seed):
    """Up to four faults of any kind within the first second, over any policies."""
    draw = random.Random(seed)
    return {
        **faults(*(random_fault(draw) for _ in range(draw.randint(1, 4)))),
        "seed": seed,
        "arms": f"[{draw.choice(['raw', 'bypass', 'splitzip'])}]",
        "link.bandwidth": f"{100 * draw.randint(1, 5)} Mbit/s",
        "link.discipline": draw.choice(["fair", "fifo"]),
        "link.streams": draw.choice([1, 1, 3]),
        "pipeline": draw.choice(["on", "on", "on", "off"]),
        "verify": draw.choice(["deferred", "inline", "off"]),
        "workload.batch_size": draw.randint(1, 2),
        "max_restarts": draw.randrange(4),
        "max_retries": draw.randrange(8),
    }


def broken_laws(run, keys):
    if run.hung:
        yield f"it did not end within {LIMIT} s"
    if run.left:
        yield f"it left behind {run.left}"
    if run.hung:
        return
    if run.exit not in (0, 1):
        yield f"it ended with {run.exit}"
        return
    rows = run.result().requests
    if [row["id"] for row in rows] != list(range(40)):
        yield f"{len(rows)} of 40 requests have a row"
    lost = [row for row in rows if row["status"] == "failed"]
    if (run.exit == 0) != (not lost):
        yield f"it ended with {run.exit}, with {len(lost)} requests lost"
    for row in rows:
        yield from broken_laws_of_request(row, keys)


def broken_laws_of_request(row, keys):
    if row["status"] not in ("ok", "cancelled", "failed"):
        yield f"request {row['id']} is {row['status']}"
    if row["status"] == "ok" and row["verified"] != (keys["verify"] != "off"):
        yield f"request {row['id']} is ok, and its KV was not compared"
    if row["status"] == "failed" and not re.match("given up after|no .* is left", row["failure"]):
        yield f"request {row['id']} failed without a reason: {row['failure']!r}"


def soak(seed, verbose):
    """Whether a seed's run obeyed every law; says so where it did not."""
    keys = random_keys(seed)
    folder = Path(tempfile.mkdtemp(prefix=f"splitbench-soak-{seed}-"))
    run = FaultyRun(folder, keys, scenario=SCENARIO).watch(LIMIT)
    broken = list(broken_laws(run, keys))
    if run.hung or run.exit not in (0, 1):
        outcome = "no result"
    else:
        result = run.result()
        counts = Counter(row["status"] for row in result.requests)
        counts["retries"] = sum(row["retries"] for row in result.requests)
        counts["incidents"] = len(result.report["incidents"])
        outcome = ", ".join(f"{count} {what}" for what, count in counts.items())
    if verbose or broken:
        print(f"seed {seed}: exit {run.exit}, {outcome}", flush=True)
    if not broken:
        shutil.rmtree(folder)
        return True
    for law in broken[:5]:
        print(f"  BROKEN: {law}")
    print(f"  kept in {folder}; stderr: {run.stderr.strip()!r}; again:")
    options = " ".join(f"--set '{path}={value}'" for path, value in keys.items())
    print(f"  {PROGRAM} run {folder}/scenario.yaml --output-dir again {options}", flush=True)
    return False


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", default="1..50", help="FIRST..LAST")
    parser.add_argument("--verbose", action="store_true", help="say how each run went")
    options = parser.parse_args()
    first, last = map(int, options.seeds.split(".."))
    failed = [seed for seed in range(first, last + 1) if not soak(seed, options.verbose)]
    print(f"{last - first + 1} runs, {len(failed)} broke a law: {failed}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
