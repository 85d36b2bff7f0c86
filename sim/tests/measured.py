"""Where and with what the figures of reports/measured were measured."""

import json
import os
import platform
import subprocess
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path


def provenance(result_folder):
    """Machine, commit of the program (not of the sources around this file), and date."""
    run = json.loads((Path(result_folder) / "run.json").read_text())
    return f"{machine()}; commit {run['commit'][:7]}; {datetime.now(UTC).date()}."


def machine():
    model = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    name = model[0] if model else platform.machine()
    host = f"{os.cpu_count()} cores of {name}, Linux {platform.release().partition('-')[0]}"
    return ", ".join([*devices(), host])


def devices():
    """The GPUs, like ones together, such as '2 NVIDIA H200, driver 580.159.04'; none where none are."""
    query = ["nvidia-smi", "--query-gpu=name,driver_version", "--format=csv,noheader"]
    try:
        listed = subprocess.run(query, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return []
    names = [line.strip().replace(", ", ", driver ") for line in listed.splitlines()]
    return [f"{count} {name}" for name, count in Counter(names).items()]
