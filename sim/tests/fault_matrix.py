"""Runs each fault once in real and once in virtual time, and writes reports/measured/faults.md.

python3 sim/tests/fault_matrix.py [FILE]
"""

import sys
import tempfile
from pathlib import Path

from faulty_run import FAULTS, SCENARIO, FaultyRun, faults
from measured import provenance
from testing import ROOT

MATRIX = {
    **FAULTS,
    "flip a bit that no hash guards": {
        **FAULTS["flip a bit of a chunk"],
        "link.payload_hash": "off",
        "arms": "[raw]",
    },
    "kill the only decode worker, no restarts": {
        **faults("fault: kill, decode: 0, at: 200 ms"),
        "workers.decode": 1,
        "max_restarts": 0,
    },
    "kill a decode worker, fail-fast": {
        **FAULTS["kill a decode worker"],
        "on_fault": "fail-fast",
    },
    "kill the coordinator": faults("fault: coordinator, at: 200 ms"),
}

COLUMNS = ["fault", "time", "target", "noticed, ms", "recovered, ms", "sent again", "lost", "exit"]

TEXT = """# Faults, and what became of them

Each fault was injected once, in the middle of a small run of two prefill and two decode workers (one prefill worker where a
flow was the target), in real processes and in virtual time. In every row the KV of each request that came through was
compared with what was sent; `noticed` and `recovered` count from the moment of the fault, and `never` says that it
did no harm, or that the run ended first. A virtual worker needs 1 s to restart (`restart_time`), a real one what it
needs. Real rows are single runs.

{provenance}

    python3 sim/tests/fault_matrix.py

{table}

The scenario, of which each row sets `faults` and what its name says:

{scenario}
"""


def milliseconds(incident, moment):
    if incident[moment] is None or incident["injected"] is None:
        return "never" if incident[moment] is None else "-"
    return f"{1000 * (incident[moment] - incident['injected']):.1f}"


def words_of(run):
    return run.stderr.removeprefix("splitbench: the run failed: ")


def row_of(name, keys, kind):
    """A row of the table, and the words in which the program noticed the fault."""
    with tempfile.TemporaryDirectory(prefix="splitbench-faults-") as folder:
        run = FaultyRun(folder, keys, "--time", kind).watch()
        if run.exit not in (0, 1):
            return [name, kind, "coordinator", "-", "-", "-", "-", run.exit], ""
        result = run.result()
    rows = result.requests
    counts = [
        sum(row["retries"] for row in rows),
        sum(row["status"] in ("failed", "unfinished") for row in rows),
        run.exit,
    ]
    incidents = result.report["incidents"]
    if not incidents:
        return [name, kind, "coordinator", "-", "-", *counts], words_of(run)
    injected = next(incident for incident in incidents if incident["fault"])
    seen = "; ".join(incident["seen"] for incident in incidents if incident["seen"])
    if run.exit == 1:
        seen = words_of(run)
    moments = [milliseconds(injected, moment) for moment in ("detected", "recovered")]
    return [name, kind, injected["target"], *moments, *counts], seen


def table():
    lines = ["| " + " | ".join(COLUMNS + ["how"]) + " |", "|---" * (len(COLUMNS) + 1) + "|"]
    for name, keys in MATRIX.items():
        for kind in ("real", "virtual"):
            row, seen = row_of(name, keys, kind)
            words = " ".join(seen.split()).replace("|", "\\|")
            lines.append("| " + " | ".join(map(str, row)) + f" | {words} |")
            print(lines[-1], file=sys.stderr)
    return "\n".join(lines)


def undisturbed():
    with tempfile.TemporaryDirectory(prefix="splitbench-faults-") as folder:
        return provenance(FaultyRun(folder, {}, "--time", "virtual").watch().folder / "result")


def main():
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "reports/measured/faults.md"
    text = TEXT.format(
        provenance=undisturbed(),
        table=table(),
        scenario="\n".join("    " + line for line in SCENARIO.strip().splitlines()),
    )
    target.write_text(text)


if __name__ == "__main__":
    main()
