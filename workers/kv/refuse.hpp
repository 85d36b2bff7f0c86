#pragma once
#include <fmt/core.h>
#include <stdexcept>
#include <utility>

namespace splitbench {

/// Throws std::runtime_error with the formatted text, which says why a file of KV is not accepted.
template <typename... Arguments>
[[noreturn]] void refuse(fmt::format_string<Arguments...> text, Arguments&&... arguments) {
  throw std::runtime_error(fmt::format(text, std::forward<Arguments>(arguments)...));
}

}  // namespace splitbench
