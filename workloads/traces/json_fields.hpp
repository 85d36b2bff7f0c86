#pragma once
#include <cstdint>
#include <optional>
#include <simdjson.h>
#include <string>
#include <string_view>
#include <vector>

#include "workloads/request.hpp"
#include "workloads/traces/time_unit.hpp"
#include "workloads/traces/trace_request.hpp"

namespace splitbench {

// Readers of values in a JSON object of a trace. Each throws InputError that names the place, the
// key, what was found and what was expected. Keys that no reader asks for are allowed.

using JsonObject = simdjson::dom::object;
using JsonValue = simdjson::dom::element;

/// Returns the object in the text, valid until the parser is used again. RecordSource::kPadding
/// bytes behind the text must be readable. `expected` describes the object. Integers of more than
/// 64 bits are read as texts.
JsonObject parse_object(const TracePlace& place, simdjson::dom::parser& parser,
                        std::string_view text, std::string_view expected);

/// Checks that no name stands twice: which one counts would be for the reader to choose.
void check_names(const TracePlace& place, JsonObject object, std::string_view expected);

/// Returns a value that is not null, if there is one.
std::optional<JsonValue> optional_field(JsonObject object, std::string_view key);

/// Returns a value. `expected` describes it.
JsonValue required_field(const TracePlace& place, JsonObject object, std::string_view key,
                         std::string_view expected);

/// Returns an integer from `lowest` to `highest`, which may be written as 512.0.
std::uint64_t integer_value(const TracePlace& place, std::string_view key, JsonValue value,
                            std::uint64_t lowest, std::uint64_t highest);
std::uint64_t integer_field(const TracePlace& place, JsonObject object, std::string_view key,
                            std::uint64_t lowest, std::uint64_t highest);

/// Returns a time from 0 to kLatest: a number of units, or a text such as 2023-11-16T18:17:03Z.
Time time_value(const TracePlace& place, std::string_view key, JsonValue value,
                const TimeUnit& unit);
Time time_field(const TracePlace& place, JsonObject object, std::string_view key,
                const TimeUnit& unit);
/// Returns the same, and 0 if there is no such key, or null.
Time time_field_or_zero(const TracePlace& place, JsonObject object, std::string_view key,
                        const TimeUnit& unit);

/// Appends the identities in an array: integers of any sign and length, or texts. Those of more
/// than 64 bits, and texts, are mixed into 64: two of a million are never the same by accident.
void ids_value(const TracePlace& place, std::string_view key, JsonValue value,
               std::vector<std::uint64_t>& ids);

/// Returns a boolean.
bool flag_value(const TracePlace& place, std::string_view key, JsonValue value);

/// Sets `text` to a string, or to the digits of an integer.
void text_value(const TracePlace& place, std::string_view key, JsonValue value, std::string& text);
/// Does the same; leaves it alone if there is no such key, or null.
void text_field(const TracePlace& place, JsonObject object, std::string_view key,
                std::string& text);
/// Appends the strings of an array to `texts`.
void texts_value(const TracePlace& place, std::string_view key, JsonValue value,
                 std::vector<std::string>& texts);

/// Returns the objects of an array.
std::vector<JsonObject> objects_field(const TracePlace& place, JsonObject object,
                                      std::string_view key);

}  // namespace splitbench
