"""JSONL of Mooncake's kind, Qwen-Bailian's, and the project's own."""

import trace_variant_plans as plans
from trace_oracle_formats import UNITS
from trace_variant_files import Variant
from trace_variant_text import (
    SIZES,
    Written,
    choose_size,
    drop_ids,
    finish,
    json_rows,
    small,
    spiced,
    u64,
)


def mooncake(random, array=False):
    """JSONL of Mooncake's kind under any of its names, with sessions, delays and delta turns."""
    variant = Variant("mooncake array" if array else "mooncake")
    variant.size = random.choice([*SIZES, *SIZES, 512, 512, 48])
    unit = random.choice(["ms"] * 6 + list(UNITS))
    written = Written(random, unit)
    waiting = random.choice(plans.WAITING)
    delta = waiting not in ("none", "named") and random.random() < 0.25
    prompts = plans.Prompts(random, variant.size, exact=delta)
    rows = plans.plan_rows(random, prompts, written.grain, waiting, delta=delta)
    drop_ids(random, rows, delta)
    written.late(rows)
    written.moments = all(row.at >= plans.EPOCH or not row.has_time for row in rows)
    written.moments = written.moments and random.random() < 0.5
    rows = plans.shuffled(random, rows) if random.random() < 0.25 else rows
    closed = random.random() < 0.85
    stated = choose_size(random, rows, 512, variant, can_state=True)
    finish(
        variant,
        rows,
        closed,
        delta,
        sessions_open=not closed,
        time_unit=unit if unit != "ms" else None,
        skip_bad=True,
    )
    variant.options += ["--turns", "delta"] * delta + ["--sessions", "open"] * (not closed)
    variant.options += ["--time-unit", unit] * (unit != "ms")
    pairs = _mooncake_rows(random, written, rows, variant.size if stated else None)
    json_rows(random, variant, "trace", pairs, array)
    return variant


def mooncake_array(random):
    """The same as one array."""
    return mooncake(random, array=True)


def _mooncake_rows(random, written, rows, stated):
    fixed = written.unit == "ms"
    arrival = random.choice(["timestamp"] * 3 + ["created_time"] + ["timestamp_ms"] * fixed)
    tokens_in = random.choice(["input_length", "input_length", "input_tokens", "prompt_tokens"])
    tokens_out = random.choice(["output_length", "output_tokens", "completion_tokens"])
    session = random.choice(["session_id", "session_id", "session"])
    delay = random.choice(["delay"] + ["delay_ms"] * fixed)
    size_key = random.choice(["block_size", "block_tokens"])
    number_sessions, shuffle, tool = (
        random.random() < 0.3,
        random.random() < 0.3,
        random.random() < 0.2,
    )
    for row in rows:
        pairs = []
        if row.has_time:
            pairs.append((arrival, written.moment(row.at)))
        elif random.random() < 0.2:
            pairs.append((arrival, "null"))
        pairs += [(tokens_in, written.tokens(row.input)), (tokens_out, written.tokens(row.output))]
        if row.session is not None:
            pairs.append((session, str(row.session) if number_sessions else f'"s{row.session}"'))
        if row.name is not None:
            pairs.append(("request_id", f'"r{row.name}"'))
        if row.named is not None:
            pairs.append(("wait_for", f'["r{row.named}"]'))
        if row.waits or (row.waits == 0 and (row.has_time or random.random() < 0.5)):
            pairs += _delay(random, written, row.waits, delay, tool and fixed)
        if row.has_ids:
            pairs.append(("hash_ids", written.id_list(row)))
        elif random.random() < 0.5:
            pairs.append(("hash_ids", random.choice(["null", "[]"])))
        if stated:
            pairs.append((size_key, str(stated)))
        yield spiced(random, pairs, shuffle)


def _delay(random, written, waits, key, tool):
    if not tool:
        return [(key, written.time(waits))]
    part = waits // 3 // written.grain * written.grain
    return [(key, written.time(part)), ("tool_wait_ms", written.time(waits - part))]


def bailian(random):
    """Qwen-Bailian's JSONL: chats that continue chats, seconds, blocks of 16 tokens."""
    variant = Variant("bailian")
    variant.size = random.choice([16, 16, 16, *SIZES])
    unit = random.choice(["s"] * 6 + ["ms", "us"])
    written = Written(random, unit)
    prompts = plans.Prompts(random, variant.size, content_ids=True)
    rows = plans.plan_rows(random, prompts, written.grain, "times", everywhere=True)
    drop_ids(random, rows, False)
    rows = plans.shuffled(random, rows) if random.random() < 0.2 else rows
    closed = random.random() < 0.85
    choose_size(random, rows, 16, variant, can_state=False)
    time_unit = unit if unit != "s" else None
    finish(variant, rows, closed, sessions_open=not closed, time_unit=time_unit, skip_bad=True)
    variant.options += ["--sessions", "open"] * (not closed)
    variant.options += ["--time-unit", unit] * (time_unit is not None)
    json_rows(random, variant, "bailian", _bailian_rows(random, written, rows))
    return variant


def _bailian_rows(random, written, rows):
    names = random.sample(range(3 * len(rows)), len(rows))
    latest, turns, chats = {}, {}, {}
    for row, chat in zip(sorted(rows, key=lambda each: each.at), names):
        turns[row.session] = turns.get(row.session, 0) + 1
        chats[id(row)] = (chat, latest.get(row.session, -1), turns[row.session])
        latest[row.session] = chat
    shuffle = random.random() < 0.3
    for row in rows:
        chat, parent, turn = chats[id(row)]
        pairs = [("chat_id", str(chat)), ("parent_chat_id", str(parent)), ("turn", str(turn))]
        pairs += [("timestamp", written.time(row.at)), ("type", '"text"')]
        pairs += [("input_length", written.tokens(row.input))]
        pairs += [("output_length", written.tokens(row.output))]
        if row.has_ids:
            pairs.append(("hash_ids", written.id_list(row)))
        yield spiced(random, pairs, shuffle)


def ours(random):
    """The project's own JSONL: nanoseconds, and a size of blocks in every row."""
    variant = Variant("ours")
    variant.size = random.choice([*SIZES, 48])
    written = Written(random, "ns")
    written.ids = random.choice([small, u64])
    written.floats = written.time_floats = False
    written.grain = random.choice([1, plans.MS])
    waiting = random.choice(["none", "times", "both", "named"])
    prompts = plans.Prompts(random, variant.size)
    rows = plans.plan_rows(random, prompts, written.grain, waiting)
    for row in rows:
        row.waits = row.waits or (None if row.waits is None else 1)  # 0 is not written
    drop_ids(random, rows, False)
    finish(variant, rows, closed=False, skip_bad=True)
    json_rows(random, variant, "ours", _our_rows(written, rows, variant.size))
    return variant


def _our_rows(written, rows, size):
    for row in rows:
        pairs = [("timestamp_ns", str(row.at))]
        pairs += [("input_tokens", str(row.input)), ("output_tokens", str(row.output))]
        if row.session is not None:
            pairs.append(("session", f'"s{row.session}"'))
        if row.name is not None:
            pairs.append(("request_id", f'"r{row.name}"'))
        if row.named is not None:
            pairs.append(("wait_for", f'["r{row.named}"]'))
        if row.waits is not None:
            pairs.append(("delay_ns", str(row.waits)))
        if row.has_ids:
            pairs += [("block_tokens", str(size)), ("hash_ids", written.id_list(row))]
        yield pairs
