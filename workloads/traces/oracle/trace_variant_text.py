"""The values of rows as texts: numbers, times, ids, keys that nobody knows, and what they all mean."""

import datetime
import json
from decimal import Decimal

import trace_variant_plans as plans
from trace_figures import Trace
from trace_oracle import Options
from trace_oracle_formats import UNITS
from trace_variant_files import lines_as_bytes, packed

SIZES = (16, 64, 128, 256, 512, 1024)
FRACTIONS = {"s": 10**6, "ms": 10**3, "us": 1, "ns": 1}  # finest grain of times in each unit, ns


class Written:
    """The freedoms of one file: its ids, its numbers, and how it tells the time."""

    def __init__(self, random, unit):
        self.random, self.unit = random, unit
        scale = UNITS[unit]
        self.grain = max(FRACTIONS[unit], random.choice([scale, scale, scale // 10, scale // 1000]))
        self.grain = min(self.grain, 10**8)
        self.floats = random.random() < 0.2
        self.time_floats = random.random() < 0.2
        self.moments = False
        self.ids = random.choice([small, small, _negative, u64, _u128, _hex, _hex_128])
        self.salt = random.randrange(1 << 60)

    def late(self, rows):
        """Makes times count from 1970, in whole units, so that no reader has to round them."""
        whole = UNITS[self.unit]
        from_zero = any(not row.has_time and row.at == 0 for row in rows)
        if self.random.random() < 0.15 and self.unit != "s" and not from_zero:
            self.time_floats = False
            for row in rows:
                row.at = row.at // whole * whole + (plans.EPOCH if row.has_time else 0)
                row.waits = None if row.waits is None else row.waits // whole * whole

    def time(self, nanoseconds):
        """A duration as a number of the unit, in the words of JSON."""
        text = f"{(Decimal(nanoseconds) / UNITS[self.unit]).normalize():f}"
        return text + ".0" if self.time_floats and "." not in text else text

    def moment(self, nanoseconds):
        """A time of arrival: a number, or a moment in UTC as a text of JSON."""
        if self.moments:
            return json.dumps(moment(self.random, nanoseconds))
        return self.time(nanoseconds)

    def tokens(self, count):
        return f"{count}.0" if self.floats else str(count)

    def id_list(self, row):
        return "[" + ", ".join(self.ids(id, self.salt) for id in row.ids) + "]"


def small(id, salt):
    return str(id)


def _mixed(id, salt, bits):
    return (id * 0x9E3779B97F4A7C15F39CC0605CEDC835 + salt) % (1 << bits)


def _negative(id, salt):
    return str(_mixed(id, salt, 64) - (1 << 63))


def u64(id, salt):
    return str((1 << 64) - 1 - id)


def _u128(id, salt):
    return str((id << 64) + salt)  # the lower half is the same for all


def _hex(id, salt):
    return f'"{_mixed(id, salt, 64):016x}"'


def _hex_128(id, salt):
    return f'"0x{(id << 64) + salt:032X}"'


def moment(random, nanoseconds):
    """A moment in UTC, in one of the forms that databases and scripts print."""
    seconds, rest = divmod(nanoseconds, 10**9)
    offset = random.choice([0, 0, 0, 2, -7])
    day = datetime.datetime.fromtimestamp(seconds + offset * 3600, datetime.UTC)
    text = day.strftime("%Y-%m-%d" + random.choice(["T", " "]) + "%H:%M:%S")
    if rest or random.random() < 0.5:
        digits = f"{rest:09d}"
        text += "." + (digits.rstrip("0") or "0" if random.random() < 0.5 else digits)
    if offset:
        return text + f"{'+' if offset > 0 else '-'}{abs(offset):02d}:00"
    return text + random.choice(["", "Z", "+00:00"])


def json_rows(random, variant, stem, rows, array=False):
    """Puts rows, lists of (key, text of JSON), into the variant's file."""
    lines = ["{" + ", ".join(f'"{k}": {v}' for k, v in row) + "}" for row in rows]
    if array:
        text = json.dumps([json.loads(line) for line in lines], indent=random.choice([None, 1]))
        data = text.encode()
        variant.files, variant.path = packed(random, stem, ".json", data)
        return
    if random.random() < 0.05 and len(lines) > 1:
        lines.insert(random.randrange(1, len(lines)), '{"timestamp": 12, "input_len')
        variant.options.append("--skip-bad")
        variant.meant.bad = 1
    data = lines_as_bytes(random, lines)
    variant.files, variant.path = packed(random, stem, ".jsonl", data)


def spiced(random, pairs, shuffle):
    """The pairs of a row among keys that nobody knows."""
    pairs = list(pairs)
    if random.random() < 0.3:
        pairs.append(("priority", random.choice(["[{}]", "null", '"high"', "-1.5e3"])))
    return random.sample(pairs, len(pairs)) if shuffle else pairs


def choose_size(random, rows, own, variant, can_state):
    """Makes the size of blocks clear, with an option or in the rows; true if the rows state it."""
    size = variant.size
    stated = can_state and random.random() < 0.15
    if not stated and not plans.size_is_clear(rows, size, own):
        stated = can_state and random.random() < 0.5
        if not stated:
            variant.options += ["--block-tokens", str(size)]
    return stated


def finish(variant, rows, closed, delta=False, **rules):
    """Notes what the rows mean, in the order in which they are written."""
    if "--block-tokens" in variant.options:
        rules["block_tokens"] = variant.size
    variant.rules = Options(delta=delta, **rules)
    meaning = plans.meant_by_deltas if delta else plans.meant_by
    variant.meant = Trace(
        meaning(rows, variant.size, closed),
        failed=sum(row.failed for row in rows),
        listed_blocks=not delta,
    )


def drop_ids(random, rows, delta):
    """Takes the ids from no row, from some or from all."""
    share = 0 if delta else random.choice([0, 0, 0, 0.3, 1])
    for row in rows:
        row.has_ids = random.random() >= share


def drop_all_ids(rows):
    for row in rows:
        row.has_ids = False
