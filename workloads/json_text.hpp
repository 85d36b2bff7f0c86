#pragma once
#include <string>

namespace splitbench {

/// A text as JSON has it, in quotes; what is not UTF-8 in it is replaced. Quick where nothing needs
/// an escape: files have millions of these.
std::string json_text(const std::string& text);

}  // namespace splitbench
