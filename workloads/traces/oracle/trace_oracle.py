"""A second reader of trace files, to compare the program with: simple, slow, and of its own making.

Rules that the formats leave open, and what is taken here:

  left out     rows of no input or no output tokens; nothing waits for them, nobody has their prefix
  order        rows are sorted by their times; a turn without a time has that of the turn before it, a
               first one that of the latest row before it; one with a delay is never before its turn before
  waiting      whoever waits counts in the think times, also with a delay of zero
  first turn   the first turn of a session waits for nobody, also if it has a delay
  delta turns  the answer is part of the next prompt, only whole blocks are ever cached, and how many
               blocks a whole prompt has is nobody's word, so that no hit rate of blocks is given
"""

import json
from dataclasses import dataclass

import trace_oracle_formats as formats
import trace_oracle_sessions as agentic
from trace_figures import Request, Trace
from trace_oracle_rows import objects_of, row_of, table_of, unpacked

SIZES = tuple(1 << power for power in range(21))  # of blocks, in tokens


@dataclass(frozen=True)
class Options:
    """The options of `trace stats` that change what a file means."""

    block_tokens: int | None = None
    time_unit: str | None = None
    columns: str | None = None
    delta: bool = False
    sessions_open: bool = False
    skip_bad: bool = False


def read_trace(path, options=Options()):  # noqa: B008 - it cannot be changed
    """The Trace of a file, a folder or an archive."""
    texts = unpacked(path)
    if len(texts) > 1:
        texts = [(name, text) for name, text in texts if name.endswith(".json")]
    if not texts[0][1].startswith(("{", "[")):
        return _of_table(texts[0][1], options)
    parts = [objects_of(text, options.skip_bad) for _, text in texts]
    objects, bad = [each for part, _ in parts for each in part], sum(bad for _, bad in parts)
    if "requests" in objects[0]:
        requests, failed = agentic.requests_of(objects)
        return Trace(requests, bad, failed)
    return _of_objects(objects, bad, options)


def _of_table(text, options):
    names, lines = table_of(text)
    if options.columns:
        form = formats.format_of_columns(options.columns, small=True)
    else:
        form = formats.format_of_table(names)
    return _of_rows([row_of(each, form, options.time_unit) for each in lines], form, 0, options)


def _of_objects(objects, bad, options):
    if options.columns:
        form = formats.format_of_columns(options.columns, small=False)
    else:
        form = formats.format_of_object(objects[0])
    if form is formats.DYNAMO:
        objects = [each for each in objects if each["event_type"] == "request_end"]
    rows = [row_of(each, form, options.time_unit) for each in objects]
    if form is formats.BAILIAN:
        for row, chat in zip(rows, _chats(objects)):
            row.session = chat
    return _of_rows(rows, form, bad, options)


def _chats(objects):
    """The first chat of the chain that each row belongs to, as far back as the file goes."""
    parents = {each["chat_id"]: each.get("parent_chat_id", -1) for each in objects}

    def root(chat):
        while parents[chat] in parents:
            chat = parents[chat]
        return chat

    return [root(each["chat_id"]) for each in objects]


def _of_rows(rows, form, bad, options):
    kept = [row for row in rows if row.input > 0 and row.output > 0]
    stamped = [each for each in _ordered(rows) if each[0].input > 0 and each[0].output > 0]
    requests = _requests(stamped, form, options)
    trace = Trace(requests, bad, len(rows) - len(kept), not options.delta)
    size = block_of(kept, form, options)
    blocks = (row.block if form is formats.OURS else size for row, _ in stamped)
    for request, (row, _), block in zip(requests, stamped, blocks):
        request.block = block or 0
        request.ids = tuple(_identity(id) for id in row.ids or ())
    if options.delta:
        _join_turns(requests)
    return trace


def _identity(id):
    """An id is the same only where it is written the same."""
    return json.dumps(id, default=str)


def _ordered(rows):
    """(row, True if it says its own time) in the order of their times."""
    latest, stamped, newest = {}, [], 0
    for row in rows:
        has_time = row.arrival is not None
        newest = max(newest, row.arrival or 0)
        before = latest.get(row.session, newest) if row.session is not None else newest
        later = row.session is not None and row.session in latest
        row.arrival = row.arrival if has_time else before
        belongs = max(row.arrival, before) if later and row.delay is not None else row.arrival
        stamped.append((belongs, row, has_time))
        latest[row.session] = max(row.arrival, before) if later else row.arrival
    return [each[1:] for each in sorted(stamped, key=lambda each: each[0])]


def _requests(stamped, form, options):
    before, requests = {}, []
    for row, has_time in stamped:
        earlier = before.get(row.session) if row.session is not None else None
        request = Request(row.arrival, row.input, row.output, row.session)
        if row.waits_for_named or (earlier and (row.delay is not None or not has_time)):
            request.delay = row.delay or 0
        elif earlier and form.closed and not options.sessions_open:
            request.delay = row.arrival - earlier.arrival
        before[row.session] = row
        requests.append(request)
    return requests


def fitting(lengths, sizes=SIZES):
    """The sizes of blocks that explain all (tokens, number of ids), by rounding up or down."""
    return [size for size in sizes if all(n in (t // size, -(-t // size)) for t, n in lengths)]


def block_of(rows, form, options):
    """The size of the blocks of a file; None if it has no ids. ValueError if it is not certain."""
    lengths = [(row.input, len(row.ids)) for row in rows if row.ids]
    if options.block_tokens or not lengths:
        return options.block_tokens
    stated = {row.block for row in rows if row.block}
    if stated:
        return int(max(stated))
    if form.own_block and fitting(lengths, [form.own_block]):
        return form.own_block
    sizes = fitting(lengths)
    if len(sizes) != 1:
        raise ValueError(f"blocks of {sizes} tokens fit, expected one size")
    return sizes[0]


def _join_turns(requests):
    """Puts the whole prompts together from what each turn adds, token by token."""
    contents = {}
    for number, request in enumerate(requests):
        block, ids = request.block, request.ids
        own = [
            (ids[i // block], i % block) if i < block * len(ids) else (number, i)
            for i in range(request.input)
        ]
        prompt = contents.get(request.session, []) + own
        request.input = len(prompt)
        request.ids = tuple(
            tuple(prompt[i : i + block]) for i in range(0, len(prompt) - block + 1, block)
        )
        if request.session is not None:
            answer = [(number, "answer", i) for i in range(request.output)]
            contents[request.session] = prompt + answer
