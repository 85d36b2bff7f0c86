#pragma once
#include <cstdint>
#include <optional>
#include <simdjson.h>
#include <string>
#include <string_view>
#include <vector>

#include "workloads/request.hpp"
#include "workloads/traces/trace_request.hpp"

namespace splitbench {

// Readers of fields of a JSON object in a trace. Each throws InputError that names the place, the
// key, what was found and what was expected. Keys that no reader asks for are allowed.

using JsonObject = simdjson::dom::object;

/// Returns the object in the text, valid until the parser is used again. LineSource::kPadding bytes
/// behind the text must be readable. `expected` describes the object.
JsonObject parse_object(const TracePlace& place, simdjson::dom::parser& parser,
                        std::string_view text, std::string_view expected);

/// Returns whether there is such a key, and it is not null.
bool has_field(JsonObject object, std::string_view key);

/// Returns an integer from 1 to kMaxTokens.
std::uint64_t tokens_field(const TracePlace& place, JsonObject object, std::string_view key);

/// Returns an integer from `lowest` to `highest`.
std::uint64_t integer_field(const TracePlace& place, JsonObject object, std::string_view key,
                            std::uint64_t lowest, std::uint64_t highest);

/// The latest time that is taken; a later one is regarded as a mistake. It is the year 2096 if it
/// counts from 1970.
inline constexpr Time kLatest{4'000'000'000'000'000'000};

/// A unit that times are written in, up to kLatest.
struct TimeUnit {
  double nanoseconds;
  std::string_view expected;
};
inline constexpr TimeUnit kSeconds{1e9, "seconds from 0 to 4e9"};
inline constexpr TimeUnit kMilliseconds{1e6, "milliseconds from 0 to 4e12"};
inline constexpr TimeUnit kNanoseconds{1, "nanoseconds from 0 to 4e18"};

/// Returns a time from 0 to kLatest.
Time time_field(const TracePlace& place, JsonObject object, std::string_view key,
                const TimeUnit& unit);
/// Returns a time from 0 to kLatest; 0 if there is no such key, or null.
Time time_field_or_zero(const TracePlace& place, JsonObject object, std::string_view key,
                        const TimeUnit& unit);

/// Appends the integers of an array to `ids`.
void ids_field(const TracePlace& place, JsonObject object, std::string_view key,
               std::vector<std::uint64_t>& ids);

/// Returns a boolean; false if there is no such key, or null.
bool flag_field(const TracePlace& place, JsonObject object, std::string_view key);
/// Sets `text` to a string, or to the digits of an integer; leaves it alone if there is no such
/// key, or null.
void text_field(const TracePlace& place, JsonObject object, std::string_view key,
                std::string& text);
/// Appends the strings of an array to `texts`; none if there is no such key, or null.
void texts_field(const TracePlace& place, JsonObject object, std::string_view key,
                 std::vector<std::string>& texts);

/// Returns the objects of an array.
std::vector<JsonObject> objects_field(const TracePlace& place, JsonObject object,
                                      std::string_view key);

}  // namespace splitbench
