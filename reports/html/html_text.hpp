#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace splitbench {

/// Any bytes as text of an HTML element or of a quoted attribute: what is not UTF-8, and control
/// characters, become U+FFFD.
std::string html_text(std::string_view bytes);

/// JSON that may stand in a <script> element: no character of it can end the element, whatever the
/// strings hold.
std::string script_text(const nlohmann::ordered_json& json);

}  // namespace splitbench
