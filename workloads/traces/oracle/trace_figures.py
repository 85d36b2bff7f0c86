"""The requests of a trace and the figures of `splitbench trace stats`, written down a second time.

Nothing here is shared with the program: the two agree only if both follow the rules.
"""

from dataclasses import dataclass, field

SECOND = 1_000_000_000  # ns


@dataclass
class Request:
    """A request; times are whole nanoseconds."""

    timestamp: int
    input: int
    output: int
    session: object = None  # any identity; None: it belongs to no session
    delay: int | None = None  # since those that it waits for have ended; None: it waits for nobody
    block: int = 0  # tokens; 0: the trace says nothing of blocks
    ids: tuple = ()  # identities of the prompt's blocks, from its front
    listed: int | None = None  # number of ids that the file lists; None: as many as there are


@dataclass
class Trace:
    """The requests in the order in which a cache sees them, and the number of those left out."""

    requests: list = field(default_factory=list)
    bad: int = 0
    failed: int = 0
    listed_blocks: bool = True  # false if the file lists no whole prompts, as with delta turns


class PrefixCache:
    """Remembers every prefix of every prompt, in blocks."""

    def __init__(self):
        self._children = {}

    def add(self, request):
        """The number of leading blocks that an earlier request had; remembers this one's."""
        known, prefix, all_known = 0, ("block", request.block), True
        for block in request.ids:
            step = (prefix, block)
            all_known = all_known and step in self._children
            known += all_known
            prefix = self._children.setdefault(step, len(self._children))
        return known


def quantile(ascending, share):
    """The quantile by linear interpolation between the two nearest samples."""
    position = share * (len(ascending) - 1)
    below = int(position)
    above = min(below + 1, len(ascending) - 1)
    return ascending[below] + (ascending[above] - ascending[below]) * (position - below)


def quantiles(samples):
    if not samples:
        return dict.fromkeys(("mean", "p50", "p90", "p99", "max"), 0)
    ascending = sorted(samples)
    shares = {"p50": 0.5, "p90": 0.9, "p99": 0.99}
    return {
        "mean": sum(ascending) / len(ascending),
        **{name: quantile(ascending, share) for name, share in shares.items()},
        "max": ascending[-1],
    }


def figures(trace):
    """The figures under the names that `trace stats --format json` gives them."""
    requests = trace.requests
    times = [each.timestamp for each in requests]
    duration = (max(times) - min(times)) / SECOND
    return {
        "requests": len(requests),
        "duration_s": duration,
        "rate": len(requests) / duration if duration > 0 else 0,
        "input_tokens": quantiles([each.input for each in requests]),
        "output_tokens": quantiles([each.output for each in requests]),
        **_prefixes(trace),
        "sessions": _sessions(requests),
        "left_out": {"bad": trace.bad, "failed": trace.failed},
    }


def _prefixes(trace):
    """The hits of a cache without bounds; where no prompt lists a block there are none to speak of."""
    cache = PrefixCache()
    known = [cache.add(each) for each in trace.requests]
    cached = [min(r.input, r.block * blocks) for r, blocks in zip(trace.requests, known)]
    uncached = [r.input - tokens for r, tokens in zip(trace.requests, cached)]
    blocks = sum(len(each.ids) for each in trace.requests)
    found = {
        "prefix_hit_rate": sum(cached) / sum(r.input for r in trace.requests) if blocks else None,
        "prefix_block_hit_rate": sum(known) / blocks if blocks else None,
        "uncached_tokens": quantiles(uncached),
    }
    if not trace.listed_blocks:
        del found["prefix_block_hit_rate"]
    return found


def _sessions(requests):
    turns = {}
    for each in requests:
        if each.session is not None:
            turns[each.session] = turns.get(each.session, 0) + 1
    if not turns:
        return None
    return {
        "count": len(turns),
        "requests": quantiles(list(turns.values())),
        "think_time_s": quantiles([r.delay / SECOND for r in requests if r.delay is not None]),
    }


def differences(expected, found, name=""):
    """The figures that differ: whole numbers must be the same, others the same to 1e-9 of them."""
    if isinstance(expected, dict):
        if not isinstance(found, dict):
            return [f"{name}: {found}, expected {expected}"]
        lists = (
            differences(value, found.get(key), f"{name}.{key}" if name else key)
            for key, value in expected.items()
        )
        return [each for one in lists for each in one]
    if expected is None or found is None or isinstance(expected, int) and isinstance(found, int):
        return [] if expected == found else [f"{name}: {found}, expected {expected}"]
    close = abs(found - expected) <= 1e-9 * abs(expected)
    return [] if close else [f"{name}: {found!r}, expected {expected!r}"]
