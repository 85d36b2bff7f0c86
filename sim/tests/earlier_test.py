"""What earlier versions wrote stays readable: for each of them a folder of everything that they left behind."""

import csv
import io
import json
import shutil
import unittest
from pathlib import Path

from testing import ProgramTest

EARLIER = sorted((Path(__file__).resolve().parent / "earlier").iterdir())


def frames_without_sums(file):
    """A file of frames without what their headers have by version: number, digest, checksum (codec/FORMAT.md)."""
    file = bytearray(file)
    at = 128 + (int.from_bytes(file[24:32], "little") + 127) // 128 * 128
    while at < len(file):
        file[at + 4] = 0
        file[at + 40 : at + 56] = bytes(16)
        at += int.from_bytes(file[at + 16 : at + 24], "little")
    return bytes(file)


class EarlierTest(ProgramTest):
    """Every test holds for every version; the folders are copied, since results may be written beside them."""

    def each_version(self):
        for folder in EARLIER:
            with self.subTest(version=folder.name):
                here = self.folder / folder.name
                shutil.copytree(folder, here)
                yield here

    def succeeded(self, *arguments):
        done = self.splitbench(*arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_result_folders_give_every_form_of_report(self):
        for version in self.each_version():
            for kind in ("run", "sweep"):
                stored = json.loads((version / kind / "report.json").read_text())
                report = json.loads(self.succeeded("report", version / kind, "--format", "json"))
                for row in report["rows"]:
                    self.assertEqual(row.pop("invalid"), {})  # rows have it since
                self.assertEqual(report["rows"], stored["rows"])
                self.assertIn("splitzip", self.succeeded("report", version / kind))
                self.assertIn("<html", self.succeeded("report", version / kind, "--format", "html"))
                self.assert_same_cells(version / f"{kind}.csv", version / kind)

    def assert_same_cells(self, before, folder):
        """The CSV of a folder now has the cells of before; headers have units, axes are numbers since."""
        text = self.succeeded("report", folder, "--format", "csv")
        now = [
            {name.split(" [")[0]: cell for name, cell in row.items()}
            for row in csv.DictReader(io.StringIO(text))
        ]
        rows = list(csv.DictReader(io.StringIO(before.read_text())))
        self.assertEqual(len(now), len(rows))
        for was, row in zip(rows, now, strict=True):
            for name, cell in was.items():
                if name == "link.bandwidth":
                    self.assertEqual(float(row[name]), 1e9 * float(cell.removesuffix(" Gbit/s")))
                elif row[name] != cell:
                    self.assertEqual(float(row[name]), float(cell), name)

    def test_result_folders_compare_with_themselves(self):
        for version in self.each_version():
            self.succeeded("compare", version / "run", version / "run")
            self.succeeded("compare", version / "sweep", version / "sweep")

    def test_resolved_scenarios_run_again(self):
        """Repeats after the first one have drawn other loads since, or are left out."""
        for version in self.each_version():
            scenario = version / "run/scenario.yaml"
            self.succeeded("run", scenario, "--output-dir", version / "again")
            once, again = (
                [row for row in map(json.loads, rows.open()) if row["repeat"] == 0]
                for rows in (
                    version / "run/requests.jsonl",
                    self.folder / version / "again/requests.jsonl",
                )
            )
            self.assertTrue(once)
            for row in again:
                del row["ttst_ns"]  # rows have it since
            self.assertEqual(once, again)

    def test_files_of_frames_of_every_kind_decode(self):
        for version in self.each_version():
            raw = (version / "kv.bf16").read_bytes()
            for kind in ("splitzip", "ranked", "stored"):
                frames, back = version / f"{kind}.szf", version / "back.bf16"
                found = json.loads(self.succeeded("codec", "inspect", frames, "--format", "json"))
                self.assertEqual(found["raw_bytes"], len(raw))
                self.succeeded("codec", "decode", frames, back)
                self.assertEqual(back.read_bytes(), raw)

    def test_codebooks_encode_as_they_did(self):
        for version in self.each_version():
            frames = version / "now.szf"
            books = version / "codebooks.json"
            self.succeeded("codec", "encode", version / "kv.bf16", frames, "--codebook", books)
            self.assertEqual(
                frames_without_sums(frames.read_bytes()),
                frames_without_sums((version / "splitzip.szf").read_bytes()),
            )

    def test_profiles_of_hardware_and_kv_load(self):
        for version in self.each_version():
            self.succeeded(
                "run", self.scenario, "--time", "virtual", "--output-dir", version / "profiles",
                "--set", f"hardware={version}/hardware.yaml", "--set", f"kv.profile={version}/kv_profile.yaml",
            )  # fmt: skip
            resolved = (version / "profiles/scenario.yaml").read_text()
            self.assertIn("provenance: fitted to kv.bf16", resolved)


if __name__ == "__main__":
    unittest.main()
