#include "sim/run/ideal_sizes.hpp"

#include <algorithm>
#include <cmath>

#include "codec/exponent_statistics.hpp"
#include "codec/frame.hpp"

namespace splitbench {

double IdealSizes::escape_rate(std::uint32_t tile) {
  const auto [known, is_new] = rates_.try_emplace(tile);
  if (is_new) {
    const ExponentHistogram& histogram = source_.histogram(tile);
    known->second =
        splitbench::escape_rate(histogram, calibrate(histogram, pipeline_.element_type));
  }
  return known->second;
}

std::uint64_t IdealSizes::bytes(std::uint64_t tokens, std::uint32_t drift_level) {
  const ElementType type = pipeline_.element_type;
  const auto tensors =
      static_cast<std::uint32_t>(pipeline_.model.layers * pipeline_.model.tensor_classes().size());
  const std::uint64_t elements = tokens * pipeline_.model.width();
  std::uint64_t sum = 0;
  for (std::uint32_t tensor = 0; tensor < tensors; ++tensor) {
    const double rate = escape_rate(source_.tile_of(tensor, drift_level));
    const auto escapes =
        static_cast<std::uint64_t>(std::llround(rate * static_cast<double>(elements)));
    sum +=
        std::min(splitzip_frame_bytes(type, elements, escapes), stored_frame_bytes(type, elements));
  }
  return sum;
}

void IdealSizes::write(std::span<Timeline> timelines) {
  for (Timeline& t : timelines) {
    if (t.raw_bytes == 0) continue;
    t.ideal_bytes = bytes(t.raw_bytes / pipeline_.bytes_per_token(),
                          static_cast<std::uint32_t>(std::lround(t.drift * kDriftLevels)));
  }
}

}  // namespace splitbench
