"""Transfers alone, nothing computing beside them: every transport, rate and context asked for.

  python3 sim/tests/transfer_bench.py --rates '10 Gbit/s,25 Gbit/s' --contexts 512,8k --output table.md

Appends a row per arm to the table after each point, and goes on where a point fails.
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

SCENARIO = """
name: transfer
model: llama-3.2-1b
compute: none
workload:
  arrivals: closed
  concurrency: 1
  output: 1
"""

TITLE = "Transfers alone"
TEXT = """
Transfer: from the first encode (raw: the first copy) to the last install, closed loop, one at a
time; ± half the range of the repeats' medians. `of ratio` is the gain over raw as a share of what
the compression ratio promises; `rate error` sets the link rate achieved against the one configured.
`~`: within the noise. Of a row that is not valid, neither its figures nor gains over it count.
"""

COLUMNS = [
    *("transport", "rate", "context", "arm", "transfer p50, ms", "vs raw", "ratio", "of ratio"),
    *("rate error", "intrusion", "late", "valid"),
]


def row_of(point, arm):
    gain, ratio = point.gain(arm, "transfer_p50"), point.value(arm, "compression_ratio")
    achieved, wanted = point.value(arm, "link_rate_achieved"), point.meta["link_bandwidth"]
    return [
        *point.name,
        arm,
        in_milliseconds(point, arm, "transfer_p50"),
        against_raw(point, arm, "transfer_p50"),
        f"{ratio:.4f}",
        "" if gain is None else f"{gain / ratio:.1%}",
        percent(achieved / wanted - 1 if achieved and wanted else None, 3),
        percent(point.value(arm, "intrusion"), 3),
        percent(point.value(arm, "late_arrivals")),
        validity(point, arm, "transfer_p50"),
    ]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--transports", type=listed, default=["tcp"])
    parser.add_argument("--rates", type=listed, default=["1 Gbit/s"])
    parser.add_argument("--contexts", type=listed, default=["512"])
    add_common_options(parser, requests=8, warmup=1, repeats=3)
    options = parser.parse_args()

    table = Table(options.output, TITLE, TEXT, [("", COLUMNS)])
    axes = {
        "transport": options.transports,
        "link.bandwidth": options.rates,
        "workload.context": options.contexts,
    }
    for name in grid(**axes):
        point = Point(
            name, SCENARIO, {**common_keys(options), **dict(zip(axes, name))}, options.limit
        )
        table.add(point, [row_of(point, arm) for arm in point.rows])
    sys.exit(1 if table.failed() else 0)


if __name__ == "__main__":
    main()
