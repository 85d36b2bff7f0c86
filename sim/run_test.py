"""Real runs of every kind: real processes, real bytes, and for each request a row that adds up."""

import unittest
from collections import defaultdict

from testing import ProgramTest, is_consistent, parts_of

GEOMETRY = {"llama-3.2-1b": 16 * 2 * 8 * 64 * 2, "deepseek-v3": 61 * 576 * 2}  # bytes a token
ARMS = ("raw", "bypass", "splitzip")


class RunTest(ProgramTest):
    def expect_sound(self, result, verified=True, model="llama-3.2-1b"):
        """Every request of every arm came through, adds up, and carried the same bytes as in the others."""
        hashes = defaultdict(set)
        for row in result.requests:
            self.assertEqual((row["status"], row["verified"]), ("ok", verified), row)
            self.assertEqual(row["raw_bytes"], row["prompt_tokens"] * GEOMETRY[model])
            is_consistent(self, row)
            hashes[row["id"]].add(row["kv_hash"])
        if verified:
            self.assertTrue(all(len(of_one) == 1 for of_one in hashes.values()), hashes)
            self.assertEqual(len(set.union(*hashes.values())), len(hashes))

        for row in result.transfers:
            self.assertLessEqual(row["ready_ns"], row["start_ns"])
            self.assertLess(row["start_ns"], row["end_ns"])
            self.assertLessEqual(row["end_ns"], row["applied_ns"])
            self.assertIs(row["verified"], verified)
        for key in ("raw_bytes", "wire_bytes"):
            carried = sum(row[key] for row in result.transfers)
            self.assertEqual(sum(row[key] for row in result.requests), carried)
        self.expect_sizes_on_the_wire(result)

    def expect_sizes_on_the_wire(self, result):
        for arm in {row["arm"] for row in result.transfers}:
            rows = [row for row in result.transfers if row["arm"] == arm]
            for row in rows:
                overhead = row["wire_bytes"] / row["raw_bytes"] - 1
                if arm == "splitzip":
                    self.assertLess(overhead, -0.2)
                else:
                    self.assertTrue(0 < overhead < 0.005, f"{arm}: {overhead}")

    def run_and_expect_sound(self, **keys):
        named = {path.replace("__", "."): value for path, value in keys.items()}
        result = self.run_scenario(named)
        self.expect_sound(result)
        return result

    def test_every_arm_carries_the_same_bytes(self):
        result = self.run_and_expect_sound(repeats=2)
        runs = [(row["arm"], row["repeat"]) for row in result.requests]
        in_order = [(arm, repeat) for repeat in (0, 1) for arm in ARMS for _ in range(6)]
        self.assertEqual(runs, in_order)

    def test_the_report_has_the_keys_that_scripts_rely_on(self):
        report = self.run_and_expect_sound(repeats=2, slo__ttft="1 s").report
        self.assertEqual({"schema_version", "meta", "columns", "rows", "histograms"}, set(report))
        meta = {"scenario", "seed", "time", "backend", "valid", "warnings"}
        self.assertLessEqual(meta, set(report["meta"]))
        self.assertEqual((report["meta"]["time"], report["meta"]["scenario"]), ("real", "small"))
        for column in report["columns"]:
            self.assertEqual({"key", "title", "unit", "better"}, set(column))
        keys = {column["key"] for column in report["columns"]}
        percentiles = ("p50", "p75", "p90", "p95", "p99", "p99_9")
        for latency in ("ttft", "transfer", "exposed_transfer", "e2el"):
            self.assertLessEqual({f"{latency}_{p}" for p in percentiles}, keys)
        figures = "request_throughput output_throughput compression_ratio escape_rate wire_bytes"
        checks = "link_rate_achieved intrusion stage_inflation slo_attainment request_goodput"
        self.assertLessEqual({*figures.split(), *checks.split()}, keys)
        self.assertEqual([row["axes"]["arm"] for row in report["rows"]], list(ARMS))
        for row in report["rows"]:
            self.assertEqual({"axes", "values", "spread", "status"}, set(row))
            self.assertLessEqual(set(row["values"]) | set(row["spread"]), keys)

    def test_stdout_is_the_table_of_the_stored_report(self):
        done = self.splitbench("run", self.scenario, "--output-dir", "result")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        again = self.splitbench("report", "result")
        self.assertEqual(again.returncode, 0)
        self.assertEqual(done.stdout, again.stdout + "\nresult folder: result\n")

    def test_the_resolved_scenario_runs_again_on_the_same_bytes(self):
        first = self.run_and_expect_sound(arms="[splitzip]", workload__requests=3)
        resolved = first.folder / "scenario.yaml"
        second = self.run_scenario({}, scenario=resolved, into="again")
        self.assertEqual((second.folder / "scenario.yaml").read_text(), resolved.read_text())
        for key in ("id", "kv_hash", "wire_bytes", "escapes"):
            self.assertEqual(*[[row[key] for row in r.requests] for r in (first, second)])

    def test_another_seed_makes_other_bytes(self):
        keys = {"arms": "[raw]", "workload.requests": 2}
        hashes = [
            {row["kv_hash"] for row in self.run_scenario(keys, "--seed", seed).requests}
            for seed in (1, 2)
        ]
        self.assertTrue(hashes[0].isdisjoint(hashes[1]))

    def test_warm_up_requests_are_not_reported(self):
        result = self.run_and_expect_sound(arms="[raw]", workload__warmup=2)
        self.assertEqual([row["id"] for row in result.requests], list(range(2, 8)))

    def test_batches_over_several_workers(self):
        result = self.run_and_expect_sound(
            workers__prefill=2,
            workers__decode=2,
            workload__batch_size=2,
            workload__arrivals="poisson",
            workload__rate="50 /s",
            dispatch="least_loaded",
        )
        self.assertTrue(all(len(row["requests"]) == 2 for row in result.transfers))

    def test_a_last_batch_that_is_not_full(self):
        keys = {"workload.concurrency": 6, "workload.batch_size": 4}
        result = self.run_scenario({**keys, "arms": "[splitzip]"})
        self.expect_sound(result)
        self.assertEqual([len(row["requests"]) for row in result.transfers], [4, 2])

    def test_a_closed_loop_of_several_clients(self):
        self.run_and_expect_sound(workload__concurrency=3)

    def test_stages_one_after_the_other(self):
        result = self.run_and_expect_sound(pipeline="off")
        for row in result.requests:
            hidden = [ns for key, ns in row.items() if key.endswith("_hidden_ns")]
            self.assertEqual(sum(hidden), 0, row)

    def test_a_request_as_one_group(self):
        self.run_and_expect_sound(granularity="request")

    def test_staging_memory_smaller_than_a_request(self):
        self.run_and_expect_sound(staging="1 MB")

    def test_verification_on_the_critical_path(self):
        result = self.run_and_expect_sound(verify="inline")
        self.assertTrue(all(row["verify_ns"] > 0 for row in result.requests))

    def test_no_verification(self):
        result = self.run_scenario({"verify": "off"})
        self.expect_sound(result, verified=False)

    def test_no_compute(self):
        result = self.run_and_expect_sound(compute="none")
        for row in result.requests:
            self.assertEqual((row["prefill_compute_ns"], parts_of(row)["prefill_compute"]), (0, 0))

    def test_one_transfer_after_the_other(self):
        keys = {"workers.prefill": 2, "workload.concurrency": 2, "link.discipline": "fifo"}
        self.expect_sound(self.run_scenario(keys))

    def test_a_model_with_latent_attention(self):
        result = self.run_scenario({"model": "deepseek-v3", "workload.requests": 3})
        self.expect_sound(result, model="deepseek-v3")


if __name__ == "__main__":
    unittest.main()
