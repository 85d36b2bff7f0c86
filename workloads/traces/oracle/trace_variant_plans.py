"""Requests to be written down in some format: when they come, whom they wait for, what they share."""

from dataclasses import dataclass, field

from trace_figures import SECOND, Request
from trace_oracle import fitting

MS, US = 10**6, 10**3  # ns
EPOCH = 1_767_607_200 * SECOND  # 2026-01-05 10:00:00 UTC


@dataclass
class Planned:
    """A row before it is written. Its prompt's blocks are numbers; formats choose their form."""

    at: int  # ns
    session: int | None
    input: int
    output: int
    ids: list
    waits: int | None = None  # ns after those that it waits for; None: it waits for nobody
    has_time: bool = True
    has_ids: bool = True
    named: int | None = None  # row whose name it waits for
    name: int | None = None
    whole: list = field(default_factory=list)  # those of the ids that stand for whole blocks

    @property
    def failed(self):
        return self.input == 0 or self.output == 0


class Prompts:
    """Prompts of blocks of one size that begin as earlier ones do, more or less often."""

    def __init__(self, random, size, content_ids=False, exact=False):
        self._random, self._size = random, size
        self._content_ids = content_ids  # equal blocks may come behind unequal ones
        self._exact = exact  # no prompt comes twice with an incomplete last block
        self._round = random.choice(["up", "down", "either"])
        self._most = random.choice([5, 5, 5, 1])  # new blocks; of one alone, many sizes may fit
        self._next, self._seen = random.choice([0, 1, 5000]), []

    def grown(self, planned):
        """A prompt that begins like an earlier one."""
        return self._prompt(planned.whole[: self._random.randint(1, max(1, len(planned.whole)))])

    def any(self):
        """A prompt that begins like some earlier one, is the same, or is new."""
        if self._seen and self._random.random() < 0.6:
            earlier = self._random.choice(self._seen)
            if self._random.random() < 0.2 and not self._exact:
                return earlier
            return self._prompt(earlier[2][: self._random.randint(0, len(earlier[2]))])
        return self._prompt([])

    def new(self):
        return self._prompt([])

    def _prompt(self, shared):
        """(tokens, ids, ids of whole blocks) of a prompt that begins with whole blocks."""
        shared = shared[: 1 if self._most == 1 else None]
        own = self._random.randint(0 if shared else 1, self._most)
        ids = shared + [self._id() for _ in range(own)]
        up = self._round == "up" or (self._round == "either" and self._random.random() < 0.5)
        rest = self._random.choice([0, self._random.randrange(self._size)])
        if up and own and rest:
            made = (self._size * len(ids) - rest, ids, ids[:-1])
        else:
            made = (self._size * len(ids) + (0 if up else rest), ids, ids)
        self._seen.append(made)
        return made

    def _id(self):
        if self._content_ids and self._next > 3 and self._random.random() < 0.1:
            return self._random.randrange(self._next)
        self._next += 1
        return self._next


WAITING = ("none", "times", "delays", "mixed", "both", "named")


def plan_rows(random, prompts, grain, waiting, everywhere=False, delta=False):
    """3 to 40 rows in order of time; `waiting` is one of WAITING. With `everywhere` each row is of a
    session, with `delta` turns list only what is new."""
    now, rows, latest = grain * random.randrange(5000), [], {}
    most = random.randint(1, 6)
    only_within = waiting not in ("none", "times")  # an unknown order may not change what is cached
    for number in range(random.randint(3, 40)):
        now += grain * random.choice([0, 1, random.randrange(1, 900), random.randrange(1, 9000)])
        session = None
        if waiting != "none" and (everywhere or random.random() < 0.8):
            session = random.randrange(most)
        before = latest.get(session) if session is not None else None
        row = Planned(now, session, 0, random.randint(1, 900), [])
        if before is not None and delta:
            prompt = prompts.new()
        else:
            prompt = _prompt(random, prompts, before, only_within)
        row.input, row.ids, row.whole = prompt
        if before is not None:
            _wait(random, row, before, waiting, grain, number)
        elif waiting == "delays" and session is not None and random.random() < 0.1:
            row.at, row.has_time = 0, False
        rows.append(row)
        if session is not None:
            latest[session] = row
    if not delta and waiting in ("none", "times") and random.random() < 0.25:
        for row in random.sample(rows, random.randint(1, 2)):
            row.output = 0
            if random.random() < 0.3:
                row.input, row.ids, row.whole = 0, [], []
    return rows


def _prompt(random, prompts, before, only_within):
    if before is not None and before.whole and random.random() < 0.8:
        return prompts.grown(before)
    return prompts.new() if only_within else prompts.any()


def _wait(random, row, before, waiting, grain, number):
    delay = grain * random.randrange(9000)
    if waiting == "mixed":
        waiting = random.choice(["times", "delays", "both"])
    if waiting == "named":
        before.name = before.name if before.name is not None else number + 1000
        row.named, row.waits = before.name, delay
    elif waiting in ("delays", "both"):
        row.waits, row.has_time = delay, waiting == "both"


def shuffled(random, rows):
    """The rows in any order; turns that wait stay behind those that they wait for."""
    mixed = random.sample(rows, len(rows))
    if all(row.waits is None for row in rows):
        return mixed
    turns = {}
    for row in rows:
        turns.setdefault(row.session, []).append(row)
    return [turns[row.session].pop(0) if row.session is not None else row for row in mixed]


def meant_by(rows, size, closed):
    """The Requests that rows in the order of a file stand for."""
    latest, kept, newest = {}, [], 0
    for row in rows:
        if row.has_time:
            newest = max(newest, row.at)
        else:
            row.at = latest.get(row.session, newest)
        latest[row.session] = max(row.at, latest.get(row.session, 0))
        if not row.failed:
            kept.append(row)
    before, requests = {}, []
    for row in sorted(kept, key=lambda each: each.at):
        delay = row.waits
        if delay is None and closed and row.session is not None and row.session in before:
            delay = row.at - before[row.session].at
        before[row.session] = row
        ids = tuple(row.ids) if row.has_ids else ()
        block = size if ids else 0
        requests.append(Request(row.at, row.input, row.output, row.session, delay, block, ids))
    return requests


def meant_by_deltas(rows, size, closed):
    """The same of rows that list only what is new: a session's prompts grow, each block its own."""
    requests = meant_by(rows, size, closed)
    length, head = {}, {}
    ordered = sorted(rows, key=lambda each: each.at)
    for request, row in zip(requests, ordered):
        session = row.session
        if session is None or session not in length:
            request.ids = tuple(row.whole)
            head[session], length[session] = request.ids, request.input + request.output
            continue
        request.input += length[session]
        length[session] = request.input + request.output
        blocks = range(len(head[session]), request.input // size)
        request.ids = head[session] + tuple((session, i) for i in blocks)
    return requests


def size_is_clear(rows, size, own):
    """True if a reader finds the size of the blocks by itself, whether it looks at failed rows or not."""
    for some in (rows, [row for row in rows if not row.failed]):
        lengths = [(row.input, len(row.ids)) for row in some if row.has_ids and row.ids]
        if not lengths:
            return True
        if own and fitting(lengths, [own]):
            if own != size:
                return False
        elif fitting(lengths) != [size]:
            return False
    return True
