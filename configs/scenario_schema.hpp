#pragma once
#include <string>
#include <string_view>

namespace splitbench {

/// Returns every key of a scenario with its default, its meaning and what it takes, in lines of at
/// most 100 columns, followed by the forms that their values may have. `part` is a key
/// ("link.bandwidth") or a section ("link") to be shown alone; empty for all. Throws InputError if
/// there is no such key or section.
std::string scenario_schema(std::string_view part = "");

/// Returns all keys as a JSON Schema (draft 7), for editors that complete and check YAML. The forms
/// are not in it, and values are only checked where a key takes one of a few words.
std::string scenario_json_schema();

}  // namespace splitbench
