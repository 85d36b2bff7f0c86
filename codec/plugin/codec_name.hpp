#pragma once
#include <algorithm>
#include <cstddef>
#include <string_view>

namespace splitbench {

inline constexpr std::size_t kLongestCodecName = 64;

/// The form of an added codec's name, for messages.
inline constexpr std::string_view kCodecNameForm =
    "1 to 64 of a-z, 0-9, - and _, a letter or digit first";

/// Returns whether a text may be the name of a codec that is added to those of the table.
constexpr bool is_codec_name(std::string_view text) {
  const auto is_alphanumeric = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
  };
  const auto is_allowed = [&](char c) { return is_alphanumeric(c) || c == '-' || c == '_'; };
  return !text.empty() && text.size() <= kLongestCodecName && is_alphanumeric(text.front()) &&
         std::ranges::all_of(text, is_allowed);
}

}  // namespace splitbench
