#include "codec/predicted/vector_patch.hpp"

#include <cstring>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "codec/predicted/vector_patch.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace splitbench::HWY_NAMESPACE {
namespace {

#if HWY_TARGET == HWY_SCALAR

void in_steps(const std::uint16_t* rows, std::size_t stride, PatchSteps<std::uint16_t>& steps) {
  for (std::uint32_t i = 0; i < kPatchElements; ++i) {
    const std::uint32_t step = i / kPredictedLanes, lane = i % kPredictedLanes;
    steps[i] = rows[token_of(step, lane) * stride + channel_of(step, lane)];
  }
}

void in_rows(const PatchSteps<std::uint8_t>& steps, std::uint8_t* rows, std::size_t stride) {
  for (std::uint32_t i = 0; i < kPatchElements; ++i) {
    const std::uint32_t step = i / kPredictedLanes, lane = i % kPredictedLanes;
    rows[token_of(step, lane) * stride + channel_of(step, lane)] = steps[i];
  }
}

#else

namespace hn = hwy::HWY_NAMESPACE;

/// Returns the step in which a token's lanes have the first of two neighbouring channels.
constexpr std::uint32_t step_of(std::uint32_t token, std::uint32_t couple) {
  return couple * 4 + token / 8 * 2;
}

/// A token has four lanes, each of eight channels: its row is a matrix to be transposed.
void in_steps(const std::uint16_t* rows, std::size_t stride, PatchSteps<std::uint16_t>& steps) {
  const hn::FixedTag<std::uint16_t, 8> d;
  const hn::FixedTag<std::uint16_t, 4> half;
  const hn::Repartition<std::uint32_t, decltype(d)> d32;
  for (std::uint32_t token = 0; token < kStripTokens; ++token) {
    const std::uint16_t* const row = rows + token * stride;
    const auto a = hn::LoadU(d, row), b = hn::LoadU(d, row + 8);
    const auto c = hn::LoadU(d, row + 16), e = hn::LoadU(d, row + 24);
    std::uint16_t* const lanes = steps.data() + token % 8 * 4;
    const auto store = [&](std::uint32_t couple, auto first, auto second, bool upper) {
      const auto x = hn::BitCast(d32, first), y = hn::BitCast(d32, second);
      const auto two =
          hn::BitCast(d, upper ? hn::InterleaveUpper(d32, x, y) : hn::InterleaveLower(d32, x, y));
      const std::uint32_t step = step_of(token, couple);
      hn::StoreU(hn::LowerHalf(half, two), half, lanes + step * kPredictedLanes);
      hn::StoreU(hn::UpperHalf(half, two), half, lanes + (step + 1) * kPredictedLanes);
    };
    const auto ab = hn::InterleaveLower(d, a, b), ce = hn::InterleaveLower(d, c, e);
    store(0, ab, ce, false);
    store(1, ab, ce, true);
    const auto ab_upper = hn::InterleaveUpper(d, a, b), ce_upper = hn::InterleaveUpper(d, c, e);
    store(2, ab_upper, ce_upper, false);
    store(3, ab_upper, ce_upper, true);
  }
}

void in_rows(const PatchSteps<std::uint8_t>& steps, std::uint8_t* rows, std::size_t stride) {
  const hn::FixedTag<std::uint8_t, 16> d;
  const hn::FixedTag<std::uint32_t, 4> d32;
  alignas(16) static constexpr std::uint8_t kTransposed[16] = {0, 4, 8,  12, 1, 5, 9,  13,
                                                               2, 6, 10, 14, 3, 7, 11, 15};
  const auto transposed = hn::Load(d, kTransposed);
  for (std::uint32_t token = 0; token < kStripTokens; ++token) {
    const std::uint8_t* const lanes = steps.data() + token % 8 * 4;
    const auto four = [&](std::uint32_t couple) {
      alignas(16) std::uint32_t of_steps[4];
      for (std::uint32_t i = 0; i < 4; ++i)
        std::memcpy(of_steps + i,
                    lanes + (step_of(token, couple + i / 2) + i % 2) * kPredictedLanes, 4);
      return hn::BitCast(d32,
                         hn::TableLookupBytes(hn::BitCast(d, hn::Load(d32, of_steps)), transposed));
    };
    const auto first = four(0), second = four(2);
    std::uint8_t* const row = rows + token * stride;
    hn::StoreU(hn::BitCast(d, hn::InterleaveLower(d32, first, second)), d, row);
    hn::StoreU(hn::BitCast(d, hn::InterleaveUpper(d32, first, second)), d, row + 16);
  }
}

#endif

}  // namespace
}  // namespace splitbench::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace splitbench {
namespace {

HWY_EXPORT(in_steps);
HWY_EXPORT(in_rows);

}  // namespace

void rows_to_steps(const std::uint16_t* rows, std::size_t stride,
                   PatchSteps<std::uint16_t>& steps) {
  HWY_DYNAMIC_DISPATCH(in_steps)(rows, stride, steps);
}

void steps_to_rows(const PatchSteps<std::uint8_t>& steps, std::uint8_t* rows, std::size_t stride) {
  HWY_DYNAMIC_DISPATCH(in_rows)(steps, rows, stride);
}

}  // namespace splitbench
#endif
