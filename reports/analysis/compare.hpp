#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "reports/report.hpp"
#include "workloads/enum_names.hpp"

namespace splitbench {

/// The judgement on a figure's change. `same` is within the noise; `different` is beyond it in a
/// column for which neither more nor less is better.
enum class Judgement : std::uint8_t { same, better, worse, different };
inline constexpr EnumNames<Judgement, 4> kJudgementNames = {{{
    {Judgement::same, "same"},
    {Judgement::better, "better"},
    {Judgement::worse, "worse"},
    {Judgement::different, "different"},
}}};

struct FigureChange {
  Column column;
  double before = 0;
  double after = 0;
  /// Relative to the magnitude of `before`: 0.05 is 5% more; infinite from zero.
  double change = 0;
  Judgement judgement = Judgement::same;
};

/// A row that both results have, with the figures that both have of it.
struct RowChange {
  std::map<std::string, std::string> axes;
  std::vector<FigureChange> figures;
};

struct Comparison {
  ReportMeta before, after;
  std::vector<RowChange> rows;        ///< rows in the order of the base
  std::vector<std::string> warnings;  ///< reasons not to compare them; figures that only one has
};

/// Compares two runs or two sweeps row by row. Two rows correspond if all their axes are equal.
Comparison compare(const Report& base, const Report& candidate);

/// Returns the name of a row: "raw", in a sweep "link.bandwidth 10 Gbit/s, raw". `axes` must have
/// "arm".
std::string row_name(const std::map<std::string, std::string>& axes);

}  // namespace splitbench
