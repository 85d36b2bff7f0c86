#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "reports/report.hpp"

namespace splitbench {

/// Returns a header and one line per row: axes, status, verdict, the keys of the figures that
/// are not valid with spaces between them, every column, and every column's
/// spread and half width of the confidence interval, as <key>_spread and <key>_ci95. Figures are in
/// base units, and empty if absent. Lines end in LF; fields are quoted if necessary (RFC 4180). A
/// text that a spreadsheet would take for a formula follows an apostrophe, which makes it text.
std::string to_csv(const Report& report);

/// Returns an array of flat objects, which must have the same keys in the same order, in that form;
/// null is an empty field.
std::string to_csv(const nlohmann::ordered_json& rows);

}  // namespace splitbench
