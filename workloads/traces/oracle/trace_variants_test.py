"""Random trace files in every format: the program and a second reader of them must agree.

The second reader is trace_oracle.py; what each file was meant to say must agree with both.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from trace_figures import differences, figures
from trace_oracle import read_trace
from trace_oracle_rows import unpacked
from trace_variants import make_variant

IN_FULL = 3  # differences; the others take a line each
SHOWN = 3000  # letters of each text
SIGNS = {b"\xef\xbb\xbf": "a byte order mark", b"\r\n": "carriage returns"}


def write(variant, folder):
    for name, data in variant.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def answer_of(program, variant, folder):
    """The figures that the program prints, or what it says instead."""
    command = [program, "trace", "stats", variant.path, "--format", "json", *variant.options]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60)
    if done.returncode != 0:
        return None, f"exit status {done.returncode}: {done.stderr.strip()}"
    return json.loads(done.stdout), ""


def check(program, seed, number):
    """(kind, "" or all that is to be said of a difference) of one variant."""
    variant = make_variant(random.Random(f"{seed}:{number}"))
    with tempfile.TemporaryDirectory(prefix="splitbench-variant-") as name:
        folder = Path(name)
        write(variant, folder)
        expected = figures(read_trace(folder / variant.path, variant.rules))
        texts = unpacked(folder / variant.path)
        what, answer = "the oracle is wrong", figures(variant.meant)
        found = differences(answer, expected)
        if not found and program is not None:
            answer, said = answer_of(program, variant, folder)
            what, found = "the program differs", [said] if said else differences(expected, answer)
    if not found:
        return variant.kind, ""
    said = [f"variant {number} ({variant.kind}): {what}", *described(variant, texts, found)]
    said += ["  -- expected", json.dumps(expected), "  -- found", json.dumps(answer)]
    return variant.kind, "\n".join(said)


def described(variant, texts, found):
    """The lines that say how to see the differences, and of which text they are."""
    options = " ".join(f"'{word}'" if " " in word else word for word in variant.options)
    lines = [f"  trace stats {variant.path} {options}", *(f"  {each}" for each in found)]
    for name, text in texts:
        lines += [f"  -- {name}", text[:SHOWN]]
    data = b"".join(variant.files.values())
    return lines + [f"  -- with {name}" for sign, name in SIGNS.items() if sign in data]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    program = os.environ.get("SPLITBENCH", "build/splitbench")
    parser.add_argument("program", nargs="?", default=program, help="splitbench, or its folder")
    parser.add_argument("--count", type=int, default=1000, help="number of variants")
    parser.add_argument("--seed", type=int, default=21)
    parser.add_argument("--only", type=int, help="number of the one variant to check")
    parser.add_argument("--without-program", action="store_true", help="check the oracle alone")
    parser.add_argument(
        "--verbose", action="store_true", help="say how many there were of each kind"
    )
    return parser.parse_args()


def main():
    asked = arguments()
    program = Path(asked.program).resolve()
    program = program / "splitbench" if program.is_dir() else program
    program = None if asked.without_program else str(program)
    numbers = range(asked.count) if asked.only is None else [asked.only]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        results = list(pool.map(lambda number: check(program, asked.seed, number), numbers))
    wrong = [(kind, text) for kind, text in results if text]
    for _, text in wrong[:IN_FULL]:
        print(text, end="\n\n")
    if asked.verbose or wrong:
        kinds, failed = Counter(kind for kind, _ in results), Counter(kind for kind, _ in wrong)
        for kind, count in sorted(kinds.items()):
            print(f"{kind:16} {count:5} variants, {failed[kind]} differ")
        for _, text in wrong[IN_FULL:]:
            print("; ".join(text.splitlines()[0:3])[:300])
    print(f"{len(results)} variants, {len(wrong)} differ")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
