#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace splitbench {

/// Returns the text as a JSON string, in quotes; bytes that are not UTF-8 are replaced. Fast if
/// nothing needs an escape: files have millions of these.
std::string json_text(const std::string& text);

/// Returns a value as lines of JSON for people and programs, the last one ended; bytes that are not
/// UTF-8, as in names of files, are replaced.
std::string json_lines(const nlohmann::ordered_json& value);

}  // namespace splitbench
