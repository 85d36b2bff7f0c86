"""The formats of traces: the names under which each writes its values."""

from dataclasses import dataclass

UNITS = {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}


@dataclass(frozen=True)
class Format:
    """The names under which a format writes its values, the first that is there counts."""

    name: str
    arrival: tuple  # (name, unit) each
    input: tuple
    output: tuple
    session: tuple = ()
    delay: tuple = ()  # (name, unit) each; values of several are added
    ids: tuple = ()
    block: tuple = ()
    request: tuple = ()
    own_block: int | None = None  # size of blocks where a file says nothing
    closed: bool = True  # a turn with a timestamp alone waits for the turn before


MOONCAKE = Format(
    "mooncake",
    arrival=(("timestamp", "ms"), ("created_time", "ms"), ("timestamp_ms", "ms")),
    input=("input_length", "input_tokens", "prompt_tokens"),
    output=("output_length", "output_tokens", "completion_tokens"),
    session=("session_id", "session"),
    delay=(("delay", "ms"), ("delay_ms", "ms"), ("tool_wait_ms", "fixed ms")),
    ids=("hash_ids",),
    block=("block_size", "block_tokens"),
    request=("request_id",),
    own_block=512,
)
BAILIAN = Format(
    "bailian",
    arrival=(("timestamp", "s"),),
    input=MOONCAKE.input,
    output=MOONCAKE.output,
    ids=("hash_ids",),
    block=MOONCAKE.block,
    own_block=16,
)
OURS = Format(
    "ours",
    arrival=(("timestamp_ns", "fixed ns"),),
    input=("input_tokens",),
    output=("output_tokens",),
    session=("session",),
    delay=(("delay_ns", "fixed ns"),),
    ids=("hash_ids",),
    block=("block_tokens",),
    request=("request_id",),
    closed=False,
)
SERVING_SIM = Format(
    "llmservingsim", (("arrival_time_ns", "ns"),), ("input_toks",), ("output_toks",)
)
DYNAMO = Format(
    "dynamo",
    arrival=(("request.request_received_ms", "ms"), ("event_time_unix_ms", "ms")),
    input=("request.replay.input_length", "request.input_tokens"),
    output=("request.output_tokens",),
    ids=("request.replay.input_sequence_hashes",),
    block=("request.replay.trace_block_size",),
)
TABLES = (
    Format("azure", (("timestamp", "s"),), ("contexttokens",), ("generatedtokens",)),
    Format(
        "burstgpt",
        (("timestamp", "s"),),
        ("request tokens",),
        ("response tokens",),
        session=("session id",),
    ),
    Format("vidur", (("arrived_at", "s"),), ("num_prefill_tokens",), ("num_decode_tokens",)),
    Format("splitwise", (("arrival_timestamp", "s"),), ("prompt_size",), ("token_size",)),
    Format(
        "blis",
        (("arrival_time_us", "us"),),
        ("input_tokens",),
        ("output_tokens",),
        session=("session_id",),
    ),
)


def format_of_object(first):
    if "timestamp_ns" in first:
        return OURS
    if "chat_id" in first:
        return BAILIAN
    if "event_type" in first:
        return DYNAMO
    return SERVING_SIM if "arrival_time_ns" in first else MOONCAKE


def format_of_table(names):
    for each in TABLES:
        if {each.arrival[0][0], each.input[0], each.output[0]} <= set(names):
            return each
    raise ValueError(f"no columns that are known in {names}")


def format_of_columns(text, small):
    """The format that --column describes."""
    pairs = dict(pair.split("=") for pair in text.split(","))
    unit = pairs.pop("unit", "s")
    names = {key: (value.lower() if small else value) for key, value in pairs.items()}
    one = {key: (names[key],) for key in ("session", "ids", "request") if key in names}
    if "delay" in names:
        one["delay"] = ((names["delay"], unit),)
    arrival = ((names["arrival"], unit),)
    return Format("columns", arrival, (names["input"],), (names["output"],), **one)
