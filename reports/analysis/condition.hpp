#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reports/analysis/compare.hpp"
#include "reports/report.hpp"

namespace splitbench {

/// What a comparison must not show. In words:
///
///   ttft_p99 > +5%               more than 5% above the base, and beyond the noise
///   request_throughput < -2%     more than 2% below it, likewise
///   raw:ttft_p99 >= 200 ms       a figure of the candidate, of one arm; without a unit in base
///   units failed > 0
struct Condition {
  std::string text;  ///< as it was given
  std::string arm;   ///< empty: every arm
  std::string key;
  std::string op;  ///< ">", ">=", "<" or "<="
  double bound = 0;
  bool has_sign = false;
  std::string unit;  ///< "%": of the change

  bool relative() const { return unit == "%"; }
};

/// A condition that holds for a row.
struct Broken {
  std::string condition;
  std::map<std::string, std::string> axes;
  Column column;
  std::optional<double> before;  ///< of a relative one
  double after = 0;
};

/// Throws InputError that shows the grammar.
Condition parse_condition(const std::string& text);

/// The rows for which it holds. Throws InputError when no row has the figure, naming those that
/// there are, and when the unit is none of the figure's.
std::vector<Broken> broken_by(const Condition& condition, const Comparison& comparison,
                              const Report& candidate);

}  // namespace splitbench
