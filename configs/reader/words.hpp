#pragma once
#include <span>
#include <string>
#include <string_view>

namespace splitbench {

/// Without spaces and tabs at either end.
std::string_view trimmed(std::string_view text);

/// "a, b or c".
std::string one_of(std::span<const std::string> words);

/// The one of `known` that `word` is most likely a misspelling of: at most a letter in three is
/// missing, added, changed, or has changed places with its neighbour. Empty when none is that near,
/// and for words of three letters, which are near to too many.
std::string nearest(std::string_view word, std::span<const std::string> known);

}  // namespace splitbench
