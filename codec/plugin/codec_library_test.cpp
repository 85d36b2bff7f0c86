#include "codec/plugin/codec_library.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <thread>

#include "codec/baselines/cpu_batch.hpp"
#include "codec/errors.hpp"
#include "codec/testing/sample_tensors.hpp"

namespace splitbench {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using Bytes = std::vector<std::byte>;

/// Returns the file of a test's codec with this fault; "none" for the one that works.
std::filesystem::path library_with(const std::string& fault) {
  return std::filesystem::path(TEST_CODECS) / ("test_codec_" + fault + ".so");
}

std::shared_ptr<const CodecLibrary> load(const std::filesystem::path& file) {
  return std::make_shared<const CodecLibrary>(file, std::make_shared<CallWatch>());
}

/// Returns why a file is refused as a codec's library.
std::string refusal_of(const std::filesystem::path& file) {
  try {
    load(file)->bound(1000);
  } catch (const BadLibrary& bad) {
    return bad.what();
  }
  return "nothing";
}

/// Returns why packing with a library, or unpacking what it packed, failed.
template <class Error>
std::string failure_with(const std::string& fault) {
  const Baseline baseline =
      library_baseline(load(library_with(fault)), CodecDevice::cpu, ElementType::bf16);
  const Bytes piece = like_a_cache(ElementType::bf16, 200'001, 1);
  const std::vector<std::span<const std::byte>> pieces{piece};
  const PayloadLayout layout{std::span(pieces), false, baseline.chunk_bytes};
  Bytes out(layout.most_bytes()), back(piece.size());
  const std::vector<std::span<std::byte>> to{back};
  try {
    CpuPayloads payloads(baseline);
    payloads.read(std::span(out).first(payloads.write(pieces, out)), to);
  } catch (const Error& error) {
    return error.what();
  }
  return back == piece ? "nothing" : "other bytes";
}

TEST(CodecLibraryTest, SaysWhatItsCodecIs) {
  const auto library = load(library_with("none"));
  EXPECT_EQ(library->facts().name, "swap");
  EXPECT_TRUE(library->facts().on_cpu && !library->facts().on_cuda);
  EXPECT_EQ(library->facts().chunk_bytes, std::nullopt);
  EXPECT_EQ(library->bound(10), 11u);
}

TEST(CodecLibraryTest, BringsBackPiecesOfAnyLength) {
  const Baseline baseline =
      library_baseline(load(library_with("none")), CodecDevice::cpu, ElementType::bf16);
  for (const std::size_t elements : {1u, 7u, 131'072u, 300'001u}) {
    Bytes piece = like_a_cache(ElementType::bf16, elements, elements);
    std::fill(piece.begin() + static_cast<std::ptrdiff_t>(piece.size() / 2), piece.end(),
              std::byte{9});
    const std::vector<std::span<const std::byte>> pieces{piece};
    const PayloadLayout layout{std::span(pieces), false, baseline.chunk_bytes};
    Bytes out(layout.most_bytes()), back(piece.size());
    CpuPayloads payloads(baseline);
    const std::uint64_t bytes = payloads.write(pieces, out);
    EXPECT_LE(bytes, layout.most_bytes());
    payloads.read(std::span(out).first(bytes), std::vector<std::span<std::byte>>{back});
    EXPECT_TRUE(back == piece) << elements;
  }
}

TEST(CodecLibraryTest, IsMeasuredInBatchesOnSeveralThreads) {
  const Baseline baseline =
      library_baseline(load(library_with("none")), CodecDevice::cpu, ElementType::bf16);
  Bytes raw = like_a_cache(ElementType::bf16, 1'000'000, 3), back(raw.size());
  std::fill(raw.begin() + 700'000, raw.end(), std::byte{0});
  const BaselineTensor tensor{.raw = raw, .back = back};
  const auto batch =
      baseline.batch({&tensor, 1}, {.chunk_bytes = baseline.chunk_bytes, .threads = 3});
  batch->compress();
  batch->decompress();
  EXPECT_TRUE(raw == back);
  EXPECT_LT(batch->compressed_bytes(), raw.size());
}

TEST(CodecLibraryTest, IsRefusedWithItsFileAndTheWayOut) {
  const auto text = std::filesystem::temp_directory_path() / "codec_library_test.txt";
  std::ofstream(text) << "not a library";
  const std::string expected =
      "expected a shared library with the functions of codec/plugin/splitbench_codec.h";
  EXPECT_THAT(refusal_of("nowhere.so"),
              AllOf(HasSubstr("codec library nowhere.so: no such file"), HasSubstr(expected)));
  EXPECT_THAT(refusal_of(std::filesystem::temp_directory_path()), HasSubstr("no such file"));
  EXPECT_THAT(refusal_of(text),
              AllOf(HasSubstr(text.string() + ": cannot be loaded ("), HasSubstr(expected)));
  EXPECT_THAT(refusal_of("libc.so.6"), HasSubstr("no such file"));  // is not looked for elsewhere
  EXPECT_THAT(refusal_of(library_with("old_version")),
              HasSubstr("was compiled for version 0 of the interface, and this program has version "
                        "1; compile it with this program's splitbench_codec.h"));
  EXPECT_THAT(refusal_of(library_with("no_name")),
              HasSubstr("calls its codec ''; expected a name"));
  EXPECT_THAT(refusal_of(library_with("no_decode")),
              HasSubstr("has no function splitbench_codec_decode"));
  EXPECT_THAT(refusal_of(library_with("silly_bound")),
              HasSubstr("bound(1000) is 1048576000; expected 1 to 69536 bytes"));
  std::filesystem::remove(text);
}

TEST(CodecLibraryTest, WritesBehindItsOutputAndIsFoundOut) {
  EXPECT_THAT(failure_with<std::runtime_error>("overrun"),
              AllOf(HasSubstr("test_codec_overrun.so: encode wrote behind the 262145 bytes"),
                    HasSubstr("bound(262144)")));
}

TEST(CodecLibraryTest, IsNamedWhenItFails) {
  EXPECT_THAT(failure_with<std::runtime_error>("error"),
              HasSubstr("test_codec_error.so: encode of 262144 bytes returned -3; expected 1 to"));
  EXPECT_EQ(failure_with<std::runtime_error>("nonsense"), "other bytes");  // a digest's matter
}

TEST(CallWatchTest, SeesACallThatDoesNotReturn) {
  using std::chrono::milliseconds;
  CallWatch watch;
  EXPECT_EQ(watch.longer_than(milliseconds(0)), std::nullopt);
  {
    const CallWatch::Call older(watch, "older"), younger(watch, "younger");
    while (watch.longer_than(milliseconds(5)) == std::nullopt) std::this_thread::yield();
    EXPECT_EQ(watch.longer_than(milliseconds(5)), "older");
    EXPECT_EQ(watch.longer_than(std::chrono::hours(1)), std::nullopt);
  }
  EXPECT_EQ(watch.longer_than(milliseconds(0)), std::nullopt);
}

}  // namespace
}  // namespace splitbench
