"""What tensor-parallel ranks send each other: `splitbench kv` against a count of our own, head by head.

The models' numbers are those of their config.json, in the repositories of their makers on Hugging
Face: num_hidden_layers, num_key_value_heads, head_dim (or hidden_size / num_attention_heads),
layer_types and sliding_window, kv_lora_rank + qk_rope_head_dim, linear_* and mamba_*.
"""

import collections
import json
import unittest

from testing import ProgramTest

BF16 = 2


def every_layer(count, *tensors):
    return [list(tensors) for _ in range(count)]


def kv(heads, dim, window=None):
    """K and V of a layer: heads, bytes of a head's token, the last tokens that are kept."""
    return [(heads, dim * BF16, window)] * 2


def on_every_rank(size):
    return [("copied", size, None)]


def state(size):
    return [("state", size, None)]


MODELS = {
    "llama-3.1-8b": every_layer(32, *kv(8, 128)),
    "llama-3.1-70b": every_layer(80, *kv(8, 128)),
    "llama-3.1-405b": every_layer(126, *kv(8, 128)),
    "qwen3-32b": every_layer(64, *kv(8, 128)),
    "qwen3-30b-a3b": every_layer(48, *kv(4, 128)),
    "qwen2.5-7b": every_layer(28, *kv(4, 128)),
    "glm-4.7": every_layer(92, *kv(8, 128)),
    "gpt-oss-120b": [kv(8, 64, 128 if layer % 2 == 0 else None) for layer in range(36)],
    "gemma-3-27b": [kv(16, 128, None if layer % 6 == 5 else 1024) for layer in range(62)],
    "kimi-k2": every_layer(61, *on_every_rank((512 + 64) * BF16)),
    "deepseek-v3": every_layer(61, *on_every_rank((512 + 64) * BF16)),
    "deepseek-v3.2": every_layer(61, *on_every_rank((512 + 64) * BF16), *on_every_rank(132)),
    "qwen3-next-80b-a3b": [
        kv(2, 256)
        if layer % 4 == 3
        else state(4 * 32 * 128 * 128 + BF16 * (2 * 16 * 128 + 32 * 128) * 3)
        for layer in range(48)
    ],
}
WIDE = """
name: wide
layers: 1000
hidden: 64
attention_heads: 4096
kv_heads: 4096
head_dim: 4096
active_parameters: 4 M
total_parameters: 4 M
"""
PREFILL, DECODE = (1, 4, 8), (1, 8, 16)


