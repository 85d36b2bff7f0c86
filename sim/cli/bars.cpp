#include "sim/cli/bars.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>

namespace splitbench {

std::string bar(double share) {
  constexpr std::string_view kEighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  constexpr double kLongestBar = 40;
  const auto eighths = static_cast<unsigned>(std::lround(share * kLongestBar * 8));
  std::string text;
  for (unsigned i = 0; i < eighths / 8; ++i) text += "█";
  return text + std::string(kEighths[eighths % 8]);
}

std::string columns(std::span<const std::uint64_t> counts) {
  constexpr std::string_view kEighths[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  if (counts.empty()) return "";
  const std::uint64_t highest = std::max<std::uint64_t>(1, std::ranges::max(counts));
  std::string text;
  for (const std::uint64_t count : counts) text += kEighths[(count * 8 + highest - 1) / highest];
  return text;
}

}  // namespace splitbench
