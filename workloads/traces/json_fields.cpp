#include "workloads/traces/json_fields.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>

#include "workloads/foreign_json.hpp"
#include "workloads/traces/prefix_index.hpp"
#include "workloads/traces/trace_request.hpp"
#include "workloads/traces/utc_time.hpp"

namespace splitbench {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxQuotation = 40;  // characters of the file shown in a message

std::string quoted(const json& value) {
  if (value.is_structured()) return fmt::format("an {}", value.type_name());
  std::string text = value.dump(-1, ' ', true, json::error_handler_t::replace);
  if (text.size() > kMaxQuotation) text.replace(kMaxQuotation, std::string::npos, "...");
  return text;
}

std::string quoted(JsonValue value) {
  if (value.is_array()) return "an array";
  if (value.is_object()) return "an object";
  return quoted(json::parse(simdjson::minify(value)));
}

/// Throws InputError that says why a text is no object.
[[noreturn]] void refuse_text(const TracePlace& place, std::string_view text,
                              std::string_view expected) {
  if (text.empty()) place.refuse("an empty line", expected);
  json value;
  try {
    value = parse_foreign_json(text);
  } catch (const JsonError& error) {
    place.refuse(error.what(), expected);
  }
  if (!value.is_object()) place.refuse(quoted(value), expected);
  place.refuse("JSON that cannot be read", expected);
}

[[noreturn]] void refuse_value(const TracePlace& place, std::string_view key, JsonValue value,
                               std::string_view expected) {
  place.refuse(fmt::format("{} is {}", key, quoted(value)), expected);
}

/// Returns the value as a T. Throws InputError if it is none.
template <class T>
T as(const TracePlace& place, std::string_view key, JsonValue value, std::string_view expected) {
  T result;
  if (value.get(result) != simdjson::SUCCESS) refuse_value(place, key, value, expected);
  return result;
}

/// Returns a text that names something, and is kept with every request that it names.
std::string_view short_text(const TracePlace& place, std::string_view key, JsonValue value,
                            std::string_view expected) {
  constexpr std::size_t kLongest = 1000;
  const auto text = as<std::string_view>(place, key, value, expected);
  if (text.size() > kLongest)
    place.refuse(fmt::format("{} has {} bytes", key, text.size()),
                 fmt::format("at most {}", kLongest));
  return text;
}

bool fits(std::string_view integer) {
  const auto is = [&](auto value) {
    const auto [end, error] = std::from_chars(integer.begin(), integer.end(), value);
    return error == std::errc() && end == integer.end();
  };
  return is(std::uint64_t{}) || is(std::int64_t{});
}

/// Puts quotes around the integers of a JSON text that have more than 64 bits.
std::string with_long_integers_quoted(std::string_view text) {
  constexpr std::size_t kSurelyFits = 18;  // digits
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  std::string quoted;
  bool in_string = false;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t length = 1;
    if (in_string) {
      if (text[at] == '\\') length = std::min<std::size_t>(2, text.size() - at);
      in_string = text[at] != '"';
    } else if (text[at] == '"') {
      in_string = true;
    } else if (text[at] == '-' || is_digit(text[at])) {
      while (at + length < text.size() && (is_digit(text[at + length]) ||
                                           text.substr(at + length, 1).find_first_of(".eE+-") == 0))
        ++length;
      const std::string_view number = text.substr(at, length);
      const bool integer = number.find_first_of(".eE+") == number.npos;
      if (integer && length > kSurelyFits && !fits(number)) {
        quoted.append("\"").append(number).append("\"");
        at += length;
        continue;
      }
    }
    quoted += text.substr(at, length);
    at += length;
  }
  return quoted;
}

std::uint64_t identity_of(std::string_view text) {
  std::uint64_t identity = text.size();
  for (const char c : text) identity = chained(identity, static_cast<unsigned char>(c));
  return identity;
}

}  // namespace

JsonObject parse_object(const TracePlace& place, simdjson::dom::parser& parser,
                        std::string_view text, std::string_view expected) {
  JsonObject object;
  if (parser.parse(text.data(), text.size(), false).get(object) == simdjson::SUCCESS) return object;
  const std::string quoted = with_long_integers_quoted(text);
  if (quoted.size() == text.size() || parser.parse(quoted).get(object) != simdjson::SUCCESS)
    refuse_text(place, text, expected);
  return object;
}

/// Checks that no name stands twice: which one counts would be for the reader to choose.
void check_names(const TracePlace& place, JsonObject object, std::string_view expected) {
  constexpr std::size_t kFew = 32;
  const std::size_t count = object.size();
  std::set<std::string_view> names;
  std::array<std::string_view, kFew> seen;
  std::size_t i = 0;
  for (const auto& [name, value] : object) {
    const bool is_new =
        count > kFew ? names.insert(name).second
                     : std::ranges::find(seen.begin(), seen.begin() + i, name) == seen.begin() + i;
    if (!is_new) place.refuse(fmt::format("'{}' twice", name), expected);
    if (count <= kFew) seen[i++] = name;
  }
}

