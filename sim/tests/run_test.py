"""Real runs of every kind: real processes, real bytes, and for each request a row that adds up."""

import os
import unittest
from unittest import mock

from testing import ProgramTest
from valid_result import DEEPSEEK_V3, LLAMA_1B, expect_sound

ARMS = ["raw", "bypass", "splitzip"]


class RunTest(ProgramTest):
    def sound_run(self, keys):
        result = self.run_scenario(keys)
        expect_sound(self, result)
        return result

    # What a run leaves behind

    def test_repeats_are_interleaved_over_arms(self):
        result = self.sound_run({"repeats": 2})
        runs = [(row["arm"], row["repeat"]) for row in result.requests]
        self.assertEqual(runs, [(arm, n) for n in (0, 1) for arm in ARMS for _ in range(6)])

    def test_the_report_has_the_keys_that_scripts_rely_on(self):
        report = self.sound_run({"repeats": 2, "slo.ttft": "1 s"}).report
        self.assertEqual(
            {
                "schema_version",
                "meta",
                "columns",
                "rows",
                "axes",
                "incidents",
                "histograms",
                "series",
            },
            set(report),
        )
        meta = {"scenario", "seed", "seeds", "time", "backend", "valid", "warnings"}
        self.assertLessEqual(meta, set(report["meta"]))
        self.assertEqual((report["meta"]["time"], report["meta"]["scenario"]), ("real", "small"))
        for column in report["columns"]:
            self.assertEqual({"key", "title", "unit", "better"}, set(column))

        keys = {column["key"] for column in report["columns"]}
        for latency in ("ttft", "transfer", "exposed_transfer", "tpot", "e2el"):
            percentiles = ("p50", "p75", "p90", "p95", "p99", "p99_9")
            self.assertLessEqual({f"{latency}_{p}" for p in percentiles}, keys)
        figures = "request_throughput output_throughput compression_ratio escape_rate wire_bytes"
        checks = "link_rate_achieved intrusion stage_inflation slo_attainment request_goodput"
        self.assertLessEqual({*figures.split(), *checks.split()}, keys)

        self.assertEqual([row["axes"]["arm"] for row in report["rows"]], ARMS)
        for row in report["rows"]:
            always = {"axes", "values", "spread", "ci95", "invalid", "status", "verdict", "folder"}
            self.assertEqual(always | {"repeats"}, set(row))
            self.assertLessEqual(set(row["values"]) | set(row["spread"]), keys)

    def test_memory_that_the_device_does_not_have_is_warned_of(self):
        keys = {"time": "virtual", "hardware": "h200", "compute": "timed", "workload.requests": 2}
        model = {
            "model": "llama-3.1-8b",
            "workload.context": 524_288,
            "link.bandwidth": "400 Gbit/s",
        }
        # 131,072 bytes a token: 68.7 GB a job, of which the pools hold two and four; an H200 has 150.1 GB.
        for scale, expected in (
            (1, ["decode_memory of 274.9 GB is more than the 150.1 GB of h200"]),
            (2, []),
        ):
            result = self.run_scenario(
                {**keys, **model, "compute_scale": scale}, into=f"times {scale}"
            )
            warnings = result.report["meta"]["warnings"]
            self.assertEqual(len(warnings), len(expected), warnings)
            for warning, part in zip(warnings, expected, strict=True):
                self.assertIn(part, warning)
            self.assertTrue(result.report["meta"]["valid"])

    def test_stdout_is_the_table_of_the_stored_report(self):
        done = self.splitbench("run", self.scenario, "--output-dir", "result")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        again = self.splitbench("report", "result")
        self.assertEqual(again.returncode, 0)
        self.assertEqual(done.stdout, again.stdout + "\nresult folder: result\n")

    def test_the_resolved_scenario_runs_again_on_the_same_bytes(self):
        first = self.sound_run({"arms": "[splitzip]", "workload.requests": 3})
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
        result = self.sound_run({"arms": "[raw]", "workload.warmup": 2})
        self.assertEqual([row["id"] for row in result.requests], list(range(2, 8)))

    # The ways in which requests come and are handed out

    def test_batches_over_several_workers(self):
        poisson = {"workload.arrivals": "poisson", "workload.rate": "50 /s"}
        workers = {"workers.prefill": 2, "workers.decode": 2, "dispatch": "least_loaded"}
        result = self.sound_run({**poisson, **workers, "workload.batch_size": 2})
        self.assertTrue(all(len(row["requests"]) == 2 for row in result.transfers))

    def test_a_last_batch_that_is_not_full(self):
        batches = {"workload.concurrency": 6, "workload.batch_size": 4}
        result = self.sound_run({**batches, "arms": "[splitzip]"})
        self.assertEqual([len(row["requests"]) for row in result.transfers], [4, 2])

    def test_a_closed_loop_of_several_clients(self):
        self.sound_run({"workload.concurrency": 3})

    # The ways in which the KV travels

    def test_stages_one_after_the_other(self):
        result = self.sound_run({"pipeline": "off"})
        for row in result.requests:
            hidden = {key: row[key] for key in row if key.endswith("_hidden_ns")}
            del hidden["xfer_queue_hidden_ns"]  # a chunk may wait while another one travels
            self.assertEqual(sum(hidden.values()), 0, row)

    def test_a_request_as_one_group(self):
        self.sound_run({"granularity": "request"})
        self.sound_run({"granularity": "prefill-chunk", "prefill_chunk": 64})
        self.sound_run({"engine_preset": "sglang-mooncake"})

    def test_staging_memory_smaller_than_a_request(self):
        self.sound_run({"staging": "1 MB"})

    def test_one_transfer_after_the_other(self):
        clients = {"workers.prefill": 2, "workload.concurrency": 2}
        self.sound_run({**clients, "link.discipline": "fifo"})

    def test_verification_on_the_critical_path(self):
        result = self.sound_run({"verify": "inline"})
        self.assertTrue(all(row["verify_ns"] > 0 for row in result.requests))

    def test_no_verification(self):
        result = self.run_scenario({"verify": "off"})
        expect_sound(self, result, verified=False)

    def test_no_compute(self):
        result = self.sound_run({"compute": "none"})
        self.assertEqual({row["prefill_compute_ns"] for row in result.requests}, {0})

    def test_a_codec_that_the_policy_never_lets_work(self):
        keys = {"arms": "[splitzip]", "drift.policy": "fallback", "link.bandwidth": "unlimited"}
        result = self.run_scenario(keys)
        self.assertTrue(all(row["verified"] for row in result.requests))
        for row in result.transfers:
            self.assertGreater(row["wire_bytes"], row["raw_bytes"])

    def test_a_model_with_latent_attention(self):
        result = self.run_scenario({"model": "deepseek-v3", "workload.requests": 3})
        expect_sound(self, result, bytes_per_token=DEEPSEEK_V3)

    def test_fp8(self):
        result = self.run_scenario({"kv_dtype": "fp8_e5m2", "workload.context": 128})
        expect_sound(self, result, bytes_per_token=LLAMA_1B // 2)
        self.assertEqual(result.report["meta"]["kv_dtype"], "fp8_e5m2")
        self.assertAlmostEqual(result.values("splitzip")["compression_ratio"], 8 / 7, delta=0.02)

    # The ways in which payloads get from worker to worker

    def test_shared_memory_carries_the_same_bytes_as_sockets(self):
        for counts in ({}, {"workers.prefill": 2, "workers.decode": 2, "workload.concurrency": 4}):
            with self.subTest(**counts):
                over = {
                    kind: self.sound_run({**counts, "backend": "cpu", "transport": kind})
                    for kind in ("tcp", "shm")
                }
                meta = over["shm"].report["meta"]
                self.assertTrue(meta["transport"].startswith("shm, "), meta)
                for key in ("id", "arm", "kv_hash", "wire_bytes", "escapes"):
                    columns = ([row[key] for row in run.requests] for run in over.values())
                    self.assertEqual(*columns)

    def test_slots_of_shared_memory_are_used_again_and_again(self):
        self.sound_run({"backend": "cpu", "transport": "shm", "staging": "1 MB", "repeats": 2})

    def test_p2p_needs_gpus(self):
        command = ("run", self.scenario, "--set", "transport=peer")
        with mock.patch.dict(os.environ, {"CUDA_VISIBLE_DEVICES": ""}):
            done = self.splitbench(*command)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("transport: peer is between GPUs", done.stderr)


if __name__ == "__main__":
    unittest.main()
