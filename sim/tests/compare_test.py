"""Two results set against each other, as a person or a CI job does."""

import json
import unittest

from testing import ProgramTest

ARMS = ["raw", "bypass", "splitzip"]


class CompareTest(ProgramTest):
    def setUp(self):
        super().setUp()
        self.base = self.virtual_run({}, "base")

    def virtual_run(self, keys, into):
        return self.run_scenario({"repeats": 2, **keys}, "--time", "virtual", into=into)

    def compare(self, base, candidate, *options, code=0):
        done = self.splitbench("compare", base, candidate, *options)
        self.assertEqual(done.returncode, code, done.stderr)
        return done

    def compared(self, base, candidate, *conditions, code=0):
        options = [word for condition in conditions for word in ("--fail-if", condition)]
        done = self.compare(base, candidate, "--format", "json", *options, code=code)
        return json.loads(done.stdout)

    def refusal(self, *arguments):
        return self.refused("compare", *arguments)

    def sweep(self, into, *options):
        command = ("sweep", self.scenario, "--time", "virtual", "--output-dir", into)
        vary = ("--vary", "link.bandwidth=1,2 Gbit/s", "--set", "arms=[raw,splitzip]")
        done = self.splitbench(*command, *vary, *options)
        self.assertEqual(done.returncode, 0, done.stderr)

    # What it finds

    def test_the_same_scenario_again_changed_nothing(self):
        self.virtual_run({}, "again")
        found = self.compared("base", "again", "ttft_p99 > +0%", "ttft_p99 < -0%")
        self.assertEqual({row["axes"]["arm"] for row in found["rows"]}, set(ARMS))
        self.assertEqual({row["verdict"] for row in found["rows"]}, {"same"})
        self.assertEqual((found["warnings"], found["failed"]), ([], []))
        table = self.compare("base", "again").stdout
        self.assertRegex(table, r"^nothing changed beyond the noise: \d+ figures of 3 rows\n$")

    def test_every_figure_of_every_row_is_compared(self):
        result = self.virtual_run({"link.bandwidth": "500 Mbit/s"}, "slower")
        found = self.compared("base", "slower")
        for arm in ARMS:
            after = {row["key"]: row["after"] for row in found["rows"] if row["axes"]["arm"] == arm}
            self.assertEqual(after, result.values(arm))

    def test_a_slower_link_is_worse_and_the_scenario_says_why(self):
        self.virtual_run({"link.bandwidth": "500 Mbit/s"}, "slower")
        found = self.compared("base", "slower")
        verdicts = {(row["axes"]["arm"], row["key"]): row["verdict"] for row in found["rows"]}
        for arm in ARMS:
            self.assertEqual(verdicts[arm, "ttft_p99"], "worse")
            self.assertEqual(verdicts[arm, "request_throughput"], "worse")
            self.assertEqual(verdicts[arm, "raw_bytes"], "same")
        said = "link.bandwidth: '1 Gbit/s' before, '500 Mbit/s' after"
        self.assertEqual(found["warnings"], [said])
        for options in ([], ["--all"]):
            table = self.compare("base", "slower", *options).stdout
            self.assertIn(f"  ! {said}\n", table)
            self.assertLessEqual(max(map(len, table.splitlines())), 100)
        self.assertRegex(table, r"  TTFT p99 +[\d.]+ ms +[\d.]+ ms +\+[\d.]+%  worse\n")

    def test_the_machine_and_the_commit_are_named_where_they_differ(self):
        self.virtual_run({}, "again")
        facts = json.loads((self.folder / "again/run.json").read_text())
        self.write("again/run.json", json.dumps({**facts, "host": "there", "commit": "abc"}))
        warnings = self.compared("base", "again")["warnings"]
        self.assertEqual([text.split(":")[0] for text in warnings], ["host", "commit"])

    def test_a_sweep_is_compared_as_its_points_are(self):
        self.sweep("before")
        self.sweep("after", "--set", "link.latency=20 ms")
        found = self.compared("before", "after", "ttft_p99 > +5%", code=1)
        of_points = []
        for index, bandwidth in enumerate(("1 Gbit/s", "2 Gbit/s")):
            [before] = (self.folder / "before/points").glob(f"*{index}")
            [after] = (self.folder / "after/points").glob(f"*{index}")
            for row in self.compared(before, after)["rows"]:
                row["axes"]["link.bandwidth"] = bandwidth
                of_points.append(row)
        self.assertEqual(found["rows"], of_points)
        self.assertEqual(len(found["failed"]), 4)  # two points, two arms
        table = self.compare("before", "after", "--all").stdout
        self.assertIn("\nlink.bandwidth 2 Gbit/s, raw ", table)
        table = self.compare("before", "after").stdout
        self.assertRegex(table, r"\nthe largest of \d+ changes ")
        self.assertRegex(table, r"\n\d+ more: --all\n")
        self.assertLess(len(table.splitlines()), 30)

    # Conditions

    def test_a_condition_that_holds_fails_and_is_named(self):
        self.virtual_run({"link.bandwidth": "500 Mbit/s"}, "slower")
        done = self.compare("base", "slower", "--fail-if", "ttft_p99 > +5%", code=1)
        for arm in ARMS:
            self.assertIn(f"splitbench: ttft_p99 > +5% holds for {arm}\n", done.stderr)
            self.assertIn(f"failed  ttft_p99 > +5%: {arm} is ", done.stdout)
        found = self.compared("base", "slower", "raw:ttft_p99 > +5%", "failed > 0", code=1)
        self.assertEqual([each["axes"] for each in found["failed"]], [{"arm": "raw"}])
        self.compare("slower", "base", "--fail-if", "ttft_p99 > +5%")

    def test_a_bound_on_the_candidate_itself(self):
        ms = 1000 * self.base.values("raw")["ttft_p50"]
        self.compare("base", "base", "--fail-if", f"raw:ttft_p50 > {ms + 1} ms")
        self.compare("base", "base", "--fail-if", f"raw:ttft_p50 > {ms - 1} ms", code=1)

    def test_the_examples_of_its_help_run(self):
        self.virtual_run({}, "candidate")
        (self.folder / "results").symlink_to(".")
        examples = self.examples_of("compare")
        self.assertGreater(len(examples), 3)
        for example in examples:
            done = self.splitbench(*example)
            self.assertEqual((done.returncode, done.stderr), (0, ""), example)

    # Bad input

    def test_wrong_folders(self):
        self.assertIn("nowhere/report.json", self.refusal("base", "nowhere"))
        self.assertIn("nowhere/report.json", self.refusal("nowhere", "base"))
        self.assertIn("expected BASE CANDIDATE", self.refusal("base"))
        self.sweep("sweep")
        self.assertIn("no row in common", self.refusal("base", "sweep"))

    def test_wrong_conditions(self):
        for condition, said in (
            ("ttft_p99 = 5%", "[ARM:]KEY OP"),
            ("ttft_p98 > 5%", "expected one of requests, "),
            ("ttft_p98 > 5 ms", "expected one of requests, "),
            ("zip:ttft_p99 > 5%", "of arm zip"),
            ("slo_attainment < 0.9", "there is no slo_attainment"),  # no SLO was asked for
            ("ttft_p99 > 5 MB", "'MB' is no unit of ttft_p99, which is in s"),
        ):
            with self.subTest(condition):
                self.assertIn(said, self.refusal("base", "base", "--fail-if", condition))

    def test_an_unknown_format(self):
        self.assertIn(
            "expected one of table, json", self.refusal("base", "base", "--format", "csv")
        )


if __name__ == "__main__":
    unittest.main()
