"""The soak itself: it tells a leak from records, and a short one comes through."""

import os
import subprocess
import sys
import unittest
from pathlib import Path

from soak import MIB, growing


def samples(memory):
    return [(second, memory(second)) for second in range(1, 91)]


class SoakTest(unittest.TestCase):
    def test_memory_that_was_taken_at_the_beginning_is_flat(self):
        self.assertEqual(growing(samples(lambda s: min(s, 20) * 50 * MIB)), "")

    def test_a_leak_is_not_flat(self):
        leak = samples(lambda s: 100 * MIB + s * MIB // 3)
        self.assertRegex(growing(leak), "^10.0 MiB more in the last third, at most 8.0$")
        self.assertEqual(growing(leak, records=2 * MIB), "")

    def test_a_hundredth_of_much_memory_is_flat(self):
        self.assertEqual(growing(samples(lambda s: 10_000 * MIB + s * MIB)), "")

    def test_nothing_is_said_of_a_process_that_was_seen_once(self):
        self.assertEqual(growing([(1, 50 * MIB)]), "only 1 samples")

    def test_a_short_soak_comes_through(self):
        script = Path(__file__).with_name("soak.py")
        command = [sys.executable, "-B", script, "--minutes", "0.15", "--set", "kv.profile=llm"]
        # What AddressSanitizer keeps of freed memory grows for minutes, and is no leak.
        small = os.environ | {"ASAN_OPTIONS": "quarantine_size_mb=4"}
        done = subprocess.run(command, capture_output=True, text=True, timeout=100, env=small)
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
        for name in ("coordinator", "prefill 0", "decode 0"):
            self.assertIn(name, done.stdout)


if __name__ == "__main__":
    unittest.main()
