#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reports/analysis/compare.hpp"
#include "reports/report.hpp"

namespace splitbench {

/// A condition that a comparison must not fulfil, written as
///
///   ttft_p99 > +5%               more than 5% above the base, and beyond the noise
///   request_throughput < -2%     more than 2% below it, likewise
///   raw:ttft_p99 >= 200 ms       a figure of one arm of the candidate
///   failed > 0                   a figure of any arm; without a unit, in base units
struct Condition {
  std::string text;  ///< text as it was given
  std::string arm;   ///< empty: every arm
  std::string key;
  std::string op;  ///< ">", ">=", "<" or "<="
  double bound = 0;
  bool has_sign = false;
  std::string unit;  ///< "%": the bound is on the change

  bool relative() const { return unit == "%"; }
};

/// A condition that holds for a row.
struct Broken {
  std::string condition;
  std::map<std::string, std::string> axes;
  Column column;
  std::optional<double> before;  ///< figure of the base, for a relative condition
  double after = 0;
};

/// Parses a condition. Throws InputError that shows the grammar if it is malformed.
Condition parse_condition(const std::string& text);

/// Returns the rows for which the condition holds. Throws InputError if no row has the figure (the
/// message lists the report's figures), if the figure has no such unit, or if the figure is a share
/// and a bound in percent has no sign.
std::vector<Broken> broken_by(const Condition& condition, const Comparison& comparison,
                              const Report& candidate);

}  // namespace splitbench
