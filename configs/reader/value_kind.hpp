#pragma once
#include <arpa/inet.h>
#include <concepts>
#include <filesystem>
#include <fmt/format.h>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
#include <yaml-cpp/yaml.h>

#include "configs/reader/quantity.hpp"
#include "configs/reader/words.hpp"
#include "workloads/enum_names.hpp"
#include "workloads/input_error.hpp"

namespace splitbench {

/// A kind of value, as it is written in a file. `parse` throws InputError that says what it found
/// and what it expected; `format` is its inverse and writes YAML.
template <class Value>
struct Kind {
  std::string takes;  ///< description for people: "a bandwidth from 1 kbit/s to 100 Tbit/s"
  std::function<Value(std::string_view)> parse;
  std::function<std::string(const Value&)> format;
  std::string unit;  ///< base unit of a quantity (quantity.hpp); empty for other values
  std::vector<std::string> words{};  ///< all that it takes, where that is a few words
};

namespace kind {

/// Narrows a kind to [lowest, highest], which are written as in a file.
template <class Value>
Kind<Value> within(Kind<Value> kind, std::string_view lowest, std::string_view highest) {
  const std::string takes = fmt::format("{} from {} to {}", kind.takes, lowest, highest);
  return {takes,
          [=, low = kind.parse(lowest), high = kind.parse(highest)](std::string_view text) {
            const Value value = kind.parse(text);
            if (value >= low && value <= high) return value;
            throw InputError(fmt::format("'{}' is out of range; expected {}", text, takes));
          },
          kind.format, kind.unit};
}

inline Kind<std::uint64_t> bandwidth() {
  return {"a bandwidth", parse_bandwidth, format_bandwidth, "bit/s"};
}
inline Kind<std::uint64_t> bytes() {
  return {"a size", parse_bytes, format_bytes, "bytes"};
}
inline Kind<std::chrono::nanoseconds> time() {
  return {"a time", parse_time, format_time, "s"};
}
inline Kind<double> rate() {
  return {"a rate", parse_rate, format_rate, "1/s"};
}
inline Kind<double> factor() {
  return {"a number", parse_factor, format_factor, "ratio"};
}
inline Kind<double> throughput() {
  return {"a throughput", parse_throughput, format_throughput};
}
inline Kind<double> flops() {
  return {"a compute rate", parse_flops, format_flops};
}
inline Kind<double> seconds() {
  return {"a time", parse_seconds, format_seconds};
}
inline Kind<double> parameters() {
  return {"a number of parameters", parse_parameters, format_parameters};
}

/// Returns the kind of a count, bounded by what the integer holds unless narrowed further.
template <std::unsigned_integral Integer = std::uint64_t>
Kind<Integer> count() {
  return {"a count",
          [](std::string_view text) {
            const std::uint64_t value = parse_count(text);
            if (std::in_range<Integer>(value)) return static_cast<Integer>(value);
            throw InputError(fmt::format("'{}' is too large; expected a count", text));
          },
          [](Integer value) { return format_count(value); }, "count"};
}

inline Kind<std::string> text() {
  return {"a string", [](std::string_view text) { return std::string(text); },
          [](const std::string& text) {
            YAML::Emitter out;  // knows which texts need quotes
            out << text;
            return std::string(out.c_str());
          }};
}

inline Kind<std::filesystem::path> path() {
  return {"a file", [](std::string_view name) { return std::filesystem::path(name); },
          [](const std::filesystem::path& file) { return text().format(file.string()); }};
}

inline Kind<std::string> address() {
  return {"an IPv4 address",
          [](std::string_view text) {
            std::string address(text);
            if (in_addr ignored; inet_pton(AF_INET, address.c_str(), &ignored) == 1) return address;
            throw InputError(fmt::format("'{}' is not an IPv4 address, such as 127.0.0.1", text));
          },
          [](const std::string& address) { return address; }};
}

template <class Value>
using Choices = std::vector<std::pair<std::string, Value>>;

template <class Value>
Kind<Value> choice(Choices<Value> choices) {
  std::vector<std::string> words;
  for (const auto& [word, value] : choices) words.push_back(word);
  const std::string takes = one_of(words);
  return {takes,
          [=](std::string_view text) {
            for (const auto& [word, value] : choices) {
              if (word == text) return value;
            }
            const std::string near = nearest(text, words);
            throw InputError(
                near.empty() ? fmt::format("'{}' is not supported; expected {}", text, takes)
                             : fmt::format("unknown choice '{}', did you mean '{}'? expected {}",
                                           text, near, takes));
          },
          [=](const Value& value) {
            for (const auto& [word, meaning] : choices) {
              if (meaning == value) return word;
            }
            throw std::logic_error("a value that is none of its choices");
          },
          "", words};
}

template <class Enum, std::size_t kCount>
Kind<Enum> choice(const EnumNames<Enum, kCount>& names) {
  Choices<Enum> choices;
  for (const auto& [value, word] : names.all) choices.emplace_back(std::string(word), value);
  return choice(std::move(choices));
}

/// One word more for a kind that takes words alone; none for others.
inline std::vector<std::string> with_word(std::vector<std::string> words, const std::string& word) {
  if (!words.empty()) words.push_back(word);
  return words;
}

/// Refuses an infinite number, which others have in this place, with what to use instead.
template <class Value>
Kind<Value> finite(Kind<Value> kind, std::string_view instead) {
  kind.parse = [=, parse = std::move(kind.parse),
                use = std::string(instead)](std::string_view text) {
    if (text == "inf" || text == ".inf" || text == "infinity")
      throw InputError(fmt::format("'{}' is no number; {}", text, use));
    return parse(text);
  };
  return kind;
}

/// Extends a kind by one value that is written as a word: "none", "auto".
template <class Value>
Kind<Value> or_word(Kind<Value> kind, std::string word, Value meaning) {
  return {fmt::format("{}, or {}", kind.takes, word),
          [=](std::string_view text) { return text == word ? meaning : kind.parse(text); },
          [=](const Value& value) { return value == meaning ? word : kind.format(value); },
          kind.unit, with_word(kind.words, word)};
}

/// Extends a kind by one value that is written as an empty text: that of a key that is left out.
template <class Value>
Kind<Value> or_left_out(Kind<Value> kind, Value unknown) {
  return {kind.takes, kind.parse,
          [=](const Value& value) { return value == unknown ? std::string() : kind.format(value); },
          kind.unit, kind.words};
}

template <class Value>
Kind<std::optional<Value>> or_none(Kind<Value> kind) {
  return {kind.takes + ", or none",
          [=](std::string_view text) {
            return text == "none" ? std::nullopt : std::optional(kind.parse(text));
          },
          [=](const std::optional<Value>& value) { return value ? kind.format(*value) : "none"; },
          kind.unit, with_word(kind.words, "none")};
}

}  // namespace kind
}  // namespace splitbench
