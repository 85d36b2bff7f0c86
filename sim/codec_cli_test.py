"""Encoding and decoding files: bit for bit, and a damaged file is refused without a trace."""

import json
import os
import random
import struct
import unittest

from testing import DATA, ProgramTest

DUMPS = sorted((DATA / "kv").glob("*.bf16"))

KEYS = (
    "element_type elements raw_bytes frame_bytes ratio escapes escape_rate "
    "published_layout_ratio codebooks"
).split()


def bfloat16(values):
    return b"".join(struct.pack("<f", value)[2:] for value in values)


class CodecCliTest(ProgramTest):
    def setUp(self):
        super().setUp()
        draw = random.Random(1)
        self.plain = self.write("kv.bf16", bfloat16(draw.gauss(0, 1) for _ in range(100_000)))

    def codec(self, *arguments):
        done = self.splitbench("codec", *arguments)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout

    def expect_round_trip(self, plain):
        self.codec("encode", plain, "there.frames")
        self.codec("decode", "there.frames", "back.bf16")
        self.assertTrue((self.folder / "back.bf16").read_bytes() == plain.read_bytes(), plain)

    def refusal(self, *arguments):
        before = sorted(os.listdir(self.folder))
        done = self.splitbench("codec", *arguments)
        self.assertEqual((done.returncode, done.stdout), (2, ""), done.stderr)
        self.assertEqual(sorted(os.listdir(self.folder)), before)
        [line] = done.stderr.splitlines()
        return line

    def test_gives_back_what_it_was_given(self):
        self.expect_round_trip(self.plain)
        self.expect_round_trip(self.write("noise.bf16", os.urandom(200_000)))
        self.expect_round_trip(self.write("zeros.bf16", bytes(200_000)))
        self.expect_round_trip(self.write("one.bf16", b"\x80\x3f"))
        self.expect_round_trip(self.write("none.bf16", b""))

    @unittest.skipUnless(DUMPS, "the dumps of real KV are not here")
    def test_gives_back_real_kv(self):
        for dump in DUMPS:
            self.expect_round_trip(dump)
            encoded = (self.folder / "there.frames").stat().st_size
            self.assertLess(encoded, 0.77 * dump.stat().st_size)

    def test_calibrates_one_codebook_for_each_tensor_that_a_shape_names(self):
        shape = [5, 2, 100, 100]
        self.write("kv.json", json.dumps({"shape": shape}))
        self.expect_round_trip(self.plain)
        said = json.loads(self.codec("inspect", "there.frames", "--format", "json"))
        self.assertEqual(said["frames"], 10)

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
        everywhere = [*range(160), *(draw.randrange(len(good)) for _ in range(60))]
        for position in everywhere:
            with self.subTest(position=position):
                bad = bytearray(good)
                bad[position] ^= 1 << draw.randrange(8)
                self.write("bad.frames", bytes(bad))
                self.assertIn("bad.frames", self.refusal("decode", "bad.frames", "back.bf16"))

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
