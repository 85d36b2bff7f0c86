"""Files and commands that are meant to harm: each is refused in one line that names the place, within bounds of memory."""

import json
import os
import random
import resource
import signal
import struct
import subprocess
import threading
import time
import unittest

from testing import PROGRAM, ROOT, ProgramTest, settings

DEEP = 100_000
# With sanitizers a program takes more than twice of its memory.
MOST_MEGABYTES = 1200 if "SPLITBENCH_SANITIZERS" in os.environ else 500
PATIENCE = 30  # seconds; what is quadratic here takes longer, and what hangs never ends
SMALL_RUN = {"time": "virtual", "workload.requests": "3"}


def safetensors(header):
    text = (header if isinstance(header, str) else json.dumps(header)).encode()
    return struct.pack("<Q", len(text)) + text


def tensor(name, at):
    return f'"{name}":{{"dtype":"BF16","shape":[1],"data_offsets":[{at},{at + 2}]}}'


class HostileInputTest(ProgramTest):
    def ended(self, *arguments, stdout=subprocess.PIPE):
        """Its exit status, what it said, and the most memory that it had, in megabytes."""
        with (self.folder / ".said").open("w") as stderr:
            process = subprocess.Popen(
                [str(word) for word in (PROGRAM, *arguments)],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
            )
        timer = threading.Timer(PATIENCE, process.kill)
        timer.start()
        if process.stdout:
            process.stdout.read()
            process.stdout.close()
        _, status, usage = os.wait4(process.pid, 0)
        timer.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        said = (self.folder / ".said").read_text(errors="replace")
        return process.returncode, said, usage.ru_maxrss / 1024

    def refusal(self, *arguments, status=2):
        code, said, megabytes = self.ended(*arguments)
        self.assertEqual(code, status, (arguments, said[:2000]))
        self.assertLess(megabytes, MOST_MEGABYTES, arguments)
        self.assertTrue(said.startswith("splitbench: "), said[:200])
        return said

    def assert_names(self, place, *arguments):
        said = self.refusal(*arguments)
        self.assertIn(str(place), said[:400])
        return said

    # Depth

    def test_json_as_deep_as_no_stack_is(self):
        deep = "[" * DEEP + "]" * DEEP
        objects = '{"a":' * DEEP + "1" + "}" * DEEP
        for name, text in (("array", deep), ("object", objects)):
            with self.subTest(name):
                header = f'{{"layers.0.k":{{"dtype":"BF16","shape":{text},"data_offsets":[0,0]}}}}'
                self.write("a.safetensors", safetensors(header))
                self.write("b.safetensors", safetensors(f'{{"__metadata__":{{"x":{text}}}}}'))
                self.write("c.json", text)
                self.write("c.bf16", b"")
                self.write("d.json", f'{{"format":"splitbench codebooks","version":{text}}}')
                (self.folder / name).mkdir()
                (self.folder / name / "report.json").write_text(
                    f'{{"schema_version":3,"meta":{text}}}'
                )
                for file in ("a.safetensors", "b.safetensors", "c.bf16", "d.json"):
                    self.assert_names(file[0] + ".", "codec", "stats", file)
                for file in ("a.safetensors", "b.safetensors", "c.bf16"):
                    dump = {"kv.source": "dump", "kv.dump": file}
                    self.assert_names(file[0] + ".", "run", self.scenario, *settings(dump))
                self.assert_names("report.json", "report", name)

    # Files that are none

    def test_devices_and_pipes_are_not_read(self):
        os.mkfifo(self.folder / "pipe")
        for name in ("pipe.bf16", "pipe.json", "pipe.yaml", "pipe.jsonl", "pipe.csv", "pipe.szf"):
            os.symlink("pipe", self.folder / name)
            os.symlink("/dev/zero", self.folder / name.replace("pipe", "zero"))
        for kind in ("pipe", "zero"):
            (self.folder / f"{kind}-result").mkdir()
            os.symlink(f"../{kind}.json", self.folder / f"{kind}-result" / "report.json")
            with self.subTest(kind):
                for ending in ("jsonl", "csv", "json"):
                    self.assert_names(f"{kind}.{ending}", "trace", "stats", f"{kind}.{ending}")
                self.assert_names(f"{kind}.yaml", "run", f"{kind}.yaml")
                self.assert_names(f"{kind}.bf16", "codec", "stats", f"{kind}.bf16")
                self.assert_names(f"{kind}.json", "codec", "stats", f"{kind}.json")
                self.assert_names(f"{kind}.szf", "codec", "inspect", f"{kind}.szf")
                self.assert_names("report.json", "report", f"{kind}-result")
                dump = {"kv.source": "dump", "kv.dump": f"{kind}.bf16"}
                self.assert_names(f"{kind}.bf16", "run", self.scenario, *settings(dump))

    def test_outputs_replace_nothing_but_files(self):
        self.write("in.bf16", b"\0\1" * 64)
        os.symlink(self.scenario, self.folder / "link")
        before = self.scenario.read_text()
        for taken in ("/dev/null", "link"):
            self.assert_names(taken, "codec", "encode", "in.bf16", taken)
            self.assert_names(taken, "codec", "calibrate", "in.bf16", "-o", taken)
        self.assertEqual(self.scenario.read_text(), before)

    def test_an_output_is_none_of_its_inputs(self):
        contents = b"\0\1" * 64
        self.write("in.bf16", contents)
        self.write("t.jsonl", '{"timestamp":0,"input_length":9,"output_length":1,"hash_ids":[1]}\n')
        self.assert_names("in.bf16", "codec", "encode", "in.bf16", "./in.bf16")
        self.assert_names("in.bf16", "codec", "calibrate", "in.bf16", "-o", "in.bf16")
        self.assert_names("t.jsonl", "trace", "convert", "t.jsonl", "t.jsonl")
        self.write("kv.bf16", contents)
        self.write("kv.json", '{"shape": [2, 2, 4, 4]}')
        self.assert_names("kv.json", "codec", "encode", "kv.bf16", "kv.json")
        self.write("model.yaml", (ROOT / "configs/models/llama-3.2-1b.yaml").read_bytes())
        timed = {"workload.arrivals": "poisson", "workload.rate": "1 /s"}
        generate = ("trace", "generate", self.scenario, *settings(timed | {"model": "model.yaml"}))
        for read in ("small.yaml", "model.yaml"):
            self.assert_names(read, *generate, "-o", read)
        self.assertEqual((self.folder / "in.bf16").read_bytes(), contents)

    # Time that grows with the square

    def test_three_hundred_thousand_tensors(self):
        count = 300_000
        header = ",".join(tensor(f"t{i}", 2 * i) for i in range(count))
        self.write("many.safetensors", safetensors(f"{{{header}}}") + bytes(2 * count))
        self.assert_names("many.safetensors", "codec", "stats", "many.safetensors")

    def test_three_hundred_thousand_sub_agents(self):
        marker = '{"type":"subagent","t":0,"requests":[{"t":%d,"in":9,"out":1,"hash_ids":[],"api_time":1}]}'
        turn = '{"t":%d,"in":9,"out":1,"hash_ids":[]}'
        items = [marker % 0] * 150_000 + [turn % 0] * 150_000
        self.write("s.json", f'{{"id":"s","block_size":64,"requests":[{",".join(items)}]}}')
        code, said, megabytes = self.ended("trace", "stats", "s.json")
        self.assertEqual(code, 0, said)
        self.assertLess(megabytes, 2 * MOST_MEGABYTES)

    def test_a_scenario_of_mistakes_alone(self):
        self.write("wrong.yaml", "".join(f"k{i}: 1\n" for i in range(19_000)))
        said = self.assert_names("wrong.yaml: ", "run", "wrong.yaml")
        self.assertIn("more mistakes", said)
        self.assertLess(len(said), 20_000)

    def test_a_scenario_that_is_no_text_of_a_person(self):
        self.write("long.yaml", "name: " + "x" * (2 << 20))
        self.assert_names("long.yaml", "run", "long.yaml")

    # Sizes and times

    def refused_run(self, keys):
        said = self.refusal("run", self.scenario, *settings(keys))
        self.assertFalse((self.folder / "results").exists())
        return said

    def test_more_requests_than_memory_holds(self):
        said = self.refused_run({"time": "virtual", "workload.requests": "1000000000"})
        self.assertIn("1000000000 requests, warm-up included, take some", said)
        self.assertIn("lower workload.requests", said)

    def test_more_chunks_than_memory_holds(self):
        keys = {"time": "virtual", "chunk": "32 KiB", "workload.context": "100000000"}
        self.assertIn("or raise chunk", self.refused_run(keys))

    def test_a_link_that_takes_decades(self):
        keys = {"time": "virtual", "link.bandwidth": "1 kbit/s", "workload.context": "1000000"}
        said = self.refused_run(keys)
        self.assertIn("years, expected at most 10: raise link.bandwidth", said)

    def test_dumps_of_more_than_there_is(self):
        with self.write("huge.bf16", b"").open("r+b") as file:
            file.truncate(1 << 40)
        self.write("huge.json", '{"shape": [32, 2, 1048576, 8192]}')
        keys = {"kv.source": "dump", "kv.dump": "huge.bf16"}
        self.assert_names("huge.bf16", "run", self.scenario, *settings(keys))
        self.assert_names("huge.bf16", "codec", "stats", "huge.bf16")
        self.write("deep.bf16", bytes(2 * 2 << 20))
        self.write("deep.json", '{"shape": [1048576, 2, 1, 1]}')
        self.assertIn(
            "at most 1000 layers", self.assert_names("deep.json", "codec", "stats", "deep.bf16")
        )
        self.assertIn("--bytes", self.refusal("codec", "bench", "--bytes", "100 TB"))

    def test_a_link_that_is_timed_for_days(self):
        said = self.refusal("link", "bench", "--bandwidth", "1 kbit/s", "--bytes", "1 GiB")
        self.assertIn("expected at most a day", said)

    def test_counts_below_nothing(self):
        self.assertIn(
            "'-1', expected a count from 0",
            self.refusal("codec", "drift", self.scenario, "--requests", "-1"),
        )

    def test_names_that_stand_twice(self):
        self.write(
            "t.jsonl",
            '{"timestamp":0,"input_length":9,"input_length":8,"output_length":1,"hash_ids":[1]}\n',
        )
        self.assertIn(
            "'input_length' twice", self.assert_names("t.jsonl:1", "trace", "stats", "t.jsonl")
        )
        self.write(
            "t.csv",
            "TIMESTAMP,ContextTokens,GeneratedTokens,ContextTokens\n2023-11-16 18:17:04,1,2,3\n",
        )
        self.assertIn(
            "two columns ContextTokens", self.assert_names("t.csv", "trace", "stats", "t.csv")
        )

    def test_names_of_files_that_are_no_text(self):
        name = os.fsdecode(b"\xff.bf16")
        self.write(name, b"\x80\x3f" * 64)
        for command in (("stats", name), ("compare", name, name)):
            code, said, _ = self.ended("codec", *command, "--format", "json")
            self.assertEqual(code, 0, (command, said))
        self.assertEqual(self.ended("codec", "calibrate", name, "-o", "books.json")[0], 0)
        self.assertEqual(self.ended("codec", "stats", "books.json")[0], 0)

    # Result folders

    def test_a_folder_of_something_else_is_left_alone(self):
        thesis = self.folder / "mine" / "thesis.tex"
        thesis.parent.mkdir()
        thesis.write_text("years of work")
        run = ("run", self.scenario, "--output-dir", "mine", *settings(SMALL_RUN))
        self.assertIn("holds thesis.tex", self.assert_names("mine", *run))
        self.assertEqual(os.listdir(thesis.parent), ["thesis.tex"])
        self.assertEqual(self.ended(*run, "--force")[0], 0)
        self.assertEqual(thesis.read_text(), "years of work")
        self.assertIn("report.json", os.listdir(thesis.parent))

    def test_links_in_a_result_folder_are_not_followed(self):
        before = self.scenario.read_text()
        for name in ("requests.jsonl", "report.json", "histograms", "requests.jsonl.part"):
            folder = self.folder / f"with-{name}"
            folder.mkdir()
            os.symlink(self.scenario, folder / name)
            self.assert_names(
                folder.name, "run", self.scenario, "--output-dir", folder, *settings(SMALL_RUN)
            )
        self.assertEqual(self.scenario.read_text(), before)

    def test_a_name_does_not_leave_the_folder_of_results(self):
        keys = {**SMALL_RUN, "name": "../../x"}
        self.assertEqual(self.ended("run", self.scenario, *settings(keys))[0], 0)
        [folder] = os.listdir(self.folder / "results")
        self.assertTrue(folder.startswith("..-..-x-"), folder)

    def test_the_second_into_a_folder_is_refused_at_once(self):
        long_keys = settings({"workload.requests": "300", "link.bandwidth": "100 Mbit/s"})
        run = ("run", self.scenario, "--output-dir", "one", *long_keys)
        sweep = (
            "sweep",
            self.scenario,
            "--output-dir",
            "one",
            *long_keys,
            "--vary",
            "layer_group=2,4",
        )
        for first, second in ((run, run), (run, sweep), (sweep, run), (sweep, sweep)):
            with self.subTest(first=first[0], second=second[0]):
                process = subprocess.Popen(
                    [str(word) for word in (PROGRAM, *first)],
                    cwd=self.folder,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    start_new_session=True,
                )
                try:
                    deadline = time.monotonic() + PATIENCE
                    while not any((self.folder / "one").glob("*")) and time.monotonic() < deadline:
                        time.sleep(0.02)
                    said = self.assert_names("one", *second)
                    self.assertIn("another run or sweep is writing to it", said)
                finally:
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()
                subprocess.run(["rm", "-rf", self.folder / "one"], check=True)

    def test_nothing_is_read_as_done_that_was_killed(self):
        """Fifty ends at random moments; what then has a report has all that it reports of."""
        chance = random.Random(7)
        run = ("run", self.scenario, "--output-dir", "run", *settings(SMALL_RUN))
        sweep = (
            "sweep",
            self.scenario,
            "--output-dir",
            "sweep",
            *settings(SMALL_RUN),
            "--vary",
            "layer_group=2,4,8",
        )
        report = ("report", "whole", "--format", "html", "-o", "page.html")
        self.assertEqual(
            self.ended("run", self.scenario, "--output-dir", "whole", *settings(SMALL_RUN))[0], 0
        )
        lengths = {}
        for command in (run, sweep, report):
            began = time.monotonic()
            self.assertEqual(self.ended(*command)[0], 0)
            lengths[command] = time.monotonic() - began
        page = (self.folder / "page.html").read_bytes()
        for _ in range(50):
            command = chance.choice((run, sweep, report))
            process = subprocess.Popen(
                [str(word) for word in (PROGRAM, *command)],
                cwd=self.folder,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            time.sleep(chance.uniform(0, 1.2 * lengths[command]))
            process.kill()
            process.wait()
            self.check_run(self.folder / "run")
            for point in (self.folder / "sweep" / "points").glob("*"):
                self.check_run(point)
            self.assertEqual((self.folder / "page.html").read_bytes(), page)
        for command in (run, sweep, report):  # and what was left behind is in nobody's way
            self.assertEqual(self.ended(*command)[0], 0)
        for folder in ("run", "sweep"):
            self.assertFalse(list((self.folder / folder).glob(".splitbench-*")))

    def check_run(self, folder):
        """A folder with a report is whole."""
        if not (folder / "report.json").exists():
            return
        report = json.loads((folder / "report.json").read_text())
        lines = (folder / "requests.jsonl").read_text().splitlines()
        self.assertEqual(len(lines), len(report["rows"]) * int(SMALL_RUN["workload.requests"]))
        for line in lines:
            json.loads(line)

    def test_a_point_of_a_sweep_is_no_place_for_other_things(self):
        sweep = ("sweep", self.scenario, *settings(SMALL_RUN), "--vary", "layer_group=2,4")
        self.assertEqual(self.ended(*sweep, "--output-dir", "grid")[0], 0)
        (self.folder / "grid/points/000/report.json").unlink()
        thesis = self.folder / "grid/points/000/thesis.tex"
        thesis.write_text("years of work")
        code, said, _ = self.ended(*sweep, "--output-dir", "grid")
        self.assertEqual(code, 1)
        self.assertIn("holds thesis.tex", said)
        self.assertEqual(thesis.read_text(), "years of work")

    def test_a_sweep_of_another_trace_is_another_sweep(self):
        line = '{"timestamp":%d,"input_length":%d,"output_length":1}\n'
        keys = {
            "workload.arrivals": "trace",
            "workload.trace": "t.jsonl",
            "workload.context": "none",
        }
        keys |= {"workload.output": "none", "workload.concurrency": "0", "workload.requests": "2"}
        self.write(
            "traced.yaml",
            "model: llama-3.2-1b\nlink: {bandwidth: 1 Gbit/s}\nworkload: {arrivals: trace}\n",
        )
        sweep = (
            "sweep",
            "traced.yaml",
            "--time",
            "virtual",
            "--output-dir",
            "grid",
            "--vary",
            "layer_group=2,4",
        )
        sweep += tuple(settings({"workload.trace": "t.jsonl"}))
        reports = []
        for tokens in (10, 9000):
            self.write("t.jsonl", line % (0, tokens) + line % (1000, tokens))
            self.assertEqual(self.ended(*sweep)[0], 0)
            reports.append((self.folder / "grid/points/000/requests.jsonl").read_text())
        self.assertNotEqual(*reports)

    # What small files would take

    def report_of(self, **changes):
        """The report of a small run, with some of its members replaced."""
        if not (self.folder / "small").exists():
            run = ("run", self.scenario, "--output-dir", "small", *settings(SMALL_RUN))
            self.assertEqual(self.ended(*run)[0], 0)
        report = json.loads((self.folder / "small/report.json").read_text())
        (self.folder / "hostile").mkdir(exist_ok=True)
        (self.folder / "hostile/report.json").write_text(json.dumps(report | changes))
        return report

    def test_reports_that_are_larger_than_their_text(self):
        report = self.report_of()
        column, row = report["columns"][0], report["rows"][0]
        histogram = next(iter(next(iter(report["histograms"].values())).values()))
        many = [{**column, "key": f"k{i}"} for i in range(20_000)]
        axis = {"key": "arm", "unit": "", "values": []}
        for change in (
            {"axes": [axis] * 20_000, "rows": [row] * 5000},
            {"columns": [column] * 3000},
            {"columns": many, "rows": [{**row, "values": {}, "spread": {}, "ci95": {}}] * 5000},
            {"histograms": {f"a{i}": {"ttft": histogram} for i in range(5000)}},
        ):
            self.report_of(**change)
            self.assert_names("report.json", "report", "hostile", "--format", "csv")

    def test_names_that_are_kept_with_every_request(self):
        turn = {"t": 0, "in": 1, "out": 1, "hash_ids": []}
        session = {"id": "s" * 1_000_000, "block_size": 64, "requests": [turn] * 3000}
        self.write("long.json", json.dumps(session))
        self.assertIn(
            "id has 1000000 bytes", self.assert_names("long.json", "trace", "stats", "long.json")
        )
        for _ in range(100):
            turn = {"type": "subagent", "t": 0, "requests": [turn]}
        self.write("deep.json", json.dumps({"id": "s", "block_size": 64, "requests": [turn]}))
        self.assertIn(
            "sub-agent of a sub-agent",
            self.assert_names("deep.json", "trace", "stats", "deep.json"),
        )

    def test_workloads_that_are_larger_than_their_requests(self):
        sessions = {"workload.sessions.fan_out": "1", "workload.sessions.turns": "2"}
        sessions |= {
            "workload.sessions.branches": "20000000",
            "workload.sessions.branch_context": "10",
        }
        code, said, megabytes = self.ended(
            "run", self.scenario, *settings({**SMALL_RUN, **sessions})
        )
        self.assertEqual(code, 0, said)
        self.assertLess(megabytes, MOST_MEGABYTES)
        kind = "{context: 10, output: 1, sessions: {groups: 1000000, shared: 2}}"
        self.write("mix.yaml", self.scenario.read_text() + f"  mix: [{', '.join([kind] * 300)}]\n")
        self.assert_names("mix", "run", "mix.yaml")

    def test_pauses_that_no_clock_counts(self):
        keys = {"workload.think_time": "14400 min", "workload.requests": "10677", "time": "virtual"}
        self.assertIn("years, expected at most 10", self.refused_run(keys))

    def test_a_scenario_of_empty_lines(self):
        lines = self.scenario.read_text() + "\n" * 500_000
        self.write("lines.yaml", lines)
        self.assert_names("lines.yaml", "run", "lines.yaml")

    def test_an_axis_of_more_values_than_a_sweep_has_points(self):
        values = ", ".join(str(i) for i in range(100_000))
        self.write("axis.yaml", self.scenario.read_text() + f"axes: {{seed: [{values}]}}\n")
        self.assert_names("axis.yaml", "sweep", "axis.yaml", "--time", "virtual")

    def test_aliases_that_multiply(self):
        aliases = "".join(f"  a{i}: &a{i} {{x: *a{i - 1}, y: *a{i - 1}}}\n" for i in range(1, 40))
        for name in ("one", "two"):
            run = ("run", self.scenario, "--output-dir", name, *settings(SMALL_RUN))
            self.assertEqual(self.ended(*run)[0], 0)
        hostile = "workload:\n  a0: &a0 {}\n" + aliases
        (self.folder / "two/scenario.yaml").write_text(hostile)
        self.assertIn("more than 20000 values", self.refusal("compare", "one", "two"))

    # Where the output goes

    def test_errors_that_nobody_hears(self):
        for command, status in ((("run", "nowhere.yaml"), 2), (("rum",), 2)):
            with open("/dev/full", "w") as full:
                done = subprocess.run([PROGRAM, *command], cwd=self.folder, stderr=full)
            self.assertEqual(done.returncode, status)

    def done_sweep(self):
        """A sweep of two points that has ended: its command, and the folder of the second point."""
        vary = ("--vary", "layer_group=2,4", "--output-dir", "grid")
        sweep = ("sweep", self.scenario, *settings(SMALL_RUN), *vary)
        self.assertEqual(self.ended(*sweep)[0], 0)
        return sweep, self.folder / "grid/points/001"

    def test_the_errors_of_a_point_go_through_no_link(self):
        sweep, point = self.done_sweep()
        (point / "report.json").unlink()
        before = self.scenario.read_text()
        os.symlink(self.scenario, point / "stderr.txt")
        os.mkfifo(self.folder / "grid/points/000/stderr.txt")
        self.assertEqual(self.ended(*sweep)[0], 0)
        self.assertEqual(self.scenario.read_text(), before)

    def test_a_point_that_an_earlier_version_left_half_done_goes_on(self):
        sweep, point = self.done_sweep()
        (point / "report.json").rename(point / "report.json.part")
        (point / "requests.jsonl").rename(point / "requests.jsonl.part")
        self.assertEqual(self.ended(*sweep)[0], 0)
        self.assertEqual([name for name in os.listdir(point) if name.endswith(".part")], [])

    def test_a_file_that_may_not_grow_is_a_failure(self):
        self.report_of()
        limits = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
        command = [PROGRAM, "report", "small", "--format", "html", "-o", "page.html"]
        done = subprocess.run(
            command, cwd=self.folder, preexec_fn=limits, capture_output=True, text=True
        )
        self.assertEqual((done.returncode, "File too large" in done.stderr), (1, True), done.stderr)
        self.assertNotIn("page.html", os.listdir(self.folder))

    def test_names_that_are_too_long_or_go_round_in_circles(self):
        os.symlink("loop", self.folder / "loop")
        for folder in ("x" * 300, "loop/x"):
            self.assert_names(
                folder[:6], "run", self.scenario, "--output-dir", folder, *settings(SMALL_RUN)
            )
        self.assert_names("loop", "trace", "stats", "loop/x.json")

    def test_a_full_disk_is_a_failure(self):
        for command in (("schema",), ("--help",), ("trace", "stats", "--help")):
            with open("/dev/full", "w") as full:
                code, said, _ = self.ended(*command, stdout=full)
            self.assertEqual(code, 1, command)
            self.assertIn("write to stdout: ", said)


if __name__ == "__main__":
    unittest.main()
