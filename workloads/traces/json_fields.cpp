#include "workloads/traces/json_fields.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>

#include "workloads/foreign_json.hpp"
#include "workloads/traces/trace_request.hpp"

namespace splitbench {
namespace {

using nlohmann::json;
using simdjson::dom::element;

constexpr std::size_t kMaxQuotation = 40;  // characters of the file shown in a message

std::string quoted(const json& value) {
  if (value.is_structured()) return fmt::format("an {}", value.type_name());
  std::string text = value.dump(-1, ' ', true, json::error_handler_t::replace);
  if (text.size() > kMaxQuotation) text.replace(kMaxQuotation, std::string::npos, "...");
  return text;
}

std::string quoted(element value) {
  if (value.is_array()) return "an array";
  if (value.is_object()) return "an object";
  return quoted(json::parse(simdjson::minify(value)));
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
  place.refuse("an integer of more than 64 bits, or objects too deep in one another", expected);
}

element required(const TracePlace& place, JsonObject object, std::string_view key,
                 std::string_view expected) {
  element value;
  if (object.at_key(key).get(value) != simdjson::SUCCESS)
    place.refuse(fmt::format("{} is missing", key), expected);
  return value;
}

std::optional<element> optional(JsonObject object, std::string_view key) {
  element value;
  if (object.at_key(key).get(value) != simdjson::SUCCESS || value.is_null()) return std::nullopt;
  return value;
}

[[noreturn]] void refuse_value(const TracePlace& place, std::string_view key, element value,
                               std::string_view expected) {
  place.refuse(fmt::format("{} is {}", key, quoted(value)), expected);
}

/// Returns the value as a T. Throws InputError if it is none.
template <class T>
T as(const TracePlace& place, std::string_view key, element value, std::string_view expected) {
  T result;
  if (value.get(result) != simdjson::SUCCESS) refuse_value(place, key, value, expected);
  return result;
}

Time time_of(const TracePlace& place, std::string_view key, element value, const TimeUnit& unit) {
  const auto number = as<double>(place, key, value, unit.expected);
  if (!(number >= 0 && number * unit.nanoseconds <= static_cast<double>(kLatest.count())))
    refuse_value(place, key, value, unit.expected);
  std::int64_t whole = 0;
  if (value.get(whole) == simdjson::SUCCESS)
    return Time(whole * static_cast<std::int64_t>(unit.nanoseconds));
  return Time(std::llround(number * unit.nanoseconds));
}

/// Returns a text that names something, and is kept with every request that it names.
std::string_view short_text(const TracePlace& place, std::string_view key, element value,
                            std::string_view expected) {
  constexpr std::size_t kLongest = 1000;
  const auto text = as<std::string_view>(place, key, value, expected);
  if (text.size() > kLongest)
    place.refuse(fmt::format("{} has {} bytes", key, text.size()),
                 fmt::format("at most {}", kLongest));
  return text;
}

}  // namespace

JsonObject parse_object(const TracePlace& place, simdjson::dom::parser& parser,
                        std::string_view text, std::string_view expected) {
  JsonObject object;
  if (parser.parse(text.data(), text.size(), false).get(object) != simdjson::SUCCESS)
    refuse_text(place, text, expected);
  check_names(place, object, expected);
  return object;
}

bool has_field(JsonObject object, std::string_view key) {
  return optional(object, key).has_value();
}

std::uint64_t tokens_field(const TracePlace& place, JsonObject object, std::string_view key) {
  return integer_field(place, object, key, 1, kMaxTokens);
}

std::uint64_t integer_field(const TracePlace& place, JsonObject object, std::string_view key,
                            std::uint64_t lowest, std::uint64_t highest) {
  element value;
  std::uint64_t number = 0;
  if (object.at_key(key).get(value) == simdjson::SUCCESS &&
      value.get(number) == simdjson::SUCCESS && number >= lowest && number <= highest)
    return number;
  const std::string expected = fmt::format("an integer from {} to {}", lowest, highest);
  refuse_value(place, key, required(place, object, key, expected), expected);
}

Time time_field(const TracePlace& place, JsonObject object, std::string_view key,
                const TimeUnit& unit) {
  return time_of(place, key, required(place, object, key, unit.expected), unit);
}

Time time_field_or_zero(const TracePlace& place, JsonObject object, std::string_view key,
                        const TimeUnit& unit) {
  const std::optional<element> value = optional(object, key);
  return value ? time_of(place, key, *value, unit) : Time(0);
}

void ids_field(const TracePlace& place, JsonObject object, std::string_view key,
               std::vector<std::uint64_t>& ids) {
  constexpr std::string_view kExpected = "an array of integers from 0";
  const element value = required(place, object, key, kExpected);
  for (const element item : as<simdjson::dom::array>(place, key, value, kExpected)) {
    std::uint64_t id = 0;
    if (item.get(id) != simdjson::SUCCESS)
      refuse_value(place, fmt::format("{}[{}]", key, ids.size()), item, kExpected);
    ids.push_back(id);
  }
}

bool flag_field(const TracePlace& place, JsonObject object, std::string_view key) {
  const std::optional<element> value = optional(object, key);
  return value && as<bool>(place, key, *value, "true or false");
}

void text_field(const TracePlace& place, JsonObject object, std::string_view key,
                std::string& text) {
  const std::optional<element> value = optional(object, key);
  std::int64_t number = 0;  // some traces number their sessions
  if (value && value->get(number) == simdjson::SUCCESS)
    text = std::to_string(number);
  else if (value)
    text = short_text(place, key, *value, "a string");
}

void texts_field(const TracePlace& place, JsonObject object, std::string_view key,
                 std::vector<std::string>& texts) {
  constexpr std::string_view kExpected = "an array of texts";
  const std::optional<element> value = optional(object, key);
  if (!value) return;
  for (const element item : as<simdjson::dom::array>(place, key, *value, kExpected))
    texts.emplace_back(short_text(place, key, item, kExpected));
}

std::vector<JsonObject> objects_field(const TracePlace& place, JsonObject object,
                                      std::string_view key) {
  constexpr std::string_view kExpected = "an array of objects";
  std::vector<JsonObject> objects;
  const element value = required(place, object, key, kExpected);
  for (const element item : as<simdjson::dom::array>(place, key, value, kExpected)) {
    objects.push_back(as<JsonObject>(place, key, item, kExpected));
    check_names(place, objects.back(), kExpected);
  }
  return objects;
}

}  // namespace splitbench
