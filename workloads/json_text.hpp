#pragma once
#include <string>

namespace splitbench {

/// Returns the text as a JSON string, in quotes; bytes that are not UTF-8 are replaced. Fast if
/// nothing needs an escape: files have millions of these.
std::string json_text(const std::string& text);

}  // namespace splitbench
