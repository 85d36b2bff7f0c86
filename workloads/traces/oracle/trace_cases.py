"""What the cases of trace_cases_test.py should give: figures worked out by hand, and reasons."""

import json
import lzma

AZURE = "TIMESTAMP,ContextTokens,GeneratedTokens\n"
BURST = "Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type\n"


def mooncake(**fields):
    return json.dumps({"timestamp": 0, "input_length": 512, "output_length": 8} | fields) + "\n"


def call(t, **fields):
    return {"t": t, "in": 64, "out": 5, "api_time": 0.5} | fields


def session(*requests):
    return json.dumps({"id": "a", "block_size": 64, "requests": requests})


MADE = {
    "c01_null.jsonl": mooncake(hash_ids=None) + mooncake(timestamp=9, input_length=900),
    "c07_ids_negative.jsonl": mooncake(hash_ids=[-5]) + mooncake(timestamp=9, hash_ids=[-5]),
    "c10_burstgpt_quoted.csv": BURST + '"5","ChatGPT","300","16","316","API, ""new"" log"\n',
    "c10_spaces.csv": BURST.replace(",", ", ") + "5, ChatGPT, 300, 16, 316, API log\n",
    "c10_lower.csv": BURST.lower() + "5,ChatGPT,300,16,316,API log\n",
    "c12_azure_zero.csv": AZURE + "2024-05-10 00:00:01,5,0\n2024-05-10 00:00:02,6,7\n",
    "c13_mooncake.jsonl.xz": lzma.compress((mooncake() + mooncake(timestamp=8)).encode()),
    "c20_relative.json": session(
        call(0),
        {"t": 2, "type": "subagent", "requests": [call(3), call(5)]},
        {"t": 20, "type": "subagent", "requests": [call(0)]},
    ),
    "c22_oddities.json": session(
        call(0, out=None, think_time=-0.5, extra=[{}]), call(9, think_time=-1, hash_ids=[1])
    ),
    "c25_no_output.jsonl": '{"timestamp": 0, "input_length": 512}\n',
    "c25_floats.jsonl": mooncake(input_length=512.0, output_length=8.0),
}

MAPPED = "arrival=arrived_at,input=num_prefill_tokens,output=num_decode_tokens,unit=s"
SESSIONS_OF_TWO = {
    "sessions": {
        "count": 3,
        "requests": {"p50": 2, "max": 2},
        "think_time_s": {"mean": 4, "max": 4},
    },
    "prefix_hit_rate": 3 * 640 / (3 * (640 + 768)),
}
EMPTY = {"prefix_hit_rate": None, "sessions": None}

