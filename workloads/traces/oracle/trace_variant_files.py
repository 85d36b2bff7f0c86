"""How a text gets to a reader: byte order marks, ends of lines, archives, quotes and spaces."""

import gzip
import io
import lzma
import shutil
import subprocess
import tarfile
import zipfile
from dataclasses import dataclass, field

from trace_figures import Trace
from trace_oracle import Options


@dataclass
class Variant:
    """A trace in files, the options to read it with, and what its maker meant by it."""

    kind: str
    size: int = 512  # tokens of a block
    files: dict = field(default_factory=dict)  # bytes by path
    path: str = ""  # of the file or folder that is read
    options: list = field(default_factory=list)  # on the command line
    rules: Options = field(default_factory=Options)  # the same for the oracle
    meant: Trace = field(default_factory=Trace)


def lines_as_bytes(random, lines, one_line_values=True):
    """The lines with the freedoms that editors take; within an array a line may not end anywhere."""
    lines = list(lines)
    if one_line_values and random.random() < 0.2:
        lines.insert(random.randrange(1, len(lines) + 1), random.choice(["", "  "]))
    end = "\r\n" if random.random() < 0.2 else "\n"
    last = random.choice([end] * 6 + ["", "", end * 2, end * 3])
    mark = b"\xef\xbb\xbf" if random.random() < 0.12 else b""
    return mark + (end.join(lines) + last).encode()


def packed(random, stem, ending, data):
    """A file as it is or compressed, as (files, path)."""
    name = stem + ending
    how = random.choice([None] * 10 + ["gz", "xz", "zst", "zip", "zip"])
    if how == "gz":
        return one(f"{name}.gz", gzip.compress(data))
    if how == "xz":
        return one(f"{name}.xz", lzma.compress(data, preset=0))
    if how == "zst" and shutil.which("zstd"):
        done = subprocess.run(["zstd", "-qc"], input=data, capture_output=True, check=True)
        return one(f"{name}.zst", done.stdout)
    if how == "zip":
        return one(random.choice([f"{stem}.zip", f"{name}.zip"]), zipped({name: data}))
    return one(name, data)


def one(name, data):
    return {name: data}, name


def zipped(files):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def tarred(files, compression):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=f"w:{compression}") as archive:
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return buffer.getvalue()


EXTRA = {"note": 'a "word", and more', "Region": "eu-1", "cost": "0.25", "": "17"}


def table(random, columns, rows):
    """The lines of a CSV: columns in any order, names in any case, some quoted, others beside them.

    `columns` are names, `rows` lists of texts in their order.
    """
    extra = [name for name in EXTRA if random.random() < 0.25]
    names = [*columns, *extra]
    order = random.sample(range(len(names)), len(names))
    case = random.choice([str, str, str.lower, str.upper])
    quoting = random.choice(["needed", "needed", "all", "some"])
    space = random.choice(["", "", " "])

    def cell(text):
        quoted = quoting == "all" or (quoting == "some" and random.random() < 0.5)
        if quoted or any(sign in text for sign in ',"'):
            return '"' + text.replace('"', '""') + '"'
        return text

    def line(cells):
        return f",{space}".join(cell(cells[i]) for i in order)

    added = [EXTRA[name] for name in extra]
    return [line([case(name) for name in names]), *(line([*row, *added]) for row in rows)]
