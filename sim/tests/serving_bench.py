"""Requests served while prefill and decode compute: what the codec does to TTFT and to throughput.

  python3 sim/tests/serving_bench.py --rates '10 Gbit/s' --contexts 8k --concurrency 1,8 --output table.md

Appends rows per arm to the tables after each point, and goes on where a point fails.
"""

import argparse
import sys

from bench_points import (
    Point,
    Table,
    add_common_options,
    against_raw,
    common_keys,
    grid,
    in_milliseconds,
    listed,
    percent,
    validity,
)
from valid_result import PARTS

SCENARIO = """
name: serving
model: llama-3.2-1b
workload:
  arrivals: closed
"""

TITLE = "Serving, closed loop"
TEXT = """
Every client asks again as soon as it was answered. `exposed` is the mean time of TTFT that the
transfer's stages were charged with. ± half the range of the repeats; `~`: within the noise.
`prefill` and `decode` are how much longer computing took than in raw, with the upper bound at 95%.
Of a row that is not valid, neither its figures nor gains over it count.
"""

POINT = ["rate", "context", "scale", "batch", "clients", "arm"]
COLUMNS = [
    *("TTFT p50, ms", "vs raw", "TTFT p99, ms", "vs raw", "exposed, ms", "vs raw"),
    *("requests/s", "vs raw", "prefill", "decode", "intrusion", "valid"),
]


def slower(point, arm, what):
    share, bound = (point.value(arm, f"{what}_slowdown{end}") for end in ("", "_upper95"))
    if share is None:
        return ""
    return percent(share) + (f", at most {percent(bound)}" if bound is not None else "")


def row_of(point, arm):
    cells = [*point.name, arm]
    for key in ("ttft_p50", "ttft_p99", "exposed_transfer_mean"):
        cells += [in_milliseconds(point, arm, key), against_raw(point, arm, key)]
    served, spread = point.value(arm, "request_throughput"), point.spread(arm, "request_throughput")
    noise = f" ± {spread:.3f}" if spread is not None else ""
    return [
        *cells,
        "-" if served is None else f"{served:.3f}{noise}",
        against_raw(point, arm, "request_throughput", higher=True),
        slower(point, arm, "prefill"),
        slower(point, arm, "decode"),
        percent(point.value(arm, "intrusion"), 3),
        validity(point, arm, "ttft_p50", "request_throughput"),
    ]


def parts_of(point, arm):
    means = (point.value(arm, f"part_{part}") for part in PARTS)
    return [*point.name, arm, *("-" if mean is None else f"{mean * 1e3:.3f}" for mean in means)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--compute", default="timed", help="timed or gemm")
    parser.add_argument("--rates", type=listed, default=["1 Gbit/s"])
    parser.add_argument("--contexts", type=listed, default=["512"])
    parser.add_argument("--compute-scales", type=listed, default=["1"])
    parser.add_argument("--batch-sizes", type=listed, default=["1"])
    parser.add_argument("--concurrency", type=listed, default=["1"], help="clients")
    parser.add_argument("--transport", default="tcp")
    parser.add_argument("--output-tokens", type=int, default=16)
    add_common_options(parser, requests=16, warmup=2, repeats=3)
    options = parser.parse_args()

    tables = [("", POINT + COLUMNS), ("Where TTFT went, mean, ms", POINT + PARTS)]
    table = Table(options.output, f"{TITLE}, compute: {options.compute}", TEXT, tables)
    axes = {
        "link.bandwidth": options.rates,
        "workload.context": options.contexts,
        "compute_scale": options.compute_scales,
        "workload.batch_size": options.batch_sizes,
        "workload.concurrency": options.concurrency,
    }
    fixed = {
        **common_keys(options),
        "compute": options.compute,
        "transport": options.transport,
        "workload.output": options.output_tokens,
    }
    for name in grid(**axes):
        point = Point(name, SCENARIO, {**fixed, **dict(zip(axes, name))}, options.limit)
        arms = list(point.rows)
        table.add(point, [row_of(point, a) for a in arms], [parts_of(point, a) for a in arms])
    sys.exit(1 if table.failed() else 0)


if __name__ == "__main__":
    main()
