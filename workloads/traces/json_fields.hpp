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

// Fields of a JSON object in a trace. Each throws InputError that names the place, the key, what
// was found and what was expected. Keys that nobody asks for are allowed.

using JsonObject = simdjson::dom::object;

/// An object that lives as long as the parser does nothing else. LineSource::kPadding bytes behind
/// the text are readable. `expected` describes the object.
JsonObject parse_object(const TracePlace& place, simdjson::dom::parser& parser,
                        std::string_view text, std::string_view expected);

bool has_field(JsonObject object, std::string_view key);

/// From 1 to kMaxTokens.
std::uint64_t tokens_field(const TracePlace& place, JsonObject object, std::string_view key);

/// An integer of that range.
std::uint64_t integer_field(const TracePlace& place, JsonObject object, std::string_view key,
                            std::uint64_t lowest, std::uint64_t highest);

/// More is taken for a mistake: the year 2096 if it counts from 1970.
inline constexpr Time kLatest{4'000'000'000'000'000'000};

/// A unit that times are written in, up to kLatest.
struct TimeUnit {
  double nanoseconds;
  std::string_view expected;
};
inline constexpr TimeUnit kSeconds{1e9, "seconds from 0 to 4e9"};
inline constexpr TimeUnit kMilliseconds{1e6, "milliseconds from 0 to 4e12"};
inline constexpr TimeUnit kNanoseconds{1, "nanoseconds from 0 to 4e18"};

Time time_field(const TracePlace& place, JsonObject object, std::string_view key,
                const TimeUnit& unit);
/// 0 where there is no such key, or null.
Time time_field_or_zero(const TracePlace& place, JsonObject object, std::string_view key,
                        const TimeUnit& unit);

/// What is added to `ids`.
void ids_field(const TracePlace& place, JsonObject object, std::string_view key,
               std::vector<std::uint64_t>& ids);

/// False and empty where there is no such key, or null.
bool flag_field(const TracePlace& place, JsonObject object, std::string_view key);
void text_field(const TracePlace& place, JsonObject object, std::string_view key,
                std::string& text);
void texts_field(const TracePlace& place, JsonObject object, std::string_view key,
                 std::vector<std::string>& texts);

/// The objects of an array.
std::vector<JsonObject> objects_field(const TracePlace& place, JsonObject object,
                                      std::string_view key);

}  // namespace splitbench
