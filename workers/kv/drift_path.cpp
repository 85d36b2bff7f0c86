#include <algorithm>
#include <array>

#include "workers/kv/drift.hpp"

namespace splitbench {
namespace {

/// The share of a period after which a raised cosine comes to half of the first eighth, of the
/// second, and so on: acos(1 - (2k - 1) / 8) / 2 pi. As constants, because libraries' cosines
/// differ in their last bits.
constexpr std::array<double, kDriftLevels> kRises = {
    0.08043062325516624, 0.14254947929586267, 0.18882135323043847, 0.2300534561626159,
    0.26994654383738415, 0.3111786467695616,  0.35745052070413735, 0.4195693767448338};

/// Rounded to the nearest eighth; of a ramp that is nowhere between its ends, its end.
std::uint32_t ramp_level(std::uint64_t since, std::uint64_t length) {
  if (since >= length) return kDriftLevels;
  const double share = static_cast<double>(since) / static_cast<double>(length);
  return static_cast<std::uint32_t>(share * kDriftLevels + 0.5);
}

std::uint32_t periodic_level(std::uint64_t since, std::uint64_t period) {
  if (period == 0) return 0;
  const std::uint64_t phase = since % period;
  const double share =
      static_cast<double>(std::min(phase, period - phase)) / static_cast<double>(period);
  return static_cast<std::uint32_t>(std::ranges::upper_bound(kRises, share) - kRises.begin());
}

}  // namespace

std::uint32_t drift_level(const DriftSpec& spec, std::uint64_t request,
                          std::chrono::nanoseconds arrival) {
  const DriftPath& path = spec.path;
  const std::uint64_t now = path.timed ? static_cast<std::uint64_t>(arrival.count()) : request;
  if (spec.kind == DriftKind::none || now < path.begin) return 0;
  if (spec.kind == DriftKind::alternating && request % 2 == 0) return 0;
  switch (path.shape) {
    case DriftPath::Shape::step:
      return kDriftLevels;
    case DriftPath::Shape::ramp:
      return ramp_level(now - path.begin, path.length);
    case DriftPath::Shape::periodic:
      return periodic_level(now - path.begin, path.length);
  }
  return 0;
}

std::vector<std::uint32_t> levels_of(const DriftSpec& spec) {
  if (spec.kind == DriftKind::none) return {0};
  if (spec.path.shape == DriftPath::Shape::step) return {0, kDriftLevels};
  std::vector<std::uint32_t> levels;
  for (std::uint32_t level = 0; level <= kDriftLevels; ++level) levels.push_back(level);
  return levels;
}

}  // namespace splitbench
