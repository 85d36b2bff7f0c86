"""Encoding and decoding files: bit for bit, and a damaged file is refused without a trace."""

import collections
import csv
import io
import json
import math
import os
import random
import struct
import unittest

from testing import DUMPS, ROOT, ProgramTest

KEYS = [
    "element_type",
    "elements",
    "raw_bytes",
    "frame_bytes",
    "ratio",
    "escapes",
    "escape_rate",
    "published_layout_ratio",
    "codebooks",
]


STATS_KEYS = [
    "elements",
    "raw_bytes",
    "entropy_bits",
    "top_7",
    "top_8",
    "top_15",
    "top_16",
    "escapes",
    "escape_rate",
    "frame_bytes",
    "ratio",
    "ideal_ratio",
]

CASES = ROOT.parent / "shared/cases"
FP8 = {"e5m2": (15, 2), "e4m3": (7, 3)}  # bias, bits of mantissa


def bfloat16(values):
    return b"".join(struct.pack("<f", value)[2:] for value in values)


def fp8(values, kind):
    """Cut to fp8, subnormals to zero: near enough for a test of a lossless codec."""
    bias, mantissa_bits = FP8[kind]
    elements = bytearray()
    for value in values:
        sign = 0x80 if value < 0 else 0
        mantissa, exponent = math.frexp(abs(value))
        exponent += bias - 1
        field = int((2 * mantissa - 1) * (1 << mantissa_bits)) if exponent > 0 else 0
        elements.append(sign | max(exponent, 0) << mantissa_bits | field)
    return bytes(elements)


def safetensors(tensors, metadata=None):
    """Of (name, dtype, shape, bytes), the header padded as the format's own writer pads it."""
    header = {"__metadata__": metadata} if metadata else {}
    end = 0
    for name, dtype, shape, raw in tensors:
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [end, end + len(raw)]}
        end += len(raw)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + b"".join(raw for *_, raw in tensors)


