#pragma once
#include <span>
#include <string>
#include <string_view>

namespace splitbench {

/// Returns the part of `text` without spaces and tabs at either end.
std::string_view trimmed(std::string_view text);

/// Returns the words joined as "a, b or c".
std::string one_of(std::span<const std::string> words);

/// Returns the one of `known` that `word` is most likely a misspelling of: at most one letter in
/// three is missing, added, changed, or swapped with its neighbour. Returns an empty text if none
/// is that near, and for misspelt words of up to three letters, which are near to too many.
std::string nearest(std::string_view word, std::span<const std::string> known);

}  // namespace splitbench
