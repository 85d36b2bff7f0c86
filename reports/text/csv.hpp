#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "reports/report.hpp"

namespace splitbench {

/// A header and one line per row: axes, status, verdict, every column, and of every column the
/// spread and the half width of the confidence interval, as <key>_spread and <key>_ci95; base
/// units, empty where a figure is absent. Lines end in LF; fields are quoted where they must be
/// (RFC 4180).
std::string to_csv(const Report& report);

/// The same of an array of flat objects that have the same keys in the same order; null is empty.
std::string to_csv(const nlohmann::ordered_json& rows);

}  // namespace splitbench
