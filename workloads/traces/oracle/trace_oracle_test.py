"""The second reader of traces against values that were worked out by hand."""

import json
import tempfile
import unittest
from pathlib import Path

from trace_figures import figures, quantiles
from trace_oracle import Options, fitting, read_trace


def row(timestamp, tokens, ids, **more):
    sides = {"timestamp": timestamp, "input_length": tokens, "output_length": 10, "hash_ids": ids}
    return json.dumps({**sides, **more}) + "\n"


class TraceOracleTest(unittest.TestCase):
    def read(self, name, text, **options):
        with tempfile.TemporaryDirectory(prefix="splitbench-test-") as folder:
            path = Path(folder) / name
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
            return read_trace(path, Options(**options))

    def delays(self, trace):
        return [each.delay for each in trace.requests]

    def test_percentiles_lie_between_samples(self):
        found = quantiles([30, 10])
        self.assertEqual(found, {"mean": 20, "p50": 20, "p90": 28, "p99": 29.8, "max": 30})

    def test_a_size_of_blocks_fits_rounded_up_or_down(self):
        self.assertEqual(fitting([(640, 10), (704, 11)]), [64])
        self.assertEqual(fitting([(1000, 15), (1000, 16)]), [64])
        self.assertEqual(fitting([(640, 2)]), [256, 512])

    def test_a_last_block_that_is_not_full_counts_no_more_than_the_prompt(self):
        text = row(0, 1000, [1, 2]) + row(0, 500, [1]) + row(3000, 1500, [1, 2, 3])
        found = figures(self.read("t.jsonl", text))
        self.assertEqual(found["prefix_hit_rate"], (500 + 1024) / 3000)
        self.assertEqual(found["prefix_block_hit_rate"], 3 / 6)
        self.assertEqual(found["uncached_tokens"]["max"], 1000)
        self.assertEqual((found["duration_s"], found["rate"]), (3, 1))

    def test_a_known_block_behind_an_unknown_one_is_no_hit(self):
        text = row(0, 1536, [1, 2, 3]) + row(1, 1536, [1, 9, 3]) + row(2, 1536, [9, 2, 3])
        self.assertEqual(figures(self.read("t.jsonl", text))["prefix_block_hit_rate"], 1 / 9)

    def test_turns_wait_by_a_delay_or_by_the_difference_of_their_times(self):
        text = row(5, 9, None, session_id="a") + row(7, 9, None, session_id="a")
        text += row(30, 9, None, session_id="a", delay=1.5, tool_wait_ms=2) + row(31, 9, None)
        self.assertEqual(
            self.delays(self.read("t.jsonl", text)), [None, 2_000_000, 3_500_000, None]
        )
        alone = self.read("t.jsonl", text, sessions_open=True)
        self.assertEqual(self.delays(alone), [None, None, 3_500_000, None])

    def test_a_turn_without_a_time_has_that_of_the_turn_before(self):
        lines = ["{'timestamp': 40, 'session': 1, 'input_tokens': 5, 'output_tokens': 6}"]
        lines.append("{'session': 1, 'delay_ms': 700.5, 'input_tokens': 5, 'output_tokens': 6.0}")
        trace = self.read("t.jsonl", "\r\n\r\n".join(lines).replace("'", '"'))
        self.assertEqual([each.timestamp for each in trace.requests], [40_000_000] * 2)
        self.assertEqual(self.delays(trace), [None, 700_500_000])

    def test_delta_turns_grow_by_their_answers(self):
        text = row(0, 20480, list(range(40)), session_id="a", output_length=300)
        text += row(0, 1024, [100, 101], session_id="a", output_length=400, delay=1)
        text += row(0, 2048, [102, 103, 104, 105], session_id="a", output_length=200, delay=1)
        trace = self.read("t.jsonl", text, delta=True)
        self.assertEqual([each.input for each in trace.requests], [20480, 21804, 24252])
        uncached = figures(trace)["uncached_tokens"]
        self.assertEqual((uncached["max"], uncached["p50"]), (20480, 24252 - 42 * 512))

    def test_chats_that_continue_chats_are_one_session(self):
        chats = [(7, -1, 0), (9, 7, 2.5), (8, -1, 3), (4, 9, 4.25)]
        text = "".join(
            json.dumps({"chat_id": chat, "parent_chat_id": parent, "timestamp": at})[:-1]
            + ', "input_length": 40, "output_length": 2, "hash_ids": [1, 2]}\n'
            for chat, parent, at in chats
        )
        trace = self.read("t.jsonl", text)
        self.assertEqual([each.session for each in trace.requests], [7, 7, 8, 7])
        self.assertEqual(self.delays(trace), [None, 2_500_000_000, None, 1_750_000_000])
        self.assertEqual({each.block for each in trace.requests}, {16})  # 40 // 16, rounded down

    def test_rows_without_an_answer_are_counted_and_left_out(self):
        text = "Timestamp,Request tokens,Response tokens\n5,300,16\n6,0,3\n4,200,0\n4.5,100,1"
        trace = self.read("t.csv", text)
        self.assertEqual(trace.failed, 2)
        self.assertEqual([each.input for each in trace.requests], [100, 300])

    def test_tables_as_other_programs_write_them(self):
        text = '\ufefftimestamp, "GENERATEDTOKENS",note, ContextTokens\r\n'
        text += '2024-05-10T02:00:06.5+02:00, "7.0","a ""b"", c", 510\r\n'
        [request] = self.read("t.csv", text).requests
        self.assertEqual(request.timestamp, 1_715_299_206_500_000_000)
        self.assertEqual((request.input, request.output), (510, 7))

    def test_calls_side_by_side_wait_for_what_had_ended(self):
        calls = [(0, 1.5, 0), (2, 6, 0.5), (2.5, 6, 0), (9, 1, 0.5)]
        requests = [
            {"t": t, "in": 64, "out": 0, "api_time": took, "think_time": think}
            for t, took, think in calls
        ]
        trace = self.read("t.json", json.dumps({"id": "a", "requests": requests}))
        self.assertEqual(self.delays(trace), [None, 500_000_000, 1_000_000_000, 500_000_000])
        self.assertEqual([each.output for each in trace.requests], [1] * 4)

    def test_times_of_sub_agents_are_of_one_kind_in_the_whole_input(self):
        def session(name, marker, first):
            inner = {"t": first, "in": 64, "out": 1}
            turns = [{"t": 0, "in": 64, "out": 1, "api_time": 1}]
            return {"id": name, "requests": [*turns, {"t": marker, "requests": [inner]}]}

        one = [session("a", 2, 3)]
        both = [*one, session("b", 9, 0)]
        self.assertEqual(self.read("t.json", json.dumps(one)).requests[1].timestamp, 3 * 10**9)
        self.assertEqual(self.read("t.json", json.dumps(both)).requests[1].timestamp, 5 * 10**9)

    def test_ids_are_the_same_only_where_they_are_written_the_same(self):
        ids = [[-1], [2**64 - 1], [2**64], [2**70 + 2**64], ["ab"], [-1], [2**64], ["ab"]]
        text = "".join(row(at, 512, each) for at, each in enumerate(ids))
        self.assertEqual(figures(self.read("t.jsonl", text))["prefix_hit_rate"], 3 / 8)


if __name__ == "__main__":
    unittest.main()
