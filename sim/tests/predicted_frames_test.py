"""Predicted frames as a second reader takes them, which knows codec/FORMAT.md alone."""

import json
import math
import random
import struct
import unittest

import predicted_oracle
from testing import ProgramTest


def elements(positions, row, dim, seed, rope):
    """A made-up model's K and V: sums of what all layers share, K rotated."""
    made = random.Random(seed)
    model = random.Random(1)
    maps = [[[model.gauss(0, 0.4) for _ in range(8)] for _ in range(row)] for _ in range(4)]
    tensors = [[] for _ in range(4)]
    for position in positions:
        stream = [made.gauss(0, 1) for _ in range(8)]
        for number, weights in enumerate(maps):
            x = [sum(a * b for a, b in zip(w, stream, strict=True)) for w in weights]
            x = [value + c % 5 + made.gauss(0, 0.3) for c, value in enumerate(x)]
            if number % 2 == 0 and rope != "none":
                for head in range(0, row, dim):
                    for i in range(dim // 2):
                        neighbours = rope == "interleaved"
                        a = head + (2 * i if neighbours else i)
                        b = a + 1 if neighbours else a + dim // 2
                        angle = position / (i + 1)
                        cosine, sine = math.cos(angle), math.sin(angle)
                        x[a], x[b] = x[a] * cosine - x[b] * sine, x[b] * cosine + x[a] * sine
            tensors[number].append(b"".join(struct.pack("<f", value)[2:] for value in x))
    odd = struct.pack("<6H", 0x7FC0, 0xFF80, 0, 0x8000, 1, 0x7F7F)  # NaN, infinity, zeros
    tensors[2][0] = odd + tensors[2][0][12:]
    return b"".join(b"".join(tensor) for tensor in tensors)


class PredictedFramesTest(ProgramTest):
    def write_dump(self, name, tokens, row, heads, seed, rope, **more):
        sidecar = {
            "shape": [2, 2, tokens, row],
            "kv_heads": heads,
            "rope_style": rope,
            "rope_frequencies": [1 / (i + 1) for i in range(row // heads // 2)],
            **more,
        }
        self.write(f"{name}.json", json.dumps(sidecar))
        first, sequence = more.get("first_position", 0), more.get("seq_len", tokens)
        positions = [first + token % sequence for token in range(tokens)]
        return self.write(f"{name}.bf16", elements(positions, row, row // heads, seed, rope))

    def succeed(self, *arguments):
        done = self.splitbench("codec", *arguments)
        self.assertEqual(done.returncode, 0, done.stderr)

    def expect_same(self, dump, mode):
        """Decodes all predicted frames of a file by the oracle; the number of these."""
        frames = self.folder / "kv.frames"
        self.succeed(
            *("encode", dump, frames, "--codec", "predicted"),
            *("--predictor", "model.predictor", "--mode", mode),
        )
        predictor = predicted_oracle.Predictor((self.folder / "model.predictor").read_bytes())
        raw, data, row = dump.read_bytes(), frames.read_bytes(), predictor.row
        size, at, decoded = len(raw) // 4, 128, 0
        tensors = []
        for i in range(4):
            words = struct.iter_unpack(f"<{row}H", raw[i * size : (i + 1) * size])
            tensors.append(list(words))
        for i in range(4):
            length = struct.unpack_from("<Q", data, at + 16)[0]
            if data[at + 5] == 3:
                frame = predicted_oracle.Frame(data[at : at + length])
                self.assertEqual(frame.predictor, predictor.id)
                self.assertEqual((frame.layer, frame.role), divmod(i, 2))
                rows = {"k": tensors[i // 2 * 2], "v": tensors[i // 2 * 2 + 1]}
                if i >= 2:
                    rows |= {"K": tensors[0], "V": tensors[1]}
                self.assertTrue(frame.decode(predictor, rows) == raw[i * size : (i + 1) * size], i)
                decoded += 1
            at += length
        return decoded

    def test_the_second_reader_takes_frames_of_every_mode(self):
        for rope, row, heads, more in (
            ("half", 32, 2, {}),
            ("interleaved", 96, 1, {"first_position": 5000, "seq_len": 50}),
            ("none", 64, 2, {}),
        ):
            shape = {"row": row, "heads": heads, "rope": rope}
            self.write_dump("a", 160, seed=1, **shape)
            self.write_dump("b", 160, seed=2, **shape)
            self.succeed("calibrate", "--predictor", "a.bf16", "b.bf16", "-o", "model.predictor")
            dump = self.write_dump("c", 125, seed=3, **shape, **more)
            for mode in ("1", "1b", "2b"):
                with self.subTest(rope=rope, mode=mode):
                    self.assertGreater(self.expect_same(dump, mode), 0)

    def test_and_frames_with_means_and_scales_of_their_own(self):
        shape = {"row": 32, "heads": 1, "rope": "half"}
        self.write_dump("a", 160, seed=1, **shape)
        self.succeed("calibrate", "--predictor", "a.bf16", "-o", "model.predictor", "--mode", "1b")
        dump = self.write_dump("c", 170, seed=3, **shape)
        self.assertEqual(self.expect_same(dump, "1b"), 4)


if __name__ == "__main__":
    unittest.main()
