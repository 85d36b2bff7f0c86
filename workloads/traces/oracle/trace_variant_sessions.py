"""Agentic sessions of kv-cache-tester's kind: turns, calls side by side, and sub-agents."""

import json
from dataclasses import dataclass

import trace_variant_plans as plans
from trace_figures import Request, Trace
from trace_variant_files import Variant, lines_as_bytes, one, packed, tarred, zipped

MS = 10**6  # ns


@dataclass
class Recorded:
    """A call as it was recorded; times in ms since the session began."""

    start: int
    took: int
    input: int
    output: int
    ids: list
    think: int | None = None  # as the file says it
    delay: int | None = None  # as it is meant; None: it waits for nobody

    @property
    def end(self):
        return self.start + self.took


class Session:
    """Makes the entries of one session, and keeps what its calls mean."""

    def __init__(self, random, prompts, absolute):
        self._random, self._prompts, self._absolute = random, prompts, absolute
        self.calls, self.entries = [], []
        self._starts, self._latest = set(), None  # the latest of the turns
        self._free = random.choice([0, 0, 2500])  # when the next turn may begin

    def turn(self):
        """A call after all that was before it, but for sub-agents that still run."""
        gap = self._random.randrange(500, 9000)  # later than any marker
        call = self._call(self._free + gap)
        joined = self._latest is not None and self._free == self._latest.end
        if self._latest is not None:
            call.delay = call.start - self._free
            if self._random.random() < 0.6:
                call.think = max(call.delay + self._random.randrange(-40, 400), 0)
                call.delay = call.think if joined else call.delay
        self._add(call)

    def together(self):
        """Calls that begin while the first of them still runs, and nobody waits for another."""
        before, free = self._latest, self._free
        start = free + self._random.randrange(50, 900)
        group = []
        for _ in range(self._random.randint(2, 3)):
            call = self._call(start, took=self._random.randrange(5000, 9000))
            call.delay = call.start - free if before is not None else None
            call.think = self._random.choice([None, 0 if group else call.delay])
            self._add(call)
            group.append(call)
            start = call.start + self._random.randrange(100, 900)
        self._free = max(call.end for call in group)
        # Its think time counts from the end of the last to end, which may not be the last to begin.
        after = self._call(self._free + self._random.randrange(50, 9000))
        after.delay = after.start - self._free
        after.think = self._random.choice([None, after.delay])
        self._add(after)

    def agent(self):
        """A sub-agent after the latest turn. It ends before the next, or runs on to the last."""
        marker = self._latest.end + self._random.randrange(0, 400)
        runs_on = self._random.random() < 0.2
        free, inner, before = self._latest.end, [], None
        start = marker + self._random.randrange(0, 400)
        for _ in range(1 if runs_on else self._random.randint(0, 3)):
            call = self._call(start)
            call.delay = call.start - free
            if before is not None and self._random.random() < 0.6:
                call.delay = call.think = max(call.delay + self._random.randrange(-40, 40), 0)
            call.took = 10**8 if runs_on else call.took
            inner.append(call)
            before, free = call, call.end
            start = free + self._random.randrange(50, 3000)
        self.calls += inner
        from_marker = 0 if self._absolute else marker
        entries = [_entry(self._random, call, from_marker) for call in inner]
        more = {"agent_id": "a", "status": "completed"} if self._random.random() < 0.5 else {}
        marked = {"t": _seconds(marker), "type": "subagent", **more, "requests": entries}
        self.entries.append(marked)
        if inner and not runs_on:
            self._free = max(self._free, inner[-1].end)

    def _call(self, start, took=None):
        while start in self._starts:
            start += 1
        self._starts.add(start)
        prompt = self._prompts.any()
        took = self._random.randrange(1200, 6000) if took is None else took
        return Recorded(
            start, took, prompt[0], self._random.choice([None, 0, 1, 7, 300]), prompt[1]
        )

    def _add(self, call):
        self.calls.append(call)
        self.entries.append(_entry(self._random, call, 0))
        self._latest = call
        self._free = max(self._free, call.end)


def _seconds(milliseconds):
    return milliseconds // 1000 if milliseconds % 1000 == 0 else milliseconds / 1000


def _entry(random, call, from_marker):
    entry = {"t": _seconds(call.start - from_marker), "type": random.choice("ns"), "model": "m"}
    entry |= {"in": call.input, "out": call.output, "api_time": _seconds(call.took)}
    if call.ids or random.random() < 0.7:
        entry["hash_ids"] = call.ids
    if call.think is not None:
        entry["think_time"] = _seconds(call.think)
    if random.random() < 0.2:
        entry |= {"stop": "end_turn", "input_types": ["text"], "ttft": 0.25}
    return entry


def sessions(random):
    """Sessions in one file, one a line, an array, a folder or an archive."""
    variant = Variant("sessions")
    variant.size = random.choice([64, 64, *(1 << power for power in range(4, 11))])
    everywhere = random.random() < 0.25
    absolute = random.random() < 0.4
    form = random.choice(["one", "lines", "lines", "array", "folder", "zip", "tar"])
    shared = plans.Prompts(random, variant.size)
    made = []
    for _ in range(1 if form == "one" else random.randint(2, 6)):
        prompts = shared if everywhere else plans.Prompts(random, variant.size)
        made.append(_session(random, prompts, absolute))
    texts = [
        {
            "id": f"t{number:03d}",
            "models": ["m"],
            "block_size": variant.size,
            "hash_id_scope": "global" if everywhere else "local",
            "requests": session.entries,
        }
        for number, session in enumerate(made)
    ]
    variant.files, variant.path = _files(random, form, texts)
    variant.meant = Trace(
        [each for pair in enumerate(made) for each in _meant(*pair, variant.size, everywhere)]
    )
    return variant


def _session(random, prompts, absolute):
    session = Session(random, prompts, absolute)
    shape = random.choice(["turns", "together", "agents"])
    if shape != "together" or random.random() < 0.7:
        session.turn()
    for _ in range(random.randint(1, 4)):
        if shape == "together" and random.random() < 0.5:
            session.together()
        if shape == "agents" and random.random() < 0.6:
            session.agent()
        session.turn()
    return session


def _meant(number, session, size, everywhere):
    calls = sorted(session.calls, key=lambda call: call.start)
    for call in calls:
        yield Request(
            timestamp=(call.start - calls[0].start) * MS,
            input=call.input,
            output=call.output or 1,
            session=number,
            delay=None if call.delay is None else call.delay * MS,
            block=size if call.ids else 0,
            ids=tuple((None if everywhere else number, id) for id in call.ids),
        )


def _files(random, form, texts):
    if form == "one":
        indent = random.choice([None, 2])
        return packed(random, "session", ".json", json.dumps(texts[0], indent=indent).encode())
    if form == "lines":
        lines = [json.dumps(text) for text in texts]
        return packed(random, "sessions", ".jsonl", lines_as_bytes(random, lines))
    if form == "array":
        return packed(random, "sessions", ".json", json.dumps(texts).encode())
    folder = random.choice(["", "traces/", "traces/first/"])
    files = {f"{folder}{text['id']}.json": json.dumps(text).encode() for text in texts}
    if random.random() < 0.3:
        files["LICENSE"] = b"words\n"
    if form == "folder":
        return {f"sessions/{name}": data for name, data in files.items()}, "sessions"
    if form == "zip":
        return one("sessions.zip", zipped(files))
    compression = random.choice(["xz", "gz"])
    return one(f"sessions.tar.{compression}", tarred(files, compression))
