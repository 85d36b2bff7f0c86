#include <algorithm>
#include <gtest/gtest.h>

#include "codec/cpu/sections.hpp"
#include "codec/cpu/stream_copy.hpp"
#include "codec/cpu/tile_ranges.hpp"
#include "codec/testing/codec_fixture.hpp"
#include "codec/testing/instruction_sets.hpp"

namespace splitbench {
namespace {

// Claims about threads, instruction sets and large tensors, beyond what CodecTest claims of both
// backends.

constexpr FrameKind kCodedKinds[] = {FrameKind::splitzip, FrameKind::ranked};

constexpr std::uint64_t kTilesOfFiveThreads = 5 * kTilesWorthAThread;

/// Returns a large tensor, quickly made.
Bytes repeated(ElementType type, std::size_t n) {
  const Bytes piece = like_a_cache(type, 99'991);
  Bytes raw(n * element_bytes(type));
  for (std::size_t at = 0; at < raw.size(); at += piece.size()) {
    const std::size_t size = std::min(piece.size(), raw.size() - at);
    std::copy_n(piece.begin(), size, raw.begin() + static_cast<std::ptrdiff_t>(at));
  }
  return raw;
}

TEST(CpuCodecTest, WritesTheSameBytesWithEveryInstructionSet) {
  const std::vector<std::int64_t> sets = instruction_sets();
  EXPECT_FALSE(sets.empty());
  for (const std::int64_t set : sets) {
    SCOPED_TRACE(hwy::TargetName(set));
    const OnlyInstructionSet only(set);
    CpuTestBackend backend;
    for (const ElementType type : kElementTypes) {
      for (const FrameKind kind : kCodedKinds) {
        for (const Codebook& codebook : sample_codebooks(type, kind)) {
          expect_lossless(backend, all_patterns(type), codebook, kind);
          for (const std::size_t n : {449, 4095, 20'001})
            expect_lossless(backend, like_a_cache(type, n), codebook, kind);
        }
        const Bytes longest = like_a_cache(type, 5000 + 65);
        for (std::size_t n = 5000; n <= 5000 + 65; ++n) {
          const auto end = longest.begin() + static_cast<std::ptrdiff_t>(n * element_bytes(type));
          expect_lossless(backend, {longest.begin(), end}, fitting(type, longest, kind), kind);
        }
      }
    }
  }
}

TEST(CpuCodecTest, DigestsTheSameWithEveryInstructionSet) {
  const Bytes raw = like_a_cache(ElementType::fp8_e5m2, 300);
  for (const std::int64_t set : instruction_sets()) {
    const OnlyInstructionSet only(set);
    for (std::size_t size = 0; size < raw.size(); ++size) {
      const auto* const bytes = reinterpret_cast<const std::uint8_t*>(raw.data());
      EXPECT_EQ(digest(std::span(raw).first(size)), format_reference::digest({bytes, bytes + size}))
          << size << " bytes, " << hwy::TargetName(set);
    }
  }
}

TEST(CpuCodecTest, WritesTheSameBytesWithAnyNumberOfThreads) {
  for (const ElementType type : kElementTypes) {
    const Bytes raw = repeated(type, kTilesOfFiveThreads * kTileElements + 4321);
    for (const FrameKind kind : {FrameKind::stored, FrameKind::splitzip, FrameKind::ranked}) {
      const Codebook codebook = for_kind(kind, window(type));
      const auto one = CpuTestBackend().encode(raw, codebook, kind);
      EXPECT_EQ(one.result.kind, kind);
      for (const unsigned threads : {0u, 2u, 3u, 5u}) {
        CpuTestBackend backend(threads);
        EXPECT_TRUE(backend.encode(raw, codebook, kind) == one);
        EXPECT_TRUE(backend.decode(one.frame, type, raw.size() / element_bytes(type)) == raw);
      }
    }
  }
}

/// Either one thread alone meets more escapes than a frame can hold, or only all of them together
/// do.
TEST(CpuCodecTest, StoresWithAnyNumberOfThreads) {
  const ElementType type = ElementType::fp8_e4m3;
  const std::size_t n = kTilesOfFiveThreads * kTileElements;
  const std::uint64_t capacity = escape_capacity(type, n);
  for (const std::size_t step : {1, 20}) {
    for (const std::uint64_t escapes : {capacity, capacity + 1}) {
      Bytes raw(n, std::byte{0x40});
      for (std::size_t i = 0; i < escapes; ++i) raw[i * step] = std::byte{0};
      const Bytes reference = reference_frame(raw, window(type));
      for (const unsigned threads : {1u, 5u}) {
        const auto encoded = CpuTestBackend(threads).encode(raw, window(type), FrameKind::splitzip);
        EXPECT_EQ(encoded.result.kind == FrameKind::splitzip, escapes == capacity);
        EXPECT_TRUE(encoded.frame == reference);
      }
    }
  }
}

TEST(CpuCodecTest, NamesTheSameFaultWithAnyNumberOfThreads) {
  const Bytes raw = repeated(ElementType::bf16, kTilesOfFiveThreads * kTileElements);
  const Bytes frame = CpuTestBackend().encode(raw, window(), FrameKind::splitzip).frame;
  const FrameHeader header = read_header(frame);
  const FrameLayout layout = splitzip_layout(ElementType::bf16, header.elements, header.escapes);
  Bytes bad = frame;
  // This is the first escape of the last tile; before it, an element changes in a way that only the
  // digest detects.
  const std::uint32_t first =
      read_tile_end(frame.data() + layout.tile_ends, kTilesOfFiveThreads - 2);
  const Escape escape = read_escape(frame.data() + layout.escapes, first);
  bad[layout.planes[0] + ((kTilesOfFiveThreads - 1) * kTileElements + escape.position) / 2] |=
      std::byte{0x11};
  bad[layout.planes[1]] ^= std::byte{1};
  for (unsigned threads = 1; threads <= 5; ++threads) {
    try {
      CpuTestBackend(threads).decode(bad, ElementType::bf16, header.elements);
      ADD_FAILURE() << "decoded";
    } catch (const BadFrame& fault) {
      EXPECT_STREQ(fault.what(), describe(FrameFault::escape_code));
    }
  }
}

TEST(CpuCodecTest, GivesBackWhatIsLargerThanTheCachesWhereverItLies) {
  for (const ElementType type : kElementTypes) {
    const Bytes raw = repeated(type, (kStreamedBytes + 77'000) / element_bytes(type));
    for (const FrameKind kind : {FrameKind::stored, FrameKind::splitzip, FrameKind::ranked}) {
      const Bytes frame = CpuTestBackend(2).encode(raw, for_kind(kind, window(type)), kind).frame;
      Bytes decoded(raw.size() + 7);
      for (const std::size_t offset : {0, 7}) {
        const std::span target = std::span(decoded).subspan(offset, raw.size());
        EXPECT_EQ(decode(frame, target, 2), digest(raw));
        EXPECT_TRUE(std::ranges::equal(target, raw));
      }
    }
  }
}

TEST(CpuCodecTest, RefusesWhatBreaksTheContract) {
  Bytes raw(2000), out(max_frame_bytes(ElementType::bf16, 1000));
  EXPECT_NO_THROW(encode(raw, window(), FrameKind::splitzip, out));
  const std::span odd = std::span(raw).first(1999);
  EXPECT_THROW(encode(odd, window(), FrameKind::splitzip, out), std::invalid_argument);
  const std::span small = std::span(out).first(out.size() - 1);
  EXPECT_THROW(encode(raw, window(), FrameKind::splitzip, small), std::invalid_argument);
  const Codebook unknown{.exponents = {}, .element_type = ElementType{4}};
  EXPECT_THROW(encode(raw, unknown, FrameKind::stored, out), std::invalid_argument);
}

TEST(StreamCopyTest, CopiesExactlyWhatItIsToldTo) {
  const Bytes from = like_a_cache(ElementType::fp8_e5m2, 500);
  for (std::size_t offset = 0; offset < 70; ++offset) {
    for (const std::size_t size : {0, 1, 63, 64, 65, 127, 128, 129, 300}) {
      GuardedBytes to(size + offset);
      const std::span target = to.inside().subspan(offset);
      stream_copy(std::span(from).first(size), target.data());
      flush_stream();
      EXPECT_TRUE(std::ranges::equal(target, std::span(from).first(size)));
    }
  }
}

}  // namespace
}  // namespace splitbench
