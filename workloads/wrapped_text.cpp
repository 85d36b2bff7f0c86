#include "workloads/wrapped_text.hpp"

#include <algorithm>
#include <sstream>

namespace splitbench {

std::size_t width_of(const std::string& text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string wrapped(const std::string& label, const std::string& text) {
  const std::string margin(width_of(label), ' ');
  std::string result, line = label;
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    const bool first = width_of(line) == margin.size();
    if (!first && width_of(line) + 1 + width_of(word) > kTextWidth) {
      result += line + "\n";
      line = margin + word;
    } else {
      line += (first ? "" : " ") + word;
    }
  }
  return result + line + "\n";
}

}  // namespace splitbench
