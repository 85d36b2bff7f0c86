"""Agentic sessions of kv-cache-tester: what each call waited for, from the times of its recording.

A call waits for all calls that had ended when it began. Its delay counts from the latest of those
ends; where that is the end of the call before it, its own think_time says the delay better. A call
that began while all before it still ran waits for nobody and comes together with the first.
"""

from dataclasses import dataclass

from trace_figures import Request
from trace_oracle_rows import nanoseconds

ROUNDING = 10_000_000  # ns, by which a call may seem to begin before the one before has ended
OWN_BLOCK = 64


@dataclass
class Call:
    start: int  # ns since the session began
    end: int
    input: int
    output: int
    ids: list
    think: int | None
    delay: int | None = None  # as Request has it


def requests_of(sessions):
    """The requests of all sessions, one session after another, and the number of failed calls."""
    absolute = times_are_absolute(sessions)
    requests, failed = [], 0
    for number, session in enumerate(sessions):
        calls = sorted(_calls(session["requests"], absolute), key=lambda call: call.start)
        first = calls[0].start
        failed += sum(call.input == 0 for call in calls)
        requests += [_request(call, first, number, session) for call in calls if call.input > 0]
    return requests, failed


def times_are_absolute(sessions):
    """True if no sub-agent of the whole input begins before its own marker: its times then count
    from the session's start, else all count from their markers."""
    markers = [each for session in sessions for each in session["requests"] if "requests" in each]
    return all(
        marker["requests"][0]["t"] >= marker["t"] for marker in markers if marker["requests"]
    )


def _request(call, first, number, session):
    everywhere = session.get("hash_id_scope") == "global"
    ids = tuple(("any" if everywhere else number, id) for id in call.ids)
    return Request(
        timestamp=0 if call.delay is None else call.start - first,
        input=call.input,
        output=call.output,
        session=session["id"],
        delay=call.delay,
        block=session.get("block_size", OWN_BLOCK),
        ids=ids,
    )


def _calls(entries, absolute):
    """The calls of a session, those of its sub-agents among them, each with its delay."""
    done, agents, before = [], [], None
    for entry in entries:
        if "requests" in entry:
            from_marker = 0 if absolute else _time(entry["t"])
            agent = [_call(inner, from_marker) for inner in entry["requests"]]
            _chain(agent, before)
            agents += [agent] if agent else []
            done += agent
            continue
        call = _call(entry, 0)
        ended = [each for each in done if each.end <= call.start + ROUNDING]
        ended = [each for each in ended if _is_joined(each, agents, call)]
        _wait(call, ended, before)
        done.append(call)
        before = call
    return done


def _is_joined(earlier, agents, call):
    """A sub-agent is waited for as a whole: by those that begin after its last call has ended."""
    whole = [agent for agent in agents if any(each is earlier for each in agent)]
    return not whole or whole[0][-1].end <= call.start + ROUNDING


def _chain(agent, before):
    """A sub-agent begins after the turn before its marker, and its calls follow one another."""
    for call in agent:
        _wait(call, [before] if before else [], before if before in agent else None)
        before = call


def _wait(call, ended, before):
    if not ended:
        return
    latest = max(ended, key=lambda each: each.end)
    between = max(call.start - latest.end, 0)
    think = call.think if latest is before else None
    call.delay = between if think is None or think < 0 else think


def _call(entry, from_marker):
    start = from_marker + _time(entry["t"])
    return Call(
        start=start,
        end=start + _time(entry.get("api_time") or 0),
        input=entry["in"],
        output=entry["out"] or 1,
        ids=entry.get("hash_ids") or [],
        think=_time(entry["think_time"]) if entry.get("think_time") is not None else None,
    )


def _time(value):
    return nanoseconds(value, "s")