class CodecCliTest(ProgramTest):
    def setUp(self):
        super().setUp()
        draw = random.Random(1)
        self.values = [draw.gauss(0, 1) for _ in range(100_000)]
        self.plain = self.write("kv.bf16", bfloat16(self.values))

    def codec(self, *arguments):
        done = self.splitbench("codec", *arguments)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout

    def expect_round_trip(self, plain, *options):
        self.codec("encode", plain, "there.frames", *options)
        self.codec("decode", "there.frames", "back.bf16")
        self.assertTrue((self.folder / "back.bf16").read_bytes() == plain.read_bytes(), plain)

    def json_of(self, *arguments):
        return json.loads(self.codec(*arguments, "--format", "json"))

    def cache(self):
        """A cache of two layers: K in bf16, V in fp8."""
        tensors = []
        for layer in range(2):
            values = self.values[layer * 20_000 :][:20_000]
            tensors.append((f"layers.{layer}.k", "BF16", [10, 2000], bfloat16(values)))
            tensors.append((f"layers.{layer}.v", "F8_E4M3", [20_000], fp8(values, "e4m3")))
        return self.write("cache.safetensors", safetensors(tensors, {"format": "pt"}))

    def refusal(self, *arguments):
        before = sorted(os.listdir(self.folder))
        [line] = self.refused("codec", *arguments).splitlines()
        self.assertEqual(sorted(os.listdir(self.folder)), before)
        return line

    def expect_damage_is_found(self, good, position, bits):
        with self.subTest(position=position):
            bad = bytearray(good)
            bad[position] ^= bits
            self.write("bad.frames", bytes(bad))
            self.assertIn("bad.frames", self.refusal("decode", "bad.frames", "back.bf16"))

    def test_gives_back_what_it_was_given(self):
        self.expect_round_trip(self.plain)
        self.expect_round_trip(self.write("noise.bf16", os.urandom(200_000)))
        self.expect_round_trip(self.write("zeros.bf16", bytes(200_000)))
        self.expect_round_trip(self.write("one.bf16", b"\x80\x3f"))
        self.expect_round_trip(self.write("none.bf16", b""))

    def test_gives_back_what_it_was_given_as_ranked_frames(self):
        ranked = ("--codec", "ranked")
        for plain in (
            self.plain,
            self.write("noise.bf16", os.urandom(200_000)),
            self.write("zeros.bf16", bytes(200_000)),
            self.write("none.bf16", b""),
            *(self.write(f"kv.{kind}", fp8(self.values, kind)) for kind in FP8),
        ):
            self.expect_round_trip(plain, *ranked)
        self.codec("encode", self.cache(), "there.frames", *ranked)
        self.codec("decode", "there.frames", "back.safetensors")
        back = (self.folder / "back.safetensors").read_bytes()
        self.assertEqual(back, (self.folder / "cache.safetensors").read_bytes())

    def test_ranked_frames_are_shorter_and_inspect_tells_the_kinds_apart(self):
        said = {}
        for codec in ("splitzip", "ranked"):
            self.codec("encode", self.plain, f"{codec}.frames", "--codec", codec)
            said[codec] = self.json_of("inspect", f"{codec}.frames")
            self.assertLessEqual(set(KEYS), set(said[codec]))
            self.assertEqual(said[codec]["codec"], codec)
            self.assertEqual(said[codec]["raw_bytes"], 200_000)
            [codebook] = said[codec]["codebooks"]
            self.assertEqual(codebook["codec"], codec)
        self.assertGreater(said["ranked"]["ratio"], 1.05 * said["splitzip"]["ratio"])
        exponents = [codebook["exponents"] for s in said.values() for codebook in s["codebooks"]]
        self.assertEqual([len(each) for each in exponents], [16, 13])
        words = struct.iter_unpack("<H", self.plain.read_bytes())
        escaped = sum(word >> 7 & 0xFF not in exponents[1] for (word,) in words)
        self.assertEqual(said["ranked"]["escapes"], escaped)
        self.assertGreater(escaped, 0)
        default = self.codec("encode", self.plain, "default.frames")
        self.assertIn("default.frames: 1 frames", default)
        frames = [(self.folder / f"{name}.frames").read_bytes() for name in ("default", "splitzip")]
        self.assertEqual(*frames)

    def test_a_shape_gives_each_tensor_a_ranked_codebook_too(self):
        self.write("kv.json", json.dumps({"shape": [5, 2, 100, 100]}))
        self.expect_round_trip(self.plain, "--codec", "ranked")
        said = self.json_of("inspect", "there.frames")
        self.assertEqual((said["frames"], said["codec"]), (10, "ranked"))
        self.assertGreater(len(said["codebooks"]), 1)

    def test_a_codebook_file_from_before_ranked_frames_serves_them(self):
        self.codec("calibrate", self.plain, "-o", "new.json", "--scope", "global")
        book = json.loads((self.folder / "new.json").read_text())
        self.assertEqual(len(book["codebooks"][0].pop("ranked")["exponents"]), 13)
        self.write("old.json", json.dumps(book))
        for name in ("new", "old"):
            options = ("--codec", "ranked", "--codebook", f"{name}.json")
            self.codec("encode", self.plain, f"{name}.frames", *options)
        frames = [(self.folder / f"{name}.frames").read_bytes() for name in ("new", "old")]
        self.assertEqual(*frames)

    def test_refuses_a_codec_that_makes_no_frames(self):
        said = self.refusal("encode", self.plain, "kv.frames", "--codec", "lz4")
        self.assertIn("codec encode: --codec lz4, expected one of splitzip, ranked", said)

    def test_gives_back_real_kv(self):
        for dump in DUMPS:
            self.expect_round_trip(dump)
            encoded = (self.folder / "there.frames").stat().st_size
            self.assertLess(1.327 * encoded, dump.stat().st_size)

    def test_gives_back_fp8(self):
        for kind in FP8:
            plain = self.write(f"kv.{kind}", fp8(self.values, kind))
            self.expect_round_trip(plain)
            said = self.json_of("inspect", "there.frames")
            self.assertEqual(said["element_type"], f"fp8_{kind}")
            self.assertEqual((said["elements"], said["raw_bytes"]), (100_000, 100_000))
            self.assertTrue(1 < said["ratio"] < 8 / 7)
            self.expect_round_trip(self.write(f"noise.{kind}", os.urandom(100_001)))
            self.expect_round_trip(self.write(f"all.{kind}", bytes(range(256)) * 3))

    def test_the_type_of_raw_elements_can_be_said(self):
        plain = self.write("kv.bin", fp8(self.values, "e5m2"))
        self.codec("encode", plain, "there.frames", "--type", "fp8_e5m2", "--threads", "2")
        self.assertEqual(self.json_of("inspect", "there.frames")["element_type"], "fp8_e5m2")
        self.codec("decode", "there.frames", "back.bin", "--threads", "1")
        self.assertEqual((self.folder / "back.bin").read_bytes(), plain.read_bytes())

    def test_gives_back_a_safetensors_file_with_its_header(self):
        plain = self.cache()
        self.codec("encode", plain, "there.frames")
        self.codec("decode", "there.frames", "back.safetensors")
        self.assertEqual((self.folder / "back.safetensors").read_bytes(), plain.read_bytes())
        said = self.json_of("inspect", "there.frames")
        self.assertEqual((said["element_type"], said["frames"]), ("mixed", 4))
        self.assertEqual(said["raw_bytes"], 2 * (40_000 + 20_000))
        self.assertLess((self.folder / "there.frames").stat().st_size, plain.stat().st_size)

    def test_carries_tensors_of_other_types_along(self):
        halves = struct.pack("<500e", *(random.Random(4).gauss(0, 1) for _ in range(500)))
        tensors = [
            ("layers.0.k", "U8", [2000], fp8([1.0, -1.5, 2.0, 3.0] * 500, "e4m3")),
            ("layers.0.k_scale", "F32", [1], struct.pack("<f", 0.25)),
            ("layers.0.v", "F16", [500], halves),
            ("positions", "I64", [2], struct.pack("<2q", 7, 8)),
        ]
        plain = self.write("foreign.safetensors", safetensors(tensors))
        exponents = collections.Counter(
            word >> 10 & 31 for (word,) in struct.iter_unpack("<H", halves)
        )
        entropy = -sum(n / 500 * math.log2(n / 500) for n in exponents.values())
        covered = sum(n for _, n in exponents.most_common(16)) / 500
        for options in ([], ["--type", "fp8_e4m3"]):
            self.codec("encode", "foreign.safetensors", "there.frames", *options)
            self.codec("decode", "there.frames", "back.safetensors")
            self.assertEqual((self.folder / "back.safetensors").read_bytes(), plain.read_bytes())
            stats = self.json_of("stats", "foreign.safetensors", *options)
            self.assertEqual(len(stats["rows"]), len(options) // 2)
            (half,) = (row for row in stats["carried"] if row["element_type"] == "F16")
            self.assertAlmostEqual(half["entropy_bits"], entropy)
            self.assertAlmostEqual(half["top_16"], covered)

    def test_the_dumps_of_other_programs_come_back(self):
        files = sorted(CASES.glob("c[34]*.safetensors"))
        if not files:
            self.skipTest(f"no dumps in {CASES}")
        for file in files:
            with self.subTest(file.name):
                self.codec(
                    "encode",
                    file,
                    "there.frames",
                    *(["--type", "fp8_e4m3"] if "dsa" in file.name else []),
                )
                self.codec("decode", "there.frames", "back.safetensors")
                self.assertEqual((self.folder / "back.safetensors").read_bytes(), file.read_bytes())
                self.codec("stats", file)

    def test_frames_of_a_safetensors_file_that_an_earlier_version_wrote_decode(self):
        for seed in ("seed_splitzip", "seed_ranked"):
            contents = (ROOT / "sim/fuzz/corpus/encoded_file" / seed).read_bytes()[
                1:
            ]  # flags, then the file
            self.write("earlier.frames", contents)
            self.codec("decode", "earlier.frames", "back.safetensors")
            back = (self.folder / "back.safetensors").read_bytes()
            (length,) = struct.unpack("<Q", back[:8])
            self.assertEqual(len(json.loads(back[8 : 8 + length])), 4)
            self.assertIn(back[: 8 + length], contents)
            self.assertEqual(len(back), 8 + length + 192)

    def test_refuses_headers_that_it_does_not_take(self):
        good = self.cache().read_bytes()
        bad_files = {
            "cut": good[:-1],
            "longer": good + b"\0",
            "short header": good[:100],
            "huge header": b"\xff" * 8 + good[8:],
            "overlap": good.replace(b"[0, 40000]", b"[1, 40001]"),
            "twice": good.replace(b"layers.1.k", b"layers.0.k"),
            "empty": b"",
        }
        for what, contents in bad_files.items():
            with self.subTest(what):
                self.write("bad.safetensors", contents)
                said = self.refusal("encode", "bad.safetensors", "there.frames")
                self.assertIn("bad.safetensors: ", said)

    def test_stats_predict_what_encode_makes(self):
        self.cache()
        for plain in (self.plain, "cache.safetensors"):
            total = self.json_of("stats", plain)["total"]
            self.assertLessEqual(set(STATS_KEYS), set(total))
            self.codec("encode", plain, "there.frames")
            made = self.json_of("inspect", "there.frames")
            for key in ("elements", "raw_bytes", "escapes", "frame_bytes", "ratio"):
                self.assertEqual(total[key], made[key], key)
            self.assertLess(total["ratio"], total["ideal_ratio"])

    def test_stats_entropy_is_that_of_the_exponents(self):
        words = struct.iter_unpack("<H", self.plain.read_bytes())
        counts = collections.Counter(word >> 7 & 0xFF for (word,) in words)
        entropy = -sum(n / 1e5 * math.log2(n / 1e5) for n in counts.values())
        [row] = self.json_of("stats", self.plain)["rows"]
        self.assertAlmostEqual(row["entropy_bits"], entropy, places=9)
        top_8 = sum(n for _, n in counts.most_common(8)) / 1e5
        self.assertAlmostEqual(row["top_8"], top_8, places=9)
        self.assertEqual(row["histogram"], {str(e): n for e, n in counts.items()})

    def test_stats_come_as_table_and_csv(self):
        self.cache()
        table = self.codec("stats", "cache.safetensors", "--histogram")
        for part in ("layers.1.v", "fp8_e4m3", "total", "\u2588"):
            self.assertIn(part, table)
        rows = list(csv.DictReader(io.StringIO(self.codec("stats", self.plain, "--format", "csv"))))
        self.assertEqual(rows[0]["elements"], "100000")

    def test_calibrations_merge_and_compare_without_the_elements(self):
        wider = self.write("wider.bf16", bfloat16(8 * value for value in self.values))
        for name, plain in (("a", self.plain), ("b", wider)):
            self.codec("calibrate", plain, "-o", f"{name}.json", "--scope", "global")
        self.plain.unlink()
        wider.unlink()
        self.codec("calibrate", "a.json", "b.json", "-o", "both.json", "--scope", "global")
        [both] = json.loads((self.folder / "both.json").read_text())["codebooks"]
        self.assertEqual(both["elements"], 200_000)
        [row] = self.json_of("compare", "a.json", "b.json")["rows"]
        self.assertTrue(0 < row["jensen_shannon_bits"] < row["total_variation"] < 1)
        self.assertGreater(row["escape_rate_a_on_b"], row["escape_rate_b_on_b"])
        [row] = self.json_of("compare", "a.json", "a.json")["rows"]
        self.assertEqual((row["jensen_shannon_bits"], row["total_variation"]), (0, 0))
        self.assertIn("all tensors", self.codec("compare", "a.json", "both.json"))

    def test_calibrates_one_codebook_for_each_tensor_that_a_shape_names(self):
        shape = [5, 2, 100, 100]
        self.write("kv.json", json.dumps({"shape": shape}))
        self.expect_round_trip(self.plain)
        said = json.loads(self.codec("inspect", "there.frames", "--format", "json"))
        self.assertEqual(said["frames"], 10)

    def test_a_scenario_takes_the_profile_of_a_dump_and_keeps_it(self):
        self.assertIn("kv.json: no such file, expected", self.refusal("profile", self.plain))
        self.write("kv.json", json.dumps({"shape": [5, 2, 100, 100]}))
        self.codec("profile", self.plain, "-o", "mine.yaml")
        mine = (self.folder / "mine.yaml").read_text()
        self.assertEqual(self.codec("profile", self.plain), mine)
        self.assertRegex(mine, r"name: kv\nprovenance: fitted to kv.bf16\nk:\n  scale: \[[01]\.")
        virtual = ("--time", "virtual")
        self.run_scenario({"kv.profile": "mine.yaml"}, *virtual)
        kept = self.folder / "result/scenario.yaml"
        self.assertIn("fitted to kv.bf16", kept.read_text())
        self.run_scenario({}, *virtual, scenario=kept, into="again")
        report = (self.folder / "result/report.json").read_bytes()
        self.assertEqual((self.folder / "again/report.json").read_bytes(), report)

    def test_a_safetensors_cache_is_a_dump_of_a_scenario_and_has_a_profile(self):
        raw = bfloat16(self.values[:8192])
        names = [f"layers.{layer}.self_attn.{kind}" for layer in range(2) for kind in "kv"]
        tensors = [(name, "BF16", [1, 4, 32, 64], raw) for name in names]
        self.write("cache.safetensors", safetensors(tensors))
        self.assertIn("name: cache\n", self.codec("profile", "cache.safetensors"))
        keys = {"kv.source": "dump", "kv.dump": "cache.safetensors"}
        self.assertTrue(self.run_scenario(keys, "--time", "virtual").report["meta"]["valid"])
        self.write("cache.safetensors", safetensors(tensors[:3]))
        self.assertIn("no tensor is layer 1, v", self.refusal("profile", "cache.safetensors"))

    def test_encodes_with_a_codebook_of_another_file(self):
        self.codec("calibrate", self.plain, "-o", "codebooks.json")
        other = self.write("other.bf16", bfloat16(3.0 * i for i in range(1, 50_000)))
        self.codec("encode", other, "there.frames", "--codebook", "codebooks.json")
        self.codec("decode", "there.frames", "back.bf16")
        self.assertEqual((self.folder / "back.bf16").read_bytes(), other.read_bytes())

    def test_inspect_has_the_keys_that_scripts_rely_on(self):
        self.codec("encode", self.plain, "kv.frames")
        said = json.loads(self.codec("inspect", "kv.frames", "--format", "json"))
        self.assertLessEqual(set(KEYS), set(said))
        self.assertEqual(said["element_type"], "bf16")
        self.assertEqual((said["elements"], said["raw_bytes"]), (100_000, 200_000))
        file_bytes = (self.folder / "kv.frames").stat().st_size
        self.assertLessEqual(said["frame_bytes"], file_bytes)
        self.assertAlmostEqual(said["ratio"], 200_000 / said["frame_bytes"], places=6)
        self.assertAlmostEqual(said["escape_rate"], said["escapes"] / 100_000, places=9)
        self.assertTrue(1.2 < said["ratio"] < 4 / 3 and said["published_layout_ratio"] < 4 / 3)
        self.assertEqual(len(said["codebooks"]), 1)

    def test_refuses_a_damaged_file(self):
        self.codec("encode", self.plain, "kv.frames")
        good = (self.folder / "kv.frames").read_bytes()
        draw = random.Random(2)
        everywhere = [*range(0, 256, 2), *(draw.randrange(len(good)) for _ in range(60))]
        for position in everywhere:
            self.expect_damage_is_found(good, position, 1 << draw.randrange(8))

    def test_refuses_a_damaged_file_of_ranked_frames(self):
        self.codec("encode", self.plain, "kv.frames", "--codec", "ranked")
        good = (self.folder / "kv.frames").read_bytes()
        draw = random.Random(3)
        for position in (*range(128, 256, 4), *(draw.randrange(len(good)) for _ in range(30))):
            self.expect_damage_is_found(good, position, 1 << draw.randrange(8))

    def test_refuses_a_damaged_file_with_a_preface(self):
        self.codec("encode", self.cache(), "kv.frames")
        good = (self.folder / "kv.frames").read_bytes()
        for position in (*range(0, 640, 16), len(good) // 2, len(good) - 200):
            self.expect_damage_is_found(good, position, 0x80)

    def test_refuses_a_file_that_is_cut_or_has_a_tail(self):
        self.codec("encode", self.plain, "kv.frames")
        good = (self.folder / "kv.frames").read_bytes()
        for length in (0, 1, 8, 16, 100, len(good) // 2, len(good) - 1):
            self.write("bad.frames", good[:length])
            self.assertIn("bad.frames", self.refusal("decode", "bad.frames", "back.bf16"))
            self.refusal("inspect", "bad.frames")
        for tail in (b"\0", bytes(4096), good):
            self.write("bad.frames", good + tail)
            self.assertIn("bad.frames", self.refusal("decode", "bad.frames", "back.bf16"))

    def test_refuses_files_that_are_not_what_it_takes(self):
        odd = self.write("odd.bf16", b"\0\0\0")
        self.assertIn("odd.bf16", self.refusal("encode", odd, "kv.frames"))
        self.assertIn("nowhere", self.refusal("encode", "nowhere.bf16", "kv.frames"))
        self.assertIn("kv.bf16", self.refusal("decode", self.plain, "back.bf16"))
        self.assertIn("nowhere", self.refusal("encode", self.plain, "nowhere/kv.frames"))
        self.write("kv.json", json.dumps({"shape": [1, 2, 3, 4]}))
        self.assertIn("kv.bf16", self.refusal("encode", self.plain, "kv.frames"))

    def test_leaves_an_older_output_alone_when_it_refuses(self):
        self.write("back.bf16", "precious")
        self.write("bad.frames", "no frames")
        self.refusal("decode", "bad.frames", "back.bf16")
        self.assertEqual((self.folder / "back.bf16").read_text(), "precious")


if __name__ == "__main__":
    unittest.main()
