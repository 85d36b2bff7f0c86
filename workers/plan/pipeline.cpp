#include "workers/plan/pipeline.hpp"

#include <algorithm>
#include <vector>

namespace splitbench {

Pipeline::Run Pipeline::tensors_of_group(std::uint32_t group) const {
  if (tokens_per_group() > 0 && group > 0) return {};
  const std::vector<CacheTensor> tensors = model.tensors(element_type);
  const auto first_from = [&tensors](std::uint32_t layer) {
    const auto found = std::ranges::lower_bound(tensors, layer, {}, &CacheTensor::layer);
    return static_cast<std::uint32_t>(found - tensors.begin());
  };
  const Run layers = layers_of_group(group);
  const std::uint32_t first = first_from(layers.first);
  return {first, first_from(layers.first + layers.count) - first};
}

std::uint64_t Pipeline::tokens_within(std::uint64_t bytes) const {
  std::uint64_t fits = 0, least_too_many = kMostTokens + 1;
  while (least_too_many - fits > 1) {
    // From the bottom up: a request of very many tokens would have more bytes than 64 bits count.
    const std::uint64_t tokens =
        std::min(fits == 0 ? 1 : 2 * fits, fits + (least_too_many - fits) / 2);
    (memory_of(tokens) <= bytes ? fits : least_too_many) = tokens;
  }
  return fits;
}

}  // namespace splitbench