def holders(heads, ranks):
    """The heads of each rank, by giving them out one by one."""
    if heads == "copied":
        return [[0]] * ranks
    if ranks <= heads:
        return [list(range(heads * r // ranks, heads * (r + 1) // ranks)) for r in range(ranks)]
    return [[r * heads // ranks] for r in range(ranks)]


def sources(heads, prefill, decode):
    """For each decode rank, where each of its heads comes from: those who hold it share those who ask for it."""
    have, want = holders(heads, prefill), holders(heads, decode)
    asking = collections.defaultdict(list)
    for rank, heads_of_rank in enumerate(want):
        for head in heads_of_rank:
            asking[head].append(rank)
    for rank, heads_of_rank in enumerate(want):
        for head in heads_of_rank:
            able = [p for p in range(prefill) if head in have[p]]
            place = asking[head].index(rank)
            yield rank, head, able[place * len(able) // len(asking[head])]


def places(heads, size, order, page, tokens, first):
    """Addresses of tokens' heads in a rank's cache, by token and head; pages lie anywhere."""
    length = page or tokens
    address = {}
    for token in range(first, tokens):
        base = token // length * (10**9)
        at = token % length
        for place, head in enumerate(heads):
            offset = at * len(heads) + place if order == "nhd" else place * length + at
            address[token, head] = base + offset * size
    return address


def count(model, tokens, prefill, decode, page=0, order="nhd"):
    """Bytes, messages of a layer and pieces by pair of ranks."""
    flows = collections.defaultdict(lambda: [0, set(), 0])
    for number, layer in enumerate(model):
        for heads, size, window in layer:
            if heads == "state":  # bytes, which ranks share evenly
                for byte_range, p, d in cut(size, prefill, decode):
                    flow = flows[p, d]
                    flow[0] += byte_range
                    flow[1].add(number)
                    flow[2] += 1
                continue
            first = max(0, tokens - window) if window else 0
            end = tokens
            if page:  # whole pages travel
                first, end = first // page * page, -(-tokens // page) * page
            else:  # what is kept lies by itself
                first, end = 0, tokens - first
            taken = collections.defaultdict(list)
            for d, head, p in sources(heads, prefill, decode):
                taken[p, d].append(head)
            for (p, d), shared in taken.items():
                flow = flows[p, d]
                flow[0] += len(shared) * size * (end - first)
                flow[1].add(number)
                if tokens > 1000:
                    continue  # too long to be counted token by token
                here = places(holders(heads, prefill)[p], size, order, page, end, first)
                there = places(holders(heads, decode)[d], size, order, page, end, first)
                copies = sorted(
                    (here[token, head], there[token, head])
                    for token in range(first, end)
                    for head in shared
                )
                flow[2] += 1 + sum(
                    after != (before[0] + size, before[1] + size)
                    for before, after in zip(copies, copies[1:], strict=False)
                )
    return flows


def cut(size, prefill, decode):
    for p in range(prefill):
        for d in range(decode):
            shared = min(size * (p + 1) // prefill, size * (d + 1) // decode) - max(
                size * p // prefill, size * d // decode
            )
            if shared > 0:
                yield shared, p, d


class KvRanksTest(ProgramTest):
    def rows(self, models, *options):
        done = self.splitbench("kv", *models, "--format", "json", *options)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)["rows"]

    def test_bytes_messages_and_flows_are_those_of_a_count_of_our_own(self):
        lists = [",".join(map(str, ranks)) for ranks in (PREFILL, DECODE)]
        rows = self.rows(MODELS, "--prefill-tp", lists[0], "--decode-tp", lists[1])
        self.assertEqual(len(rows), len(MODELS) * len(PREFILL) * len(DECODE))
        for row in rows:
            flows = count(MODELS[row["model"]], 8192, row["prefill_tp"], row["decode_tp"])
            sent, received = collections.Counter(), collections.Counter()
            for (p, d), flow in flows.items():
                sent[p] += flow[0]
                received[d] += flow[0]
            with self.subTest(row):
                self.assertEqual(row["flows"], len(flows))
                self.assertEqual(row["sent_bytes"], sent.total())
                self.assertEqual(row["most_sent_by_a_rank_bytes"], max(sent.values()))
                self.assertEqual(row["most_received_by_a_rank_bytes"], max(received.values()))
                self.assertEqual(row["messages"], sum(len(flow[1]) for flow in flows.values()))

    def test_pieces_are_what_is_contiguous_at_both_ends(self):
        models = ["qwen3-30b-a3b", "gpt-oss-120b", "deepseek-v3.2", "qwen3-next-80b-a3b"]
        for page in (0, 16):
            for order in ("nhd", "hnd"):
                options = ["--tokens", "200", "--page", page, "--order", order]
                for row in self.rows(
                    models, *options, "--prefill-tp", "1,2,8", "--decode-tp", "1,2,4"
                ):
                    flows = count(
                        MODELS[row["model"]],
                        *(200, row["prefill_tp"], row["decode_tp"], page, order),
                    )
                    with self.subTest(row):
                        self.assertEqual(row["sent_bytes"], sum(f[0] for f in flows.values()))
                        self.assertEqual(row["pieces"], sum(f[2] for f in flows.values()))

    def test_a_message_is_what_a_pair_of_ranks_exchanges_of_layers_in_a_row(self):
        models = ["qwen3-next-80b-a3b", "gpt-oss-120b", "deepseek-v3.2"]
        for group in (2, 4, 5):
            options = ["--layer-group", group, "--prefill-tp", "1,4", "--decode-tp", "2,8"]
            for row in self.rows(models, *options):
                flows = count(MODELS[row["model"]], 8192, row["prefill_tp"], row["decode_tp"])
                messages = sum(len({n // group for n in flow[1]}) for flow in flows.values())
                with self.subTest(row):
                    self.assertEqual(row["messages"], messages)

    def test_what_is_known_of_single_cases(self):
        [one] = self.rows(["llama-3.1-8b"])
        self.assertEqual((one["cache_bytes"], one["sent_bytes"]), (1 << 30, 1 << 30))
        [doubled] = self.rows(["llama-3.1-8b"], "--decode-tp", "16")
        self.assertEqual(doubled["sent_bytes"], 2 << 30)  # eight heads for sixteen ranks
        [window] = self.rows(["gpt-oss-120b"], "--tokens", "32k")
        whole = 36 * 2 * 8 * 64 * BF16 * (32 << 10)
        self.assertAlmostEqual(window["cache_bytes"] / whole, 0.5, delta=0.01)
        short, long = self.rows(["nemotron-nano-9b-v2"], "--tokens", "1k,64k")
        attention = 4 * 2 * 8 * 128 * BF16
        self.assertEqual(
            short["cache_bytes"] - attention * 1024, long["cache_bytes"] - attention * 65536
        )
        [group] = self.rows(["llama-3.1-8b"], "--layer-group", "5", "--decode-tp", "2")
        self.assertEqual(group["messages"], 2 * 7)
        [request] = self.rows(["llama-3.1-8b"], "--layer-group", "0", "--decode-tp", "2")
        self.assertEqual(request["messages"], 2)

    def test_a_table_and_csv_have_the_same_rows(self):
        options = ["kv", "qwen3-32b", "--prefill-tp", "2,4", "--decode-tp", "8"]
        table = self.splitbench(*options).stdout.splitlines()
        csv = self.splitbench(*options, "--format", "csv").stdout.splitlines()
        self.assertEqual((len(table), len(csv)), (4, 3))
        self.assertLessEqual(max(map(len, table)), 120)

    def test_mistakes_are_named(self):
        self.write("wide.yaml", WIDE)
        for arguments, words in (
            (["qwen3-32b", "--prefill-tp", "3"], "3 ranks for the 8 KV heads of qwen3-32b"),
            (["qwen3-32b", "--decode-tp", "0"], "--decode-tp '0', expected 1 to 128"),
            (["qwen3-32b", "--tokens", "0"], "--tokens '0', expected 1 to"),
            (["qwen3-32b", "--tokens", "many"], "many"),
            (["qwen3-32b", "--page", "16,64"], "16,64"),
            (["wide.yaml", "--tokens", "1024M"], "more bytes than can be counted"),
            (["qwen3-33b"], "did you mean 'qwen3-32b'"),
            (["qwen3-32b", "--order", "hdn"], "expected"),
            ([], "expected"),
        ):
            self.assertIn(words, self.refused("kv", *arguments))

    def test_its_examples_run(self):
        for example in self.examples_of("kv"):
            done = self.splitbench(*example)
            self.assertEqual(done.returncode, 0, (example, done.stderr))


if __name__ == "__main__":
    unittest.main()
