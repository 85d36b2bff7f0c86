#pragma once
#include <string>
#include <string_view>

namespace splitbench {

/// Returns every key of a scenario with its default, its meaning and what it takes, in lines of at
/// most 100 columns, and behind them the forms that a value of theirs may have. `part` is a key
/// ("link.bandwidth"), a section ("link"), or empty for all. Throws InputError if it is neither.
std::string scenario_schema(std::string_view part = "");

/// Returns the same as a JSON Schema (draft 7), for editors that complete and check YAML.
std::string scenario_json_schema();

}  // namespace splitbench
