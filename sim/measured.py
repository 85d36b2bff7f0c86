"""Where and with what the figures of reports/measured were measured."""

import json
import os
import platform
from datetime import datetime, timezone
from pathlib import Path


def provenance(result_folder):
    """Machine, commit of the program (not of the sources around this file), and date."""
    run = json.loads((Path(result_folder) / "run.json").read_text())
    return f"{machine()}; commit {run['commit'][:7]}; {datetime.now(timezone.utc).date()}."


def machine():
    model = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    name = model[0] if model else platform.machine()
    return f"{os.cpu_count()} cores of {name}, Linux {platform.release().partition('-')[0]}"
