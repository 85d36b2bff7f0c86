"""The text of a trace file, and its rows under the same few names whoever wrote it."""

import csv
import datetime
import gzip
import io
import json
import lzma
import re
import subprocess
import tarfile
import zipfile
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from trace_oracle_formats import UNITS

MAX_TOKENS = 100_000_000
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)?")


@dataclass
class Row:
    """A row of a trace as it was written; what it does not say is None."""

    arrival: int | None  # ns
    input: int
    output: int
    session: object = None
    delay: int | None = None  # ns
    ids: list | None = None
    block: int | None = None
    request: object = None
    waits_for_named: bool = False


def unpacked(path):
    """The (name, text) of each file that a path stands for, in their order: folders are sorted."""
    path = Path(path)
    if path.is_dir():
        inner = sorted(each for each in path.rglob("*") if each.is_file())
        return [(str(each), _text(each.read_bytes())) for each in inner]
    data = path.read_bytes()
    if data.startswith(b"PK\3\4"):
        archive = zipfile.ZipFile(io.BytesIO(data))
        names = [name for name in archive.namelist() if not name.endswith("/")]
        return [(name, _text(archive.read(name))) for name in names]
    data, name = _decompressed(data), str(path)
    if data[257:262] == b"ustar":
        archive = tarfile.open(fileobj=io.BytesIO(data))
        return [
            (each.name, _text(archive.extractfile(each).read()))
            for each in archive.getmembers()
            if each.isfile()
        ]
    return [(name, _text(data))]


def _decompressed(data):
    if data.startswith(b"\x1f\x8b"):
        return gzip.decompress(data)
    if data.startswith(b"\xfd7zXZ"):
        return lzma.decompress(data)
    if data.startswith(b"\x28\xb5\x2f\xfd"):
        return subprocess.run(["zstd", "-dc"], input=data, capture_output=True, check=True).stdout
    return data


def _text(data):
    """Its lines as people see them: no byte order mark, no carriage returns, no empty lines."""
    text = data.decode("utf-8-sig", errors="replace").replace("\r\n", "\n")
    return "\n".join(line for line in text.split("\n") if line.strip())


def objects_of(text, skip_bad):
    """The JSON objects of a text, be it one, an array or one a line, and the number of bad lines."""
    try:
        whole = json.loads(text, parse_float=Decimal)
        return (whole if isinstance(whole, list) else [whole]), 0
    except json.JSONDecodeError:
        pass
    found, bad = [], 0
    for line in text.split("\n"):
        try:
            found.append(json.loads(line, parse_float=Decimal))
        except json.JSONDecodeError:
            if not skip_bad:
                raise
            bad += 1
    return found, bad


def table_of(text):
    """The rows of a CSV as objects; names of columns are in small letters."""
    lines = csv.reader(text.split("\n"), skipinitialspace=True)
    names = [name.strip().lower() for name in next(lines)]
    return names, [dict(zip(names, (value.strip() for value in line))) for line in lines]


def nanoseconds(value, unit, unit_option=None):
    """A time in nanoseconds, of a number or of a moment in UTC."""
    if isinstance(value, str) and (moment := MOMENT.fullmatch(value)):
        day, clock, fraction, zone = moment.groups()
        zone = "+00:00" if zone in (None, "Z") else zone
        passed = datetime.datetime.fromisoformat(f"{day}T{clock}{zone}") - EPOCH
        nanos = ((fraction or "") + "0" * 9)[:9]
        return (passed.days * 86400 + passed.seconds) * 10**9 + int(nanos)
    fixed = unit.startswith("fixed ")
    scale = UNITS[unit.removeprefix("fixed ") if fixed or not unit_option else unit_option]
    return int((Decimal(value) * scale).to_integral_value())


def value_at(row, name):
    """The value under a name, or under names with dots between them; None if it is not there."""
    if name in row:
        return row[name]
    for part in name.split("."):
        row = row.get(part) if isinstance(row, dict) else None
    return row


def _first(row, names):
    found = (value_at(row, name) for name in names)
    return next((value for value in found if value not in (None, "")), None)


def row_of(row, form, unit_option):
    """The Row that an object or a line of a CSV stands for."""
    times = [(value_at(row, name), unit) for name, unit in form.arrival]
    delays = [(value_at(row, name), unit) for name, unit in form.delay]
    arrival = [nanoseconds(*each, unit_option) for each in times if each[0] not in (None, "")]
    delay = [nanoseconds(*each, unit_option) for each in delays if each[0] not in (None, "")]
    return Row(
        arrival=arrival[0] if arrival else None,
        input=_tokens(_first(row, form.input)),
        output=_tokens(_first(row, form.output)),
        session=_first(row, form.session),
        delay=sum(delay) if delay else None,
        ids=_first(row, form.ids),
        block=_first(row, form.block),
        request=_first(row, form.request),
        waits_for_named=bool(row.get("wait_for")),
    )


def _tokens(value):
    tokens = Decimal(value)
    if tokens != int(tokens) or not 0 <= tokens <= MAX_TOKENS:
        raise ValueError(f"{value} is no count of tokens")
    return int(tokens)
