#pragma once
#include <span>
#include <string>

#include "reports/analysis/compare.hpp"
#include "reports/analysis/condition.hpp"

namespace splitbench {

/// Returns the comparison for a terminal, at most 100 columns wide unless names are longer: for
/// each row the figures that changed beyond the noise and how many stayed the same, then the
/// conditions that hold.
std::string to_table(const Comparison& comparison, std::span<const Broken> broken);

/// Returns {rows: [{axes, key, unit, before, after, change, verdict}], warnings, failed} in base
/// units; a change from zero is null.
std::string to_json(const Comparison& comparison, std::span<const Broken> broken);

}  // namespace splitbench
