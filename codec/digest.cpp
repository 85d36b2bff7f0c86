#include "codec/digest.hpp"

#include <algorithm>
#include <cstring>
#include <numeric>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "codec/digest.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace splitbench::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

/// Returns the sum of mix() over as many words as fill whole vectors; their number goes to `words`.
std::uint64_t digest_vectors(std::span<const std::byte> bytes, std::uint64_t first_position,
                             std::size_t& words) {
  constexpr std::size_t kMostLanes = 8;
  const hn::CappedTag<std::uint64_t, kMostLanes> d;
  const std::size_t lanes = hn::Lanes(d);
  const auto* const word = reinterpret_cast<const std::uint64_t*>(bytes.data());
  const auto factor = hn::Set(d, 0xd6e8feb86659fd93);
  const auto step = hn::Set(d, lanes * kDigestStep);
  HWY_ALIGN std::uint64_t lane_values[kMostLanes];
  for (std::size_t lane = 0; lane < lanes; ++lane)
    lane_values[lane] = digest_salt(first_position + lane);
  auto salt = hn::Load(d, lane_values);
  auto sum = hn::Zero(d);
  for (words = 0; words + lanes <= bytes.size() / 8; words += lanes) {
    auto x = hn::Add(hn::LoadU(d, word + words), salt);
    x = hn::Mul(hn::Xor(x, hn::ShiftRight<32>(x)), factor);  // scramble()
    sum = hn::Add(sum, hn::Xor(x, hn::ShiftRight<32>(x)));
    salt = hn::Add(salt, step);
  }
  hn::Store(sum, d, lane_values);
  return std::accumulate(lane_values, lane_values + lanes, std::uint64_t{0});
}

}  // namespace
}  // namespace splitbench::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace splitbench {
namespace {

HWY_EXPORT(digest_vectors);

}  // namespace

std::uint64_t digest(std::span<const std::byte> bytes, std::uint64_t first_position) {
  std::size_t done;
  std::uint64_t sum = HWY_DYNAMIC_DISPATCH(digest_vectors)(bytes, first_position, done);
  for (; 8 * done < bytes.size(); ++done) {
    const std::span rest = bytes.subspan(8 * done);
    std::uint64_t word = 0;
    std::memcpy(&word, rest.data(), std::min<std::size_t>(rest.size(), 8));
    sum += mix(word, first_position + done);
  }
  return sum;
}

}  // namespace splitbench
#endif
