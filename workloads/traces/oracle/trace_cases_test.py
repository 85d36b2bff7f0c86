"""Traces as people have them: cases collected from public threads, each with its right answer.

The files of the cases are not part of the project: trace_cases_test.py PROGRAM FOLDER says where they
are. What a case says of a file that the folder lacks is tried on one that is made here.
"""

import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from trace_cases import MADE, REFUSED, STATS
from trace_figures import differences, figures
from trace_oracle import Options, read_trace

ROOT = Path(__file__).resolve().parent.parent.parent.parent
PROGRAM = Path(os.environ.get("SPLITBENCH", ROOT / "build/splitbench"))
CASES = ROOT / "../shared/cases"


class TraceCasesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if not CASES.is_dir():
            raise unittest.SkipTest(f"no folder {CASES}")

    def setUp(self):
        self.folder = Path(
            self.enterContext(tempfile.TemporaryDirectory(prefix="splitbench-test-"))
        )
        for name, text in MADE.items():
            (self.folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())

    def path(self, name):
        return self.folder / name if name in MADE else (CASES / name).resolve()

    def splitbench(self, *words):
        command = [str(PROGRAM), *(str(word) for word in words)]
        return subprocess.run(command, cwd=self.folder, capture_output=True, text=True, timeout=240)

    def done(self, *words):
        done = self.splitbench(*words)
        self.assertEqual(done.returncode, 0, f"{words}: {done.stderr}")
        return done

    def run_of(self, scenario, *settings):
        """The requests of a virtual run of raw KV, in order of their numbers."""
        sets = [word for each in ("arms=[raw]", *settings) for word in ("--set", each)]
        into = f"result{len(list(self.folder.iterdir()))}"
        self.done("run", CASES.resolve() / scenario, "--output-dir", into, *sets)
        lines = (self.folder / into / "requests.jsonl").read_text().splitlines()
        return sorted((json.loads(line) for line in lines), key=lambda each: each["id"])

    def replay(self, name, *settings):
        return self.run_of("base.yaml", f"workload.trace={self.path(name)}", *settings)

    def test_every_file_has_the_figures_that_it_should_have(self):
        for name, options, rules, expected in STATS:
            with self.subTest(file=name, options=options):
                oracle = figures(read_trace(self.path(name), Options(**rules)))
                self.assertEqual(differences(expected, oracle), [], "the oracle")
                said = self.done("trace", "stats", self.path(name), "--format", "json", *options)
                answer = json.loads(said.stdout)
                self.assertEqual(differences(expected, answer), [])
                if (
                    name != "c13_weka.tar.gz"
                ):  # what overlaps by rounding alone is a matter of taste
                    self.assertEqual(differences(oracle, answer), [], "against the oracle")

    def test_what_cannot_be_read_is_refused_with_the_reason(self):
        for name, words in REFUSED:
            with self.subTest(file=name):
                done = self.splitbench("trace", "stats", self.path(name))
                self.assertEqual((done.returncode, done.stdout), (2, ""))
                for word in words:
                    self.assertIn(word, done.stderr)

    def test_answers_without_a_length_take_that_of_the_scenario(self):
        done = self.splitbench("trace", "stats", self.path("c25_no_output.jsonl"))
        self.assertEqual(done.returncode, 2)
        self.assertIn("output_length", done.stderr)
        [request] = self.replay("c25_no_output.jsonl", "workload.output=16")
        self.assertEqual(request["output_tokens"], 16)

    def test_seconds_taken_for_milliseconds_and_deltas_taken_for_prompts_are_noticed(self):
        for name, hint in (
            ("c06_mooncake_seconds.jsonl", "time-unit"),
            ("c02_delta_turns.jsonl", "delta"),
        ):
            with self.subTest(file=name):
                done = self.done("trace", "stats", self.path(name))
                self.assertIn(hint, done.stdout + done.stderr)

    def test_a_run_caches_blocks_of_the_size_that_the_trace_has(self):
        requests = self.replay("c05_mooncake_block64.jsonl")
        self.assertEqual([each["prefill_cached_tokens"] for each in requests], [0] + [128] * 9)

    def test_a_run_takes_a_window_of_a_trace(self):
        requests = self.replay("c09_burstgpt_rampup.csv", "workload.start=1000 s")
        self.assertEqual(len(requests), 60)
        self.assertEqual(requests[0]["prompt_tokens"], 400)
        requests = self.replay("c09_burstgpt_rampup.csv", "workload.end=200 s")
        self.assertEqual(
            [each["prompt_tokens"] for each in requests], [200, 201, 202, 203, 205, 206, 207]
        )

    def test_turns_arrive_after_those_that_they_wait_for(self):
        milliseconds = {
            "c02_mooncake_delay_only.jsonl": {"a": [800, 500], "b": []},
            "c02_dynamo_aliases.jsonl": {"a": [700.5]},
            "c02_session_timestamps.jsonl": {"a": [5]},
        }
        for name, delays in milliseconds.items():
            requests = self.replay(name)
            for each, expected in delays.items():
                turns = [request for request in requests if request["session"] == each]
                with self.subTest(file=name, session=each):
                    self.assertEqual(pauses(turns), [ms * 10**6 for ms in expected])

    def test_a_chat_goes_on_when_it_has_its_answer(self):
        requests = self.replay("c17_bailian.jsonl")
        chats = {each["session"] for each in requests}
        self.assertEqual(len(chats), 5)
        for chat in chats:
            turns = [each for each in requests if each["session"] == chat]
            self.assertEqual(pauses(turns), [4_250_000_000] * 2)

    def test_calls_that_overlapped_overlap_again(self):
        first, one, other, last = self.replay("c21_weka_flattened.json")
        self.assertEqual(one["arrival_ns"] - end(first), 500_000_000)
        self.assertEqual(other["arrival_ns"] - end(first), 1_000_000_000)
        self.assertEqual(last["arrival_ns"] - max(end(one), end(other)), 500_000_000)

    def test_sub_agents_of_one_input_count_from_one_place(self):
        self.done("trace", "convert", self.path("c20_relative.json"), "out.jsonl")
        lines = (self.folder / "out.jsonl").read_text().splitlines()
        times = [json.loads(line)["timestamp_ns"] // 10**9 for line in lines]
        self.assertEqual(times, [0, 5, 7, 20])

    def test_generated_and_replayed_agree_to_the_nanosecond(self):
        for shared, context in ((16384, 256), (1000, 1500), (500, 1500)):
            with self.subTest(shared=shared):
                keys = (f"workload.sessions.shared={shared}", f"workload.context={context}")
                generated = self.run_of("c27_prefix.yaml", *keys)
                sets = [word for each in keys for word in ("--set", each)]
                scenario = CASES.resolve() / "c27_prefix.yaml"
                into = self.folder / f"{shared}.jsonl"
                self.done("trace", "generate", scenario, *sets, "-o", into)
                replayed = self.run_of("base.yaml", f"workload.trace={into}")
                for key in ("prompt_tokens", "prefill_cached_tokens", "ttft_ns", "e2el_ns"):
                    self.assertEqual([r[key] for r in replayed], [r[key] for r in generated], key)

    def test_a_prompt_beyond_the_maximum_is_not_run(self):
        sets = [f"workload.trace={self.path('c46_one_huge.jsonl')}", "workload.max_context=100k"]
        words = [word for each in sets for word in ("--set", each)]
        done = self.splitbench("run", CASES.resolve() / "base.yaml", "--output-dir", "out", *words)
        if done.returncode != 0:
            self.assertRegex(done.stderr, "1,?000,?000")
            return
        lines = (self.folder / "out/requests.jsonl").read_text().splitlines()
        self.assertLessEqual(max(json.loads(line)["prompt_tokens"] for line in lines), 102_400)

    def test_what_decode_made_does_not_travel_again(self):
        keys = ("transfer=missing_blocks", "dispatch=session_affinity")
        first, second = self.replay("c54.jsonl", *keys)
        self.assertEqual(first["raw_bytes"], 8192 * 131_072)
        self.assertEqual(second["raw_bytes"], 512 * 131_072)
        self.assertEqual(second["prefill_cached_tokens"], 8192)


def end(request):
    return request["arrival_ns"] + request["e2el_ns"]


def pauses(turns):
    """The times from the end of each turn to the arrival of the next."""
    return [after["arrival_ns"] - end(before) for before, after in zip(turns, turns[1:])]


if __name__ == "__main__":
    words = [word for word in sys.argv[1:] if not word.startswith("-")]
    PROGRAM = Path(words[0] if words else PROGRAM).resolve()
    CASES = Path(words[1]) if len(words) > 1 else CASES
    unittest.main(argv=[sys.argv[0], *(word for word in sys.argv[1:] if word.startswith("-"))])
