#include "configs/reader/diagnostics.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <span>

namespace splitbench {
namespace {

constexpr std::size_t kQuoted = 100;    // bytes of a line before a mistake, and behind it
constexpr std::size_t kMostShown = 20;  // nobody mends more at once

std::string line_of(const std::string& text, std::size_t number) {
  std::size_t begin = 0;
  for (; number > 0; --number) begin = text.find('\n', begin) + 1;
  std::string line = text.substr(begin, text.find('\n', begin) - begin);
  if (line.ends_with('\r')) line.pop_back();
  return line;
}

/// Returns blanks as wide as the line up to the column, whatever tabs and multi-byte characters are
/// in it.
std::string padding(const std::string& line, std::size_t column) {
  std::string spaces;
  for (const char c : line.substr(0, column)) {
    const bool continuation = (static_cast<unsigned char>(c) & 0xC0) == 0x80;
    if (!continuation) spaces += c == '\t' ? '\t' : ' ';
  }
  return spaces;
}

std::string render(const Place& place, const std::string& message) {
  const Source& source = *place.source;
  if (!place.mark) return fmt::format("{}: {}", source.name, message);
  const auto [line, column] = *place.mark;
  const std::string where = source.numbered ? fmt::format(":{}:{}", line + 1, column + 1) : "";
  const std::string text = line_of(source.text, line);
  const std::size_t begin = std::min(column > kQuoted ? column - kQuoted : 0, text.size());
  const std::string part = text.substr(begin, 2 * kQuoted);
  return fmt::format("{}{}: {}\n    {}\n    {}^", source.name, where, message, part,
                     padding(part, column - begin));
}

}  // namespace

void Diagnostics::add(const Place& place, std::string message) {
  problems_.push_back({place, std::move(message)});
}

void Diagnostics::throw_if_any() const {
  if (problems_.empty()) return;
  std::vector<const Source*> sources;  // ordered by their first mistake
  std::vector<std::pair<std::size_t, const Problem*>> sorted;
  for (const Problem& problem : problems_) {
    const Source* source = problem.place.source.get();
    auto found = std::ranges::find(sources, source);
    if (found == sources.end()) found = sources.insert(found, source);
    sorted.emplace_back(found - sources.begin(), &problem);
  }
  std::ranges::stable_sort(sorted, {}, [](const auto& entry) {
    return std::pair(entry.first, entry.second->place.mark);
  });
  std::string text;
  for (const auto& [_, problem] : std::span(sorted).first(std::min(sorted.size(), kMostShown))) {
    if (!text.empty()) text += '\n';
    text += render(problem->place, problem->message);
  }
  if (sorted.size() > kMostShown)
    text += fmt::format("\n{} {}more mistakes", sorted.size() - kMostShown, full() ? "or " : "");
  throw ConfigError(text);
}

}  // namespace splitbench
