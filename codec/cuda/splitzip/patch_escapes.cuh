#pragma once
#include <cstdint>
#include <type_traits>

#include "codec/cuda/jobs.cuh"
#include "codec/cuda/open_frame.cuh"
#include "codec/cuda/splitzip/frame_jobs.cuh"
#include "codec/cuda/splitzip/join.cuh"
#include "codec/cuda/splitzip/tile.cuh"

namespace splitbench {

// Patching: a tile's elements are put together as if none escaped, and those that do are written
// once more.

/// A tile's escapes as indices of the section.
struct EscapeRange {
  std::uint32_t begin, end;
};

/// Returns the range that a frame gives, or nothing where it can have none.
__device__ inline EscapeRange find_escapes(const Jobs<DecodeJob>& jobs, std::uint32_t job,
                                           std::uint32_t tile) {
  if (!jobs.get(job, &DecodeJob::has_planes)) return {};
  const std::uint32_t* const ends = jobs.get(job, &DecodeJob::tile_ends);
  return {.begin = tile == 0 ? 0 : ends[tile - 1], .end = ends[tile]};
}

/// An escaped element: what it is, and where it belongs.
template <ElementType kType>
struct Patch {
  using Element = std::conditional_t<kType == ElementType::bf16, std::uint16_t, std::uint8_t>;

  Element* to = nullptr;  ///< null if there is nothing to write
  Element element;
};

/// Returns the number of a tile's escapes; none if the range is not one that a tile of the frame
/// can have, which is reported.
__device__ inline std::uint32_t count_escapes(EscapeRange range, std::uint64_t elements,
                                              std::uint32_t tile, std::uint64_t all,
                                              DecodeState& state) {
  const bool last = tile + 1 == tiles(elements);
  if (range.begin <= range.end &&
      range.end - range.begin <= available(elements, tile * kTileElements, kTileElements) &&
      (last ? range.end == all : range.end <= all))
    return range.end - range.begin;
  state.raise(FrameFault::tile_ends);
  return 0;
}

/// Writes the escaped elements of a tile whose planes have been brought. Called by one whole warp.
template <ElementType kType>
class TilePatcher {
 public:
  __device__ TilePatcher(const GroupMemory<std::byte>& output, std::uint64_t elements,
                         std::uint32_t in_job, const TilePlanes<kType>& planes,
                         const OpenFrame& frame, DecodeState& state)
      : planes_(planes),
        output_(output),
        tile_(in_job),
        elements_(available(elements, in_job * kTileElements, kTileElements)),
        frame_(frame),
        state_(state) {}

  /// Writes the elements of the `count` escapes at `records`, of which there is one at least, after
  /// `written()` has returned; returns what that changes in this lane's share of the digest. Wrong
  /// escapes are reported and left out.
  template <typename Written>
  __device__ std::uint64_t patch(const std::byte* records, std::uint32_t count,
                                 const Written& written) const {
    std::uint64_t difference = 0;
    for (std::uint32_t first = threadIdx.x % 32; first < count + threadIdx.x % 32;
         first += kEach * 32) {
      Record escapes[kEach];
      unsigned coded[kEach];
      Patch<kType> patches[kEach];
#pragma unroll
      for (int i = 0; i < kEach; ++i) escapes[i] = read(records, min(first + 32 * i, count - 1));
#pragma unroll
      for (int i = 0; i < kEach; ++i)
        coded[i] = planes_.element(min(escapes[i].position, elements_ - 1));
#pragma unroll
      for (int i = 0; i < kEach; ++i) {
        if (first + 32 * i < count && fits(escapes[i], coded[i]))
          patches[i] = patch_of(escapes[i], coded[i], difference);
      }
      if (first < 32) written();
#pragma unroll
      for (const Patch<kType>& patch : patches) {
        if (patch.to != nullptr) *patch.to = patch.element;
      }
    }
    return difference;
  }

 private:
  /// The escapes of a lane whose reads are under way together. A lane reads even where it has none,
  /// the last one.
  static constexpr int kEach = 2;

  /// An escape as it stands in the frame.
  struct Record {
    std::uint32_t lowest;  ///< the first position behind the escape before
    std::uint32_t position;
    std::uint32_t exponent;
  };

  __device__ Record read(const std::byte* records, std::uint32_t number) const {
    const std::byte* const record = records + kEscapeBytes * std::uint64_t{number};
    const auto byte = [record](int offset) { return static_cast<std::uint32_t>(record[offset]); };
    return {.lowest = number == 0 ? 0 : (byte(-3) | byte(-2) << 8) + 1,
            .position = byte(0) | byte(1) << 8,
            .exponent = byte(2)};
  }

  /// Returns whether an element can be this escape, and reports if not.
  __device__ bool fits(const Record& escape, unsigned coded) const {
    FrameFault fault = FrameFault::none;
    if (coded % element_format(kType).codes() != 0) fault = FrameFault::escape_code;
    if (escape.position < escape.lowest || escape.position >= elements_)
      fault = FrameFault::escape_position;
    if ((frame_.taken[escape.exponent / 32] >> escape.exponent % 32 & 1) != 0)
      fault = FrameFault::escape_exponent;
    if (fault == FrameFault::none) return true;
    state_.raise(fault);
    return false;
  }

  /// Returns what is to be written for an escape, and adds what that changes in the digest.
  __device__ Patch<kType> patch_of(const Record& escape, unsigned coded,
                                   std::uint64_t& difference) const {
    using Element = typename Patch<kType>::Element;
    constexpr ElementFormat kFormat = element_format(kType);
    const unsigned rest = coded >> kFormat.code_bits;
    const unsigned wrong = kFormat.join(frame_.header.exponents[0], rest);
    const unsigned right = kFormat.join(escape.exponent, rest);
    const std::uint32_t group =
        tile_ * TilePart<kType>::kTileGroups + escape.position / kGroupElements<kType>;
    const std::uint32_t in_group = escape.position % kGroupElements<kType>;
    const std::uint32_t byte = in_group * kFormat.bytes;
    const std::uint64_t change = std::uint64_t{right} - wrong << 8 * (byte % 4);
    difference += change * word_key(4 * (group / kStripColumns % kStripRows) + byte / 4) *
                  column_key(column_of(group));
    return {.to = reinterpret_cast<Element*>(output_.at(group)) + in_group,
            .element = static_cast<Element>(right)};
  }

  const TilePlanes<kType>& planes_;
  const GroupMemory<std::byte> output_;
  const std::uint32_t tile_;
  const std::uint32_t elements_;
  const OpenFrame& frame_;
  DecodeState& state_;
};

}  // namespace splitbench
