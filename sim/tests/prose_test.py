"""How the project speaks: the field's words, whole sentences, a README that stays short."""

import re
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDERS = ("sim", "workers", "codec", "network", "workloads", "configs", "reports", ".github")
CODE = (".hpp", ".h", ".cuh", ".cpp", ".cu", ".c")
TEXT = (*CODE, ".md", ".py", ".txt", ".cmake", ".yaml", ".js")

# Words that mean nothing, or something else, to people of the field.
DIALECT = (
    r"mischief|misbehav|\bstrikes?\b|\bstruck\b|foret[eo]l|\bstrangers?\b|well again|to and fro\b"
    r"|\bheeds?\b|spoil|\bdearest|\banew\b|\bhastened|\bunsaid\b"
)
ALLOWED = {  # version 2 of report.json has such a key
    "reports/json_reader.cpp": {"struck"},
    "reports/json_test.cpp": {"struck"},
    ".github/CHANGELOG.md": {"struck"},
}
MID_SENTENCE = r"///<? ?(Of|Where|By|As|Whether|To|From|With|What|How|Why|Who)\b"
README_LINES = 160


def files(endings):
    yield ROOT / "README.md"
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*")):
            if (
                path.suffix in endings
                and "earlier" not in path.parts
                and path.name != Path(__file__).name
            ):
                yield path


class ProseTest(unittest.TestCase):
    def test_no_dialect(self):
        for path in files(TEXT):
            name = str(path.relative_to(ROOT))
            found = {word.lower() for word in re.findall(DIALECT, path.read_text(), re.IGNORECASE)}
            self.assertLessEqual(found, ALLOWED.get(name, set()), name)

    def test_doc_comments_begin_as_sentences_do(self):
        for path in files(CODE):
            before = ""
            for number, line in enumerate(path.read_text().splitlines(), 1):
                begins = not before.lstrip().startswith("///")
                if begins and re.search(MID_SENTENCE, line):
                    self.fail(f"{path.relative_to(ROOT)}:{number}: {line.strip()}")
                before = line

    def test_the_readme_stays_short(self):
        self.assertLessEqual(len((ROOT / "README.md").read_text().splitlines()), README_LINES)


if __name__ == "__main__":
    unittest.main()
