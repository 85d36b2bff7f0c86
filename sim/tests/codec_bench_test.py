"""The codec against the clock: what is measured is right and complete. How fast it is, is not asked here."""

import csv
import io
import json
import random
import struct
import unittest

from testing import ProgramTest


class CodecBenchTest(ProgramTest):
    SMALL = ["codec", "bench", "--backend", "cpu", "--bytes", "1 MiB,3 MiB", "--repeats", "3"]

    def test_json_has_a_row_a_case(self):
        result = self.splitbench(
            *self.SMALL,
            "--type",
            "bf16,fp8_e5m2",
            "--escapes",
            "0.01",
            "--tensors",
            "1,4",
            "--format",
            "json",
        )
        self.assertEqual(result.returncode, 0, result.stderr)
        report = json.loads(result.stdout)
        self.assertEqual(len(report["rows"]), 8)
        self.assertGreater(report["copy_bytes_per_s"], 0)
        for row in report["rows"]:
            self.assertEqual(row["backend"], "cpu")
            self.assertEqual(row["destination"], "host")
            self.assertAlmostEqual(row["escape_rate"], 0.01, delta=0.001)
            ceiling = 4 / 3 if row["element_type"] == "bf16" else 8 / 7
            self.assertLess(row["ratio"], ceiling)
            self.assertGreater(
                row["ratio"], 0.95 * ceiling - (0.2 if row["element_type"] != "bf16" else 0)
            )
            self.assertGreater(row["encode_bytes_per_s"], 0)
            self.assertGreater(row["decode_bytes_per_s"], 0)

    def test_csv_and_table_show_the_same_cases(self):
        rows = list(
            csv.DictReader(io.StringIO(self.splitbench(*self.SMALL, "--format", "csv").stdout))
        )
        self.assertEqual([int(row["bytes"]) for row in rows], [1 << 20, 3 << 20])
        table = self.splitbench(*self.SMALL).stdout
        self.assertIn("1 MiB", table)
        self.assertIn("3 MiB", table)

    def test_the_published_codec_is_refused_where_it_has_nothing_to_do(self):
        (self.folder / "codec_gpu.py").touch()
        for options, message in (
            (["--reference", self.folder / "nowhere"], "a checkout of github.com/"),
            (["--reference", self.folder], "one tensor of bf16 in a GPU's memory"),
            (["--reference", self.folder, "--codebook", "kv.json"], "expected one of them"),
        ):
            result = self.splitbench(*self.SMALL, *options)
            self.assertEqual(result.returncode, 2, result.stderr)
            self.assertIn(message, result.stderr)

    def test_a_shape_is_a_ranks_tensors_in_whole_tokens(self):
        rows = self.rows(
            *("--shape", "llama-3.1-8b:tp=4:layers=4,deepseek-v3:layers=2"),
            *("--bytes", "1 MB", "--codec", "splitzip,ranked"),
        )
        self.assertEqual([row["tensors"] for row in rows], [8, 8, 2, 2])
        for row, token in zip(rows, [512, 512, 1152, 1152], strict=True):
            each = 1_000_000 // row["tensors"] // token * token
            self.assertEqual(row["bytes"], row["tensors"] * each)
            self.assertEqual((row["page_bytes"], row["shape"][-9:-1]), (0, ":layers="))
        for options, message in (
            (["--shape", "qwen3-32b:page=16"], "in pages, expected --backend cuda"),
            (["--shape", "qwen3-32b", "--tensors", "4"], "--tensors and --shape, expected one"),
            (["--shape", "qwen3-32b", "--bytes", "1 kB"], "less than a token of its 128 tensors"),
            (["--shape", "qwen3-32b:tp=5"], "5 ranks for the 8 KV heads of qwen3-32b"),
        ):
            refused = self.refused("codec", "bench", "--backend", "cpu", *options)
            self.assertIn(message, refused)

    def rows(self, *options):
        result = self.splitbench(
            "codec", "bench", "--backend", "cpu", "--repeats", "1", "--format", "json", *options
        )
        self.assertEqual(result.returncode, 0, result.stderr)
        return json.loads(result.stdout)["rows"]

    def baselines_of(self, library):
        """Their rows, of 2 MiB; skips where the program was built without them."""
        options = ["--backend", "cpu", "--codec", library, "--bytes", "1 MiB", "--repeats", "1"]
        result = self.splitbench("codec", "bench", *options)
        if "built without it" in result.stderr:
            self.skipTest(result.stderr.strip())
        return self.rows("--codec", library, "--bytes", "2 MiB")

    def test_baselines_are_measured_beside_ours_in_the_same_case(self):
        for row in self.rows("--codec", "all", "--bytes", "2 MiB"):
            self.assertEqual(row["bytes"], 2 << 20)
            self.assertEqual(
                row["chunk_bytes"] == 0, row["codec"] in ("bypass", "splitzip", "ranked")
            )
            self.assertGreater(row["ratio"], 0.99)
            self.assertGreater(row["encode_bytes_per_s"], 0)
            self.assertGreater(row["decode_bytes_per_s"], 0)

    def test_a_name_stands_for_all_that_begin_with_it(self):
        ratios = {row["codec"]: row["ratio"] for row in self.baselines_of("zstd")}
        self.assertEqual(
            set(ratios),
            {"zstd-huffman-planes", "zstd-1", "zstd-1-planes", "zstd-3", "zstd-3-planes"},
        )
        for row in self.rows("--codec", "zstd-1", "--bytes", "2 MiB"):
            self.assertEqual(row["codec"], "zstd-1")

    def test_planes_are_what_a_byte_wise_coder_needs(self):
        ratios = {
            row["codec"]: row["ratio"]
            for row in self.baselines_of("zstd") + self.baselines_of("lz4,lz4-planes")
        }
        for name in ("zstd-1", "zstd-3", "lz4"):
            self.assertGreater(ratios[f"{name}-planes"], ratios[name])
        self.assertGreater(ratios["zstd-huffman-planes"], 4 / 3)

    def dump(self, tokens=64):
        """Two tensors of one layer; no codebook can serve both."""
        draw = random.Random(1)
        elements = [
            draw.getrandbits(7) | exponent << 7
            for first in (100, 140)
            for exponent in (first + draw.randrange(16) for _ in range(tokens * 64))
        ]
        self.write("kv.json", json.dumps({"dtype": "bfloat16", "shape": [1, 2, tokens, 64]}))
        return self.write("kv.bf16", struct.pack(f"<{len(elements)}H", *elements))

    def test_a_dump_s_tensors_are_coded_as_they_are_each_with_its_own_codebook(self):
        (row,) = self.rows("--data", self.dump(), "--bytes", "1 MiB")
        self.assertEqual(row["escape_rate"], 0)
        self.assertEqual(row["tensors"], (1 << 20) // (64 * 64 * 2))

    def test_codebooks_of_a_file_say_what_has_a_code(self):
        dump = self.dump()

        def calibrated(scope):
            done = self.splitbench(
                "codec", "calibrate", dump, "-o", f"{scope}.json", "--scope", scope
            )
            self.assertEqual(done.returncode, 0, done.stderr)
            return f"{scope}.json"

        options = ("--codec", "splitzip,ranked", "--data", dump, "--bytes", "1 MiB")
        measured = {"own": self.rows(*options)} | {
            scope: self.rows(*options, "--codebook", calibrated(scope))
            for scope in ("per_layer_kv", "global")
        }
        for own, same, shared in zip(*measured.values()):
            self.assertEqual(
                (own["ratio"], own["escape_rate"]), (same["ratio"], same["escape_rate"])
            )
            self.assertLess(shared["ratio"], own["ratio"])
            self.assertGreater(shared["escape_rate"], 0.3)
        (row,) = self.rows("--like", dump, "--bytes", "1 MiB", "--codebook", "global.json")
        self.assertAlmostEqual(row["escape_rate"], measured["global"][0]["escape_rate"], delta=0.01)

    def test_codebooks_that_would_change_nothing_or_do_not_fit_are_refused(self):
        dump = self.dump()
        for scope in ("per_layer_kv", "global"):
            self.splitbench("codec", "calibrate", dump, "-o", f"{scope}.json", "--scope", scope)
        for words, options in {
            "has no codebook": ("--codec", "bypass", "--codebook", "global.json"),
            "expected one of them": ("--escapes", "0.01", "--codebook", "global.json"),
            "but the elements are fp8_e5m2": ("--type", "fp8_e5m2", "--codebook", "global.json"),
            "calibrate with --scope global": ("--codebook", "per_layer_kv.json"),
            "expected a file of codebooks": ("--codebook", "kv.json"),
            "no such file": ("--codebook", "nowhere.json"),
        }.items():
            self.assertIn(words, self.refused("codec", "bench", "--backend", "cpu", *options))

    def test_a_repeated_dump_gives_no_baseline_repeats_to_find(self):
        dump = self.dump()
        self.baselines_of("zstd")
        apart, joined = [
            self.rows(
                "--codec", "zstd-3", "--data", dump, "--bytes", "1 MiB", "--tensors", tensors
            )[0]
            for tensors in ("0", "2")
        ]
        self.assertLessEqual(joined["chunk_bytes"], 64 * 64 * 2)
        self.assertAlmostEqual(joined["ratio"], apart["ratio"], delta=0.02)
        options = [
            "--codec",
            "zstd-3",
            "--data",
            dump,
            "--bytes",
            "1 MiB",
            "--tensors",
            "2",
            "--chunk",
            "16 KiB",
        ]
        self.assertIn(
            "repeat after 8192", self.refused("codec", "bench", "--backend", "cpu", *options)
        )

    def test_wrong_options_are_named(self):
        for option, value, words in [
            ("--type", "bf17", "bf17"),
            ("--escapes", "2", "expected 0 to 1"),
            ("--bytes", "64", "no unit"),
            ("--backend", "tpu", "expected"),
            ("--like", "nowhere.bf16", "nowhere.bf16"),
            ("--repeats", "0", "at least 1"),
            ("--codec", "gzip", "expected all, bypass, splitzip"),
            ("--chunk", "100 B", "multiple of 256 B"),
        ]:
            backend = [] if option == "--backend" else ["--backend", "cpu"]
            self.assertIn(words, self.refused("codec", "bench", *backend, option, value))


if __name__ == "__main__":
    unittest.main()
