"""JSONL of other programs: names that nobody knows, LLMServingSim's and Dynamo's."""

import trace_variant_plans as plans
from trace_oracle_formats import UNITS
from trace_variant_files import Variant
from trace_variant_text import SIZES, Written, drop_all_ids, drop_ids, finish, json_rows


def columns_jsonl(random):
    """JSONL under names that nobody knows, some of them within other objects."""
    variant = Variant("columns jsonl")
    variant.size = random.choice(SIZES)
    unit = random.choice(list(UNITS))
    written = Written(random, unit)
    waiting = random.choice(["none", "times", "delays", "both"])
    prompts = plans.Prompts(random, variant.size)
    rows = plans.plan_rows(random, prompts, written.grain, waiting)
    drop_ids(random, rows, False)
    names = {"arrival": "at", "input": "usage.prompt", "output": "usage.answer"}
    names |= {"session": "user.id"} if waiting != "none" else {}
    names |= {"delay": "pause"} if waiting in ("delays", "both") else {}
    names |= {"ids": "cache.blocks.ids"} if random.random() < 0.7 else {}
    names |= {"request": "name"} if random.random() < 0.2 else {}
    for row in rows:
        row.has_ids = row.has_ids and "ids" in names
    if not all(plans.size_is_clear(rows, variant.size, own) for own in (None, 512)):
        variant.options += ["--block-tokens", str(variant.size)]
    mapping = ",".join(f"{key}={name}" for key, name in names.items()) + f",unit={unit}"
    variant.options += ["--column", mapping]
    finish(variant, rows, closed=True, columns=mapping, skip_bad=True)
    lines = [_nested(written, row, number, names) for number, row in enumerate(rows)]
    json_rows(random, variant, "log", lines)
    return variant


def _nested(written, row, number, names):
    pairs = [("usage", f'{{"prompt": {written.tokens(row.input)}, "answer": {row.output}}}')]
    if row.has_time:
        pairs.append(("at", written.time(row.at)))
    if row.session is not None:
        pairs.append(("user", f'{{"id": "s{row.session}", "age": 5}}'))
    if row.waits is not None:
        pairs.append(("pause", written.time(row.waits)))
    if row.has_ids:
        pairs.append(("cache", f'{{"blocks": {{"ids": {written.id_list(row)}}}}}'))
    if "request" in names:
        pairs.append(("name", str(number)))
    return pairs


def serving_sim(random):
    """The JSONL of LLMServingSim."""
    variant = Variant("llmservingsim")
    variant.size = 512
    written = Written(random, "ns")
    rows = plans.plan_rows(random, plans.Prompts(random, 512), written.grain, "none")
    drop_all_ids(rows)
    finish(variant, rows, closed=True, skip_bad=True)
    lines = [
        [
            ("input_toks", written.tokens(row.input)),
            ("output_toks", written.tokens(row.output)),
            ("arrival_time_ns", written.time(row.at)),
        ]
        for row in rows
    ]
    json_rows(random, variant, "sim", lines)
    return variant


def dynamo(random):
    """Events of Dynamo's request traces, in the order in which requests ended."""
    variant = Variant("dynamo")
    variant.size = random.choice(SIZES)
    written = Written(random, "ms")
    written.floats = False
    rows = plans.plan_rows(random, plans.Prompts(random, variant.size), written.grain, "none")
    ends = random.random() < 0.5
    lines = []
    for number, row in enumerate(rows):
        replay = f'"trace_block_size": {variant.size}, "input_length": {row.input}'
        replay += f', "input_sequence_hashes": {written.id_list(row)}'
        request = f'"request_id": "r{number}", "input_tokens": {row.input}'
        request += f', "output_tokens": {row.output}, "replay": {{{replay}}}'
        if ends:
            request += f', "request_received_ms": {written.time(row.at)}'
        at = row.at + plans.MS * random.randrange(90_000) * ends
        event = [("schema", '"dynamo.request.trace.v1"'), ("event_type", '"request_end"')]
        event += [("event_time_unix_ms", written.time(at)), ("request", f"{{{request}}}")]
        lines.append((at, row, event))
    lines.sort(key=lambda line: line[0])
    finish(variant, [row for _, row, _ in lines], closed=True, skip_bad=True)
    json_rows(random, variant, "dynamo", [event for _, _, event in lines])
    return variant
