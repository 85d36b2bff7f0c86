#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace splitbench {

/// Returns the text as a JSON string, in quotes; bytes that are not UTF-8 are replaced by U+FFFD.
/// It is fast for printable ASCII that needs no escape, since files have millions of these.
std::string json_text(const std::string& text);

/// Returns a value as indented JSON that ends with a line end, for people and programs; bytes that
/// are not UTF-8, as in names of files, are replaced by U+FFFD.
std::string json_lines(const nlohmann::ordered_json& value);

}  // namespace splitbench
