"""Makes random traces in every format that the program reads, each with what it means."""

from trace_variant_json import bailian, mooncake, mooncake_array, ours
from trace_variant_logs import columns_jsonl, dynamo, serving_sim
from trace_variant_sessions import sessions
from trace_variant_tables import azure, blis, burstgpt, columns_csv, splitwise, vidur

MAKERS = (
    [mooncake] * 10
    + [mooncake_array] * 2
    + [sessions] * 5
    + [bailian] * 4
    + [azure, burstgpt, columns_csv, columns_jsonl] * 3
    + [ours] * 2
    + [vidur, splitwise, blis, serving_sim, dynamo]
)


def make_variant(random):
    return random.choice(MAKERS)(random)