std::optional<JsonValue> optional_field(JsonObject object, std::string_view key) {
  JsonValue value;
  if (object.at_key(key).get(value) != simdjson::SUCCESS || value.is_null()) return std::nullopt;
  return value;
}

JsonValue required_field(const TracePlace& place, JsonObject object, std::string_view key,
                         std::string_view expected) {
  JsonValue value;
  if (object.at_key(key).get(value) != simdjson::SUCCESS)
    place.refuse(fmt::format("{} is missing", key), expected);
  return value;
}

std::uint64_t integer_value(const TracePlace& place, std::string_view key, JsonValue value,
                            std::uint64_t lowest, std::uint64_t highest) {
  std::uint64_t number = 0;
  if (value.get(number) == simdjson::SUCCESS && number >= lowest && number <= highest)
    return number;
  double written = 0;  // 512.0 is a number of tokens, too
  if (value.is_double() && value.get(written) == simdjson::SUCCESS &&
      written == std::floor(written) && written >= static_cast<double>(lowest) &&
      written <= static_cast<double>(highest))
    return static_cast<std::uint64_t>(written);
  refuse_value(place, key, value, fmt::format("an integer from {} to {}", lowest, highest));
}

std::uint64_t integer_field(const TracePlace& place, JsonObject object, std::string_view key,
                            std::uint64_t lowest, std::uint64_t highest) {
  const std::string expected = fmt::format("an integer from {} to {}", lowest, highest);
  return integer_value(place, key, required_field(place, object, key, expected), lowest, highest);
}

Time time_value(const TracePlace& place, std::string_view key, JsonValue value,
                const TimeUnit& unit) {
  std::string_view text;
  if (value.get(text) == simdjson::SUCCESS) {
    if (const std::optional<Time> moment = parse_utc(text)) return *moment;
    refuse_value(place, key, value, unit.expected);
  }
  const auto number = as<double>(place, key, value, unit.expected);
  const auto nanoseconds = static_cast<double>(unit.nanoseconds);
  if (!(number >= 0 && number * nanoseconds <= static_cast<double>(kLatest.count())))
    refuse_value(place, key, value, unit.expected);
  std::int64_t whole = 0;
  if (value.get(whole) == simdjson::SUCCESS) return Time(whole * unit.nanoseconds);
  return Time(std::llround(number * nanoseconds));
}

Time time_field(const TracePlace& place, JsonObject object, std::string_view key,
                const TimeUnit& unit) {
  return time_value(place, key, required_field(place, object, key, unit.expected), unit);
}

Time time_field_or_zero(const TracePlace& place, JsonObject object, std::string_view key,
                        const TimeUnit& unit) {
  const std::optional<JsonValue> value = optional_field(object, key);
  return value ? time_value(place, key, *value, unit) : Time(0);
}

void ids_value(const TracePlace& place, std::string_view key, JsonValue value,
               std::vector<std::uint64_t>& ids) {
  constexpr std::string_view kExpected = "an array of ids: integers or texts";
  for (const JsonValue item : as<simdjson::dom::array>(place, key, value, kExpected)) {
    std::uint64_t id = 0;
    std::int64_t negative = 0;
    std::string_view text;
    if (item.get(id) == simdjson::SUCCESS)
      ids.push_back(id);
    else if (item.get(negative) == simdjson::SUCCESS)
      ids.push_back(static_cast<std::uint64_t>(negative));
    else if (item.get(text) == simdjson::SUCCESS)
      ids.push_back(identity_of(text));
    else
      refuse_value(place, fmt::format("{}[{}]", key, ids.size()), item, kExpected);
  }
}

bool flag_value(const TracePlace& place, std::string_view key, JsonValue value) {
  return as<bool>(place, key, value, "true or false");
}

void text_value(const TracePlace& place, std::string_view key, JsonValue value, std::string& text) {
  std::int64_t number = 0;  // some traces number their sessions
  std::uint64_t large = 0;
  if (value.get(number) == simdjson::SUCCESS)
    text = std::to_string(number);
  else if (value.get(large) == simdjson::SUCCESS)
    text = std::to_string(large);
  else
    text = short_text(place, key, value, "a string");
}

void text_field(const TracePlace& place, JsonObject object, std::string_view key,
                std::string& text) {
  if (const std::optional<JsonValue> value = optional_field(object, key))
    text_value(place, key, *value, text);
}

void texts_value(const TracePlace& place, std::string_view key, JsonValue value,
                 std::vector<std::string>& texts) {
  constexpr std::string_view kExpected = "an array of texts";
  for (const JsonValue item : as<simdjson::dom::array>(place, key, value, kExpected))
    text_value(place, key, item, texts.emplace_back());
}

std::vector<JsonObject> objects_field(const TracePlace& place, JsonObject object,
                                      std::string_view key) {
  constexpr std::string_view kExpected = "an array of objects";
  std::vector<JsonObject> objects;
  const JsonValue value = required_field(place, object, key, kExpected);
  for (const JsonValue item : as<simdjson::dom::array>(place, key, value, kExpected)) {
    objects.push_back(as<JsonObject>(place, key, item, kExpected));
    check_names(place, objects.back(), kExpected);
  }
  return objects;
}

}  // namespace splitbench
