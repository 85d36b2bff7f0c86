"""Every verb's --help: examples, a table of all its options, lines that fit."""

import re
import unittest

from testing import ROOT, ProgramTest

COLUMNS = 100


class HelpTest(ProgramTest):
    def help_of(self, *verb):
        done = self.splitbench(*verb, "--help")
        self.assertEqual((done.returncode, done.stderr), (0, ""), verb)
        return done.stdout

    def verbs(self):
        """Every verb, those behind codec, link and trace included."""
        listed = re.findall(
            r"^  (\w+) +\S", self.help_of().split("verbs (each has --help):\n")[1], re.MULTILINE
        )
        for verb in listed:
            text = self.help_of(verb)
            if "[options]" in text:
                yield (verb,)
                continue
            for sub_verb in re.findall(r"^(\w+) {2,}\S", text, re.MULTILINE):
                yield verb, sub_verb

    def test_every_verb_begins_with_examples_whose_options_it_explains(self):
        verbs = list(self.verbs())
        self.assertGreater(len(verbs), 15)
        for verb in verbs:
            with self.subTest(verb=verb):
                text = self.help_of(*verb)
                examples, rest = text.split("\n\n", 1)
                self.assertTrue(rest.startswith("splitbench " + " ".join(verb)), text)
                declared = set(re.findall(r"^  (?:-\w \[ )?(--[a-z-]+)", rest, re.MULTILINE))
                self.assertIn("--help", declared)
                for example in examples.splitlines():
                    self.assertTrue(example.startswith("splitbench "), example)
                    if example.startswith("splitbench " + " ".join(verb)):
                        used = set(re.findall(r" (--[a-z-]+)", example))
                        self.assertLessEqual(used, declared, example)

    def test_lines_but_examples_fit(self):
        for verb in self.verbs():
            for line in self.help_of(*verb).split("\n\n", 1)[1].splitlines():
                self.assertLessEqual(len(line), COLUMNS, (verb, line))

    def test_a_value_that_is_missing_is_not_taken_for_one(self):
        for arguments, said in (
            (("run", "s.yaml", "--time", ""), "run: --time '', expected a value"),
            (
                ("run", "s.yaml", "--output-dir", "--seed"),
                "run: --output-dir '--seed', expected a value",
            ),
            (("report", ""), "report: argument '', expected a value"),
            (("schema", "link", "link"), "2 arguments given, expected [PART]"),
            (("schema", "link", "--", "--help"), "2 arguments given"),
            ((), "expected a verb"),
            (("--version", "extra"), "expected --version alone"),
        ):
            self.assertIn(said, self.refused(*arguments))

    def test_options_are_declared_in_one_way_only(self):
        """What VerbOptions declares stands in the help; nothing else declares options."""
        sources = {
            path.stem
            for path in (ROOT / "sim").rglob("*.[ch]pp")
            if "options_description" in path.read_text()
        }
        self.assertEqual(sources, {"verb_options"})


if __name__ == "__main__":
    unittest.main()
