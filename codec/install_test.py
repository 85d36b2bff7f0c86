"""The codec as somebody else gets it: installed to an empty folder, found by CMake, linked, run.

The environment names the build to install from and its compiler; ctest sets it.
"""

import os
import subprocess
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DUMP = ROOT / "codec/testing/data/channels.bf16"
CMAKE = os.environ.get("CMAKE", "cmake")
WARNINGS = "-Wall -Wextra -pedantic -Werror"

CPP_PROJECT = """
cmake_minimum_required(VERSION 3.16)
project(cpp_consumer LANGUAGES CXX)
find_package(splitbench-codec {version} EXACT REQUIRED)
add_executable(cpp_consumer main.cpp)
target_link_libraries(cpp_consumer PRIVATE splitbench::codec)
target_compile_options(cpp_consumer PRIVATE {warnings})
"""

CPP_MAIN = """
#include <vector>

int main() {
  using namespace splitbench;
  const std::vector<std::uint16_t> elements(50'000, 0x3f80);
  const Codebook codebook = calibrate(exponent_histogram(elements));
  std::vector<std::byte> frame(max_frame_bytes(ElementType::bf16, elements.size()));
  frame.resize(encode(elements, codebook, FrameKind::splitzip, frame).frame_bytes);
  std::vector<std::uint16_t> back(elements.size());
  decode(frame, back);
  return back == elements && to_json(CodebookFile{}) != "" ? 0 : 1;
}
"""


class InstallTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = Path(
            cls.enterClassContext(tempfile.TemporaryDirectory(prefix="splitbench-test-"))
        )
        cls.prefix = cls.folder / "prefix"
        build = os.environ.get("SPLITBENCH_BUILD", ROOT / "build")
        cls.call(CMAKE, "--install", build, "--prefix", cls.prefix, "--component", "codec")

    @staticmethod
    def call(*command):
        words = [str(word) for word in command]
        done = subprocess.run(words, capture_output=True, text=True, timeout=100)
        if done.returncode != 0:
            raise AssertionError(f"{' '.join(words)}\n{done.stdout}{done.stderr}")
        return done.stdout

    def build(self, source):
        """Its build folder."""
        folder = self.folder / f"build-{source.name}"
        flags = f"{os.environ.get('CFLAGS', '')} {WARNINGS}"
        options = (f"-DCMAKE_PREFIX_PATH={self.prefix}", f"-DCMAKE_C_FLAGS={flags}")
        self.call(CMAKE, "-S", source, "-B", folder, *options)
        self.call(CMAKE, "--build", folder)
        return folder

    def test_a_c_program_needs_nothing_but_the_package(self):
        example = self.build(ROOT / "codec/example") / "splitzip_example"
        for kind, ratio in (("splitzip", r"1\.3"), ("ranked", r"1\.[345]")):
            line = rf"{kind}: \d+ elements, \d+ escapes, ratio {ratio}\d\d, lossless\n"
            self.assertRegex(self.call(example), line + "gpu: (no|the same)")
            self.assertRegex(self.call(example, DUMP), line)

    def test_a_cpp_program_can_include_every_installed_header(self):
        include = self.prefix / "include"
        headers = sorted(
            path.relative_to(include / "splitbench") for path in include.rglob("*.hpp")
        )
        self.assertIn(Path("codec/codec.hpp"), headers)
        source = self.folder / "cpp"
        source.mkdir()
        lines = ["#include <splitzip.h>", *(f'#include "{header}"' for header in headers)]
        version = os.environ.get("SPLITBENCH_VERSION", "0.1.0")
        (source / "CMakeLists.txt").write_text(
            CPP_PROJECT.format(version=version, warnings=WARNINGS)
        )
        (source / "main.cpp").write_text("\n".join(lines) + CPP_MAIN + check_of(version))
        self.call(self.build(source) / "cpp_consumer")

    def test_installs_the_codec_and_nothing_else(self):
        installed = {path.relative_to(self.prefix).parts[:2] for path in self.prefix.rglob("*.*")}
        self.assertLessEqual({("include", "splitzip.h"), ("include", "splitbench")}, installed)
        for path in self.prefix.rglob("*"):
            self.assertFalse(path.name.endswith(("_test.hpp", ".cuh")), path)
            if path.suffix in {".cmake", ".h", ".hpp"}:
                self.assertNotIn(str(ROOT), path.read_text(), path)


def check_of(version):
    """The header's version number is the package's."""
    major, minor, patch = map(int, version.split("."))
    return f"static_assert(SPLITZIP_VERSION == {major * 10000 + minor * 100 + patch});\n"


if __name__ == "__main__":
    unittest.main()
