#pragma once
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <vector>

#include "reports/report.hpp"

namespace splitbench {

/// Returns the keys of the columns that to_csv() can write of a report, in its order: axes,
/// "status", "verdict", "invalid", every figure, and every figure's <key>_spread and <key>_ci95.
std::vector<std::string> csv_keys(const Report& report);

/// Returns a header and one line per row. Columns are those of csv_keys(), or, if `keys` has any,
/// those keys in its order; one that the report lacks is empty. The header names the base unit of a
/// number behind its key: "ttft_p50 [s]", "link.bandwidth [bit/s]". An axis of quantities is in
/// base units like the figures, and "inf" stands for no limit; any other axis is text. A column of
/// counts or bytes has integers where all its values are whole, else every value has a point, so
/// that a reader that infers types from the first lines is right about the last. An absent value is
/// empty. "invalid" has the keys of the figures that are not valid, with spaces between them. Lines
/// end in LF; fields are quoted if necessary (RFC 4180). Control characters in a text are written
/// as escapes ("\x1b", "\n"). A text that a spreadsheet would take for a formula follows an
/// apostrophe, which makes it text.
std::string to_csv(const Report& report, std::span<const std::string> keys = {});

/// Returns an array of flat objects, which must have the same keys in the same order, in that form;
/// null is an empty field.
std::string to_csv(const nlohmann::ordered_json& rows);

}  // namespace splitbench
