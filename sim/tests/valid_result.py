"""What holds for every run that succeeds, whatever its scenario: times add up, bytes are equal."""

from collections import defaultdict

PARTS = [
    "prefill_compute",
    "xfer_wire",
    "encode",
    "decode_codec",
    "verify",
    "kv_install",
    "xfer_prep",
    "xfer_queue",
    "first_decode_step",
    "client_queue",
    "prefill_queue",
    "decode_queue",
]
TRANSFER_PARTS = PARTS[1:8]

LLAMA_1B = 16 * 2 * 8 * 64 * 2  # bytes of KV a token: layers, K and V, heads, dimensions, bf16
DEEPSEEK_V3 = 61 * 576 * 2  # layers, latent dimensions, bf16

# Lowest and highest share of the raw bytes on the wire, by element type. At worst, 128 bytes of frame
# header and 48 of message header for each 32 KiB.
SPLITZIP_ON_THE_WIRE = {"bf16": (0.75, 0.8), "fp8_e5m2": (0.875, 0.9)}


def expect_sound(test, result, bytes_per_token=LLAMA_1B, verified=True):
    """Every request of every arm came through, and carried the same bytes as in the other arms."""
    for row in result.requests:
        test.assertEqual((row["status"], row["verified"]), ("ok", verified), row)
        test.assertEqual(row["raw_bytes"], row["prompt_tokens"] * bytes_per_token)
        expect_consistent_times(test, row)
    for row in result.transfers:
        expect_sound_transfer(test, row, verified)
    for key in ("raw_bytes", "wire_bytes"):
        test.assertEqual(total(result.requests, key), total(result.transfers, key))
    for arm in {row["arm"] for row in result.transfers}:
        transfers = [row for row in result.transfers if row["arm"] == arm]
        expect_sizes_on_the_wire(test, arm, result.report["meta"]["kv_dtype"], transfers)
    if verified:
        expect_same_bytes_in_all_arms(test, result)


def total(rows, key):
    return sum(row[key] for row in rows)


def expect_consistent_times(test, row):
    """Whole nanoseconds, none negative, and they add up."""
    parts = {part: row[f"{part}_ns"] for part in PARTS}
    times = {key: value for key, value in row.items() if key.endswith("_ns")}
    if row["output_tokens"] == 1:
        test.assertIsNone(times.pop("tpot_ns"))
        test.assertIsNone(times.pop("ttst_ns"))
    for key, value in times.items():
        test.assertIsInstance(value, int, key)
        test.assertGreaterEqual(value, 0, key)
    test.assertEqual(sum(parts.values()), row["ttft_ns"])
    # The queue before the first encode is a part, but no transfer yet.
    exposed = row["exposed_transfer_ns"]
    test.assertLessEqual(exposed, sum(parts[part] for part in TRANSFER_PARTS))
    test.assertGreaterEqual(exposed, parts["xfer_wire"])
    test.assertLessEqual(exposed, row["transfer_ns"])
    gaps = row["output_tokens"] - 1
    generating = row["e2el_ns"] - row["ttft_ns"]
    test.assertLessEqual(abs(generating - gaps * (row["tpot_ns"] or 0)), gaps)


def expect_sound_transfer(test, row, verified):
    test.assertLessEqual(row["ready_ns"], row["start_ns"])
    test.assertLess(row["start_ns"], row["end_ns"])
    test.assertLessEqual(row["end_ns"], row["applied_ns"])
    test.assertIs(row["verified"], verified)


def expect_sizes_on_the_wire(test, arm, kv_dtype, transfers):
    ratio = total(transfers, "wire_bytes") / total(transfers, "raw_bytes")
    low, high = SPLITZIP_ON_THE_WIRE[kv_dtype] if arm == "splitzip" else (1, 1.006)
    test.assertTrue(low < ratio < high, f"{arm}: {ratio}")


def expect_same_bytes_in_all_arms(test, result):
    hashes = defaultdict(set)
    for row in result.requests:
        hashes[row["id"]].add(row["kv_hash"])
    test.assertTrue(all(len(of_one) == 1 for of_one in hashes.values()), hashes)
    test.assertEqual(len(set.union(*hashes.values())), len(hashes), "each request has its own")
