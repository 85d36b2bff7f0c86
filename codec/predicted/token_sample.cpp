#include "codec/predicted/token_sample.hpp"

#include <algorithm>

namespace splitbench {

TokenSample::TokenSample(std::span<const std::uint16_t> elements, const References& references,
                         const Pages& pages, std::uint32_t row, std::uint32_t count) {
  const std::uint64_t tokens = elements.size() / row;
  const std::uint64_t taken = std::min<std::uint64_t>(count, tokens);
  const std::span<const std::uint16_t> all[] = {references.own_key, references.own_values,
                                                references.key_before, references.values_before};
  for (std::uint64_t i = 0; i < taken; ++i) {
    const std::uint64_t token = (2 * i + 1) * tokens / (2 * taken);
    const auto add = [&](std::span<const std::uint16_t> from, std::vector<std::uint16_t>& to) {
      if (from.empty()) return;
      const auto values = from.subspan(token * row, row);
      to.insert(to.end(), values.begin(), values.end());
    };
    pages_.first_positions.push_back(pages.position(static_cast<std::uint32_t>(token)));
    add(elements, elements_);
    for (std::size_t k = 0; k < references_.size(); ++k) add(all[k], references_[k]);
  }
}

}  // namespace splitbench
