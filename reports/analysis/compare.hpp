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

/// What became of a figure. `same` is within the noise; `different` is beyond it where neither more
/// nor less is better.
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
  double change = 0;  ///< of the magnitude of `before`: 0.05 is 5% more; infinite from zero
  Judgement judgement = Judgement::same;
};

/// A row that both results have: the figures that both have of it.
struct RowChange {
  std::map<std::string, std::string> axes;
  std::vector<FigureChange> figures;
};

struct Comparison {
  ReportMeta before, after;
  std::vector<RowChange> rows;        ///< in the order of the base
  std::vector<std::string> warnings;  ///< why the two may not be comparable, and what only one has
};

/// Two runs or two sweeps, row by row: rows are the same where all their axes are.
Comparison compare(const Report& base, const Report& candidate);

/// "raw", of a sweep "link.bandwidth 10 Gbit/s, raw".
std::string row_name(const std::map<std::string, std::string>& axes);

}  // namespace splitbench
