#include "workloads/printable_text.hpp"

#include <cstdint>
#include <cstdio>
#include <fmt/format.h>

namespace splitbench {
namespace {

/// A character at the begin of a text, or a byte that begins none.
struct Character {
  std::size_t bytes = 1;
  std::uint32_t code = 0;
  bool is_valid = false;
};

std::size_t length_of(unsigned char first) {
  return first < 0x80                    ? 1
         : first >= 0xC2 && first < 0xE0 ? 2
         : first >= 0xE0 && first < 0xF0 ? 3
         : first >= 0xF0 && first < 0xF5 ? 4
                                         : 0;
}

/// Reads UTF-8 in its shortest form; surrogates are none.
Character first_of(std::string_view text) {
  constexpr std::uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  const auto first = static_cast<unsigned char>(text[0]);
  const std::size_t length = length_of(first);
  if (length == 0 || length > text.size()) return {.code = first};
  std::uint32_t code = length == 1 ? first : first & (0x7Fu >> length);
  for (const char c : text.substr(1, length - 1)) {
    if ((c & 0xC0) != 0x80) return {.code = first};
    code = code << 6 | (c & 0x3Fu);
  }
  const bool is_surrogate = code >= 0xD800 && code < 0xE000;
  if (code < kLeast[length] || code > 0x10FFFF || is_surrogate) return {.code = first};
  return {.bytes = length, .code = code, .is_valid = true};
}

/// Returns whether a terminal would act on a character, or show what follows in another order.
bool is_control(std::uint32_t code) {
  if (code == '\n' || code == '\t') return false;
  const bool turns_writing = code == 0x061C || code == 0x200E || code == 0x200F ||
                             (code >= 0x202A && code <= 0x202E) ||
                             (code >= 0x2066 && code <= 0x2069);
  return code < ' ' || (code >= 0x7F && code < 0xA0) || turns_writing;
}

std::string escape_of(std::uint32_t code) {
  return code < 0x100 ? fmt::format("\\x{:02x}", code) : fmt::format("\\u{:04x}", code);
}

}  // namespace

std::string printable(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const Character next = first_of(text);
    if (next.is_valid && !is_control(next.code))
      result += text.substr(0, next.bytes);
    else
      result += escape_of(next.code);
    text.remove_prefix(next.bytes);
  }
  return result;
}

void say(std::string_view message) {
  constexpr std::size_t kMost = 16 << 10;  // a name or a value in it may be as long as a file
  std::string shown = printable(message.substr(0, kMost));
  if (message.size() > kMost) shown += fmt::format("... and {} bytes more", message.size() - kMost);
  write_to_stderr("splitbench: " + shown + "\n");
}

void write_to_stderr(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stderr);
}

}  // namespace splitbench
