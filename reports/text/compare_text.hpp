#pragma once
#include <cstdint>
#include <span>
#include <string>

#include "reports/analysis/compare.hpp"
#include "reports/analysis/condition.hpp"

namespace splitbench {

/// Says how much of a comparison is shown: the ten largest changes, or every row.
enum class Extent : std::uint8_t { largest, all };

/// Returns the comparison for a terminal, at most 100 columns wide unless names are longer. With
/// Extent::largest: the changes beyond the noise that are the largest by their ratio, those for
/// worse, for better and for neither apart, and how many more there are; one line if nothing
/// changed. With Extent::all: for each row the figures that changed beyond the noise and how many
/// stayed the same. Then the conditions that hold.
std::string to_table(const Comparison& comparison, std::span<const Broken> broken, Extent extent);

/// Returns {rows: [{axes, key, unit, before, after, change, verdict}], warnings, failed} in base
/// units; a change from zero is null.
std::string to_json(const Comparison& comparison, std::span<const Broken> broken);

}  // namespace splitbench