# Each: the file, options, the same for the oracle, and figures worked out by hand from the file.
STATS = [
    ("c01_mooncake_no_hash.jsonl", [], {}, {"requests": 12, "duration_s": 1.65, **EMPTY}),
    ("c01_null.jsonl", [], {}, {"requests": 2, "duration_s": 0.009, **EMPTY}),
    (
        "c02_mooncake_delay_only.jsonl",
        [],
        {},
        {
            "requests": 4,
            "duration_s": 0.3,
            "prefix_hit_rate": (1500 + 1536) / 5300,
            "sessions": {
                "count": 2,
                "requests": {"max": 3},
                "think_time_s": {"mean": 0.65, "max": 0.8},
            },
        },
    ),
    (
        "c02_dynamo_aliases.jsonl",
        [],
        {},
        {
            "requests": 2,
            "input_tokens": {"mean": 1250, "max": 1400},
            "output_tokens": {"max": 20},
            "prefix_hit_rate": 1400 / 2500,
            "sessions": {"count": 1, "think_time_s": {"max": 0.7005}},
        },
    ),
    (
        "c02_delta_turns.jsonl",
        ["--turns", "delta"],
        {"delta": True},
        {
            "input_tokens": {"mean": (20480 + 21804 + 24252) / 3, "p50": 21804, "max": 24252},
            "prefix_hit_rate": (40 * 512 + 42 * 512) / (20480 + 21804 + 24252),
            "sessions": {"count": 1, "think_time_s": {"mean": 1.05025}},
        },
    ),
    ("c05_mooncake_block64.jsonl", [], {}, {"prefix_hit_rate": 9 * 128 / 9280}),
    ("c05_same_block512.jsonl", [], {}, {"prefix_hit_rate": 0.0, "prefix_block_hit_rate": 0.0}),
    ("c06_mooncake_seconds.jsonl", ["--time-unit", "s"], {"time_unit": "s"}, {"rate": 10 / 1.8}),
    ("c07_ids_u64.jsonl", [], {}, {"prefix_hit_rate": 0.25}),
    ("c07_ids_hex.jsonl", [], {}, {"prefix_hit_rate": 0.25}),
    ("c07_ids_128bit.jsonl", [], {}, {"prefix_hit_rate": 0.5}),
    ("c07_ids_negative.jsonl", [], {}, {"prefix_hit_rate": 0.5}),
    ("c08_unsorted.jsonl", [], {}, {"requests": 6, "duration_s": 0.4, "left_out": {"bad": 0}}),
    ("c09_burstgpt_rampup.csv", [], {}, {"requests": 96, "left_out": {"bad": 0, "failed": 4}}),
    ("c10_burstgpt_index.csv", [], {}, {"requests": 2, "duration_s": 1, "sessions": None}),
    ("c10_burstgpt_min.csv", [], {}, {"requests": 2, "input_tokens": {"mean": 250}}),
    ("c10_burstgpt_pandas.csv", [], {}, {"requests": 2, "input_tokens": {"mean": 250}}),
    (
        "c10_burstgpt_sessions.csv",
        [],
        {},
        {
            "requests": 20,
            "sessions": {
                "count": 4,
                "requests": {"mean": 13 / 4},
                # 6 to 12 to 24 s, 1.5 to 7.5 to 19.5 to 25.5, 3 to 15 to 21, 10.5 to 16.5 to 28.5
                "think_time_s": {"mean": (18 + 24 + 18 + 18) / 9, "max": 12},
            },
        },
    ),
    ("c10_burstgpt_quoted.csv", [], {}, {"requests": 1, "input_tokens": {"max": 300}}),
    ("c10_spaces.csv", [], {}, {"requests": 1, "output_tokens": {"max": 16}}),
    ("c10_lower.csv", [], {}, {"requests": 1, "input_tokens": {"max": 300}}),
    ("c12_azure2024.csv", [], {}, {"requests": 5, "duration_s": 2.49007}),
    ("c12_azure_lmm.csv", [], {}, {"requests": 6, "duration_s": 5.005}),
    ("c12_azure_iso_z.csv", [], {}, {"requests": 2, "duration_s": 1}),
    ("c12_azure_unsorted.csv", [], {}, {"requests": 3, "duration_s": 0.95}),
    ("c12_azure_zero.csv", [], {}, {"requests": 1, "left_out": {"bad": 0, "failed": 1}}),
    ("c13_azure.csv.gz", [], {}, {"requests": 6, "duration_s": 5.005}),
    ("c13_mooncake.jsonl.gz", [], {}, {"requests": 10, "duration_s": 1.8}),
    ("c13_mooncake.jsonl.xz", [], {}, {"requests": 2, "duration_s": 0.008}),
    ("c13_weka.tar.gz", [], {}, {"requests": 184, "sessions": {"count": 5}}),
    ("c14_crlf.csv", [], {}, {"requests": 2, "duration_s": 0.052}),
    ("c15_bom.csv", [], {}, {"requests": 5, "duration_s": 2.49007}),
    ("c16_blank_end.jsonl", [], {}, {"requests": 10, "duration_s": 1.8}),
    ("c16_array.json", [], {}, {"requests": 2, "duration_s": 0.009, "prefix_hit_rate": 0.0}),
    (
        "c17_bailian.jsonl",
        [],
        {},
        {
            "requests": 15,
            "prefix_hit_rate": 400 / 720,  # 160 and 240 of a chat's 160, 240 and 320
            "sessions": {
                "count": 5,
                "requests": {"mean": 3, "max": 3},
                "think_time_s": {"p50": 4.25},
            },
        },
    ),
    (
        "c02_session_timestamps.jsonl",
        [],
        {},
        {"requests": 2, "sessions": {"count": 1, "think_time_s": {"max": 0.005}}},
    ),
    ("c19_weka_sessions.jsonl", [], {}, {"requests": 6, **SESSIONS_OF_TWO}),
    ("c19_weka_array.json", [], {}, {"requests": 6, **SESSIONS_OF_TWO}),
    ("c19_weka_one.json", [], {}, {"requests": 2, "sessions": {"count": 1}}),
    ("c20_relative.json", [], {}, {"requests": 4, "duration_s": 20}),
    (
        "c21_weka_flattened.json",
        [],
        {},
        {"requests": 4, "sessions": {"think_time_s": {"mean": (0.5 + 1 + 0.5) / 3, "max": 1}}},
    ),
    ("c22_oddities.json", [], {}, {"requests": 2, "output_tokens": {"mean": 3}}),
    ("c23_vidur.csv", [], {}, {"requests": 3, "duration_s": 1.9, "input_tokens": {"max": 879}}),
    (
        "c23_vidur.csv",
        ["--column", MAPPED],
        {"columns": MAPPED},
        {"requests": 3, "duration_s": 1.9},
    ),
    ("c26_blis.csv", [], {}, {"requests": 2, "duration_s": 0.0014, "input_tokens": {"max": 512}}),
    ("c26_dynamo_request_trace.jsonl", [], {}, {"requests": 1, "output_tokens": {"max": 10}}),
    ("c28_zero_output.jsonl", [], {}, {"requests": 1, "left_out": {"failed": 1}}),
    ("c28_iso_timestamp.jsonl", [], {}, {"requests": 1, "input_tokens": {"max": 512}}),
    ("c28_unix_ms.jsonl", [], {}, {"requests": 6, "duration_s": 0.25}),
    ("c25_floats.jsonl", [], {}, {"requests": 1, "input_tokens": {"max": 512}}),
    ("c46_one_huge.jsonl", [], {}, {"requests": 3, "input_tokens": {"max": 1_000_000}}),
]

# Each: a file that has to be refused, and words that say why or what to do.
REFUSED = [
    ("c03_mooncake_text_input.jsonl", ["text_input", "tokenizer", "input_length"]),
    ("c03_mooncake_messages.jsonl", ["messages", "tokenizer", "input_length"]),
    ("c10_semicolon.csv", [";"]),
    ("c11_lfs_pointer.csv", ["Git LFS", "git lfs pull"]),
    ("c28_zero_input.jsonl", ["input_length is 0"]),
    ("c24_lmcache.jsonl", ["LMCache", "tokenizer"]),
    ("c25_sharegpt.json", ["ShareGPT", "tokenizer"]),
    ("c26_servegen_window.json", ["ServeGen"]),
]
