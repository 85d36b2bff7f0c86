"""Every ready scenario of virtual time runs; the head of each is enough to see that."""

import unittest

from testing import ROOT, ProgramTest, Result

SCENARIOS = ("agentic", "long_context", "mixed", "chat", "rag", "drift")


class ReadyScenariosTest(ProgramTest):
    def test_each_runs_and_says_which_question_it_answers(self):
        for name in SCENARIOS:
            with self.subTest(name):
                path = ROOT / f"configs/{name}.yaml"
                self.assertIn("?", path.read_text().split("\nname: ")[0])
                done = self.splitbench(
                    "run", path, "--set", "workload.requests=40", "--output-dir", name
                )
                self.assertEqual(done.returncode, 0, done.stderr)
                result = Result(self.folder / name)
                self.assertEqual({row["status"] for row in result.requests}, {"ok"})
                arms = len({row["arm"] for row in result.requests})
                self.assertEqual(len(result.requests), 40 * arms)


if __name__ == "__main__":
    unittest.main()
