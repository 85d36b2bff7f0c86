#pragma once
#include <cstddef>
#include <string>

namespace splitbench {

/// The columns that the program's tables and messages fit into.
inline constexpr std::size_t kTextWidth = 100;

/// Returns how many columns UTF-8 text takes, if each character takes one.
std::size_t width_of(const std::string& text);

/// Returns words in lines of at most kTextWidth columns, as far as words allow, each ending in LF.
/// The first follows `label`; the others are indented to where its text begins.
std::string wrapped(const std::string& label, const std::string& text);

}  // namespace splitbench
