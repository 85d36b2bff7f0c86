"""CSV: Azure's, BurstGPT's, those of simulators, and names that nobody knows."""

import trace_variant_plans as plans
from trace_oracle import Options
from trace_oracle_formats import UNITS
from trace_variant_files import Variant, lines_as_bytes, packed, table
from trace_variant_text import Written, drop_all_ids, finish, moment


def csv_variant(random, kind, arrival, tokens_in, tokens_out, unit, session=None, moments=False):
    """A CSV with those columns, sessions among them where it has a column for them."""
    variant = Variant(kind)
    variant.size = 512
    natural = unit
    if kind == "burstgpt" and random.random() < 0.15:
        unit = "ms"
        variant.options += ["--time-unit", "ms"]
    written = Written(random, unit)
    waiting = "times" if session and random.random() < 0.7 else "none"
    rows = plans.plan_rows(random, plans.Prompts(random, 512), written.grain, waiting)
    drop_all_ids(rows)
    if moments:
        for row in rows:
            row.at += plans.EPOCH
    rows = plans.shuffled(random, rows) if random.random() < 0.2 else rows
    closed = waiting == "none" or random.random() < 0.85
    variant.options += ["--sessions", "open"] * (not closed)
    unit_option = unit if unit != natural else None
    finish(variant, rows, closed, sessions_open=not closed, time_unit=unit_option)
    columns = [arrival, tokens_in, tokens_out] + ([session] if waiting == "times" else [])
    _write_table(random, variant, columns, rows, written, moments)
    return variant


def _write_table(random, variant, columns, rows, written, moments):
    cells = []
    for row in rows:
        at = moment(random, row.at) if moments else written.time(row.at)
        cells.append([at, written.tokens(row.input), written.tokens(row.output)])
        if len(columns) > 3:
            cells[-1].append("" if row.session is None else str(row.session))
    data = lines_as_bytes(random, table(random, columns, cells))
    variant.files, variant.path = packed(random, "trace", ".csv", data)


def azure(random):
    names = ("TIMESTAMP", "ContextTokens", "GeneratedTokens")
    return csv_variant(random, "azure", *names, "s", moments=True)


def burstgpt(random):
    names = ("Timestamp", "Request tokens", "Response tokens")
    return csv_variant(random, "burstgpt", *names, "s", session="Session ID")


def vidur(random):
    names = ("arrived_at", "num_prefill_tokens", "num_decode_tokens")
    return csv_variant(random, "vidur", *names, "s")


def splitwise(random):
    return csv_variant(random, "splitwise", "arrival_timestamp", "prompt_size", "token_size", "s")


def blis(random):
    names = ("arrival_time_us", "input_tokens", "output_tokens")
    return csv_variant(random, "blis", *names, "us", session="session_id")


def columns_csv(random):
    """A CSV under names that nobody knows."""
    unit = random.choice(list(UNITS))
    names = ("when it came", "n_in", "n_out")
    session = random.choice([None, "who"])
    moments = unit == "s" and random.random() < 0.5
    variant = csv_variant(random, "columns csv", *names, unit, session, moments)
    mapping = "arrival=when it came,input=n_in,output=n_out"
    if session and any(each.session is not None for each in variant.meant.requests):
        mapping += ",session=who"
    mapping += f",unit={unit}"
    variant.options += ["--column", mapping]
    variant.rules = Options(columns=mapping, sessions_open=variant.rules.sessions_open)
    return variant
