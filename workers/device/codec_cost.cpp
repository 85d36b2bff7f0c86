#include "workers/device/codec_cost.hpp"

#include <algorithm>
#include <cmath>

namespace splitbench {

MedianCost median_cost(std::vector<ChunkCost> costs) {
  if (costs.empty()) return {};
  const auto per_byte = [](const ChunkCost& c) {
    return c.nanoseconds / static_cast<double>(c.bytes);
  };
  std::ranges::sort(costs, {}, per_byte);
  double all = 0, squares = 0;
  for (const ChunkCost& c : costs) {
    const auto bytes = static_cast<double>(c.bytes);
    all += bytes;
    squares += bytes * bytes;
  }
  const auto at_share = [&](double share) {
    double below = 0;
    for (const ChunkCost& c : costs) {
      below += static_cast<double>(c.bytes);
      if (below >= share * all) return per_byte(c);
    }
    return per_byte(costs.back());
  };
  // Of n equal chunks the median's interval reaches 0.98 * sqrt(n) ranks to each side; chunks of
  // different sizes count as that many equal ones which their weights' squares amount to.
  const double equal = all * all / squares;
  const double median = at_share(0.5);
  constexpr double kFewest = 6, kErrorOfFew = 0.2;
  if (equal < kFewest) return {.cost = median, .error = kErrorOfFew / std::sqrt(equal)};
  const double reach = 0.98 / std::sqrt(equal);
  return {.cost = median, .error = (at_share(0.5 + reach) - at_share(0.5 - reach)) / (4 * median)};
}

}  // namespace splitbench
