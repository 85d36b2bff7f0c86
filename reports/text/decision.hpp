#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "reports/analysis/arm_comparison.hpp"
#include "reports/report.hpp"

namespace splitbench {

/// A figure by which it is decided whether an arm pays: its column and its name in a sentence.
struct DecidingFigure {
  std::string_view key;
  std::string_view name;
};

/// Returns the deciding figures that a report has: TTFT and goodput; of a search for the highest
/// rate that rate alone, since the other figures are those of a rate of each arm's own.
std::vector<DecidingFigure> deciding_figures(const Report& report);

/// The decision on an arm beside raw, in a run or at a point of a sweep.
struct Decision {
  enum class Outcome {
    pays,        ///< a deciding figure gains (pays()), or it alone carries the load
    does_not,    ///< figures were compared and none gains, or raw alone carries the load
    overloaded,  ///< neither carries the load, and nothing else can be compared
    unknown      ///< no figure is valid
  };
  struct Gain {
    DecidingFigure figure;
    Relative change;
  };

  std::string arm;
  Outcome outcome = Outcome::unknown;
  /// True if they carry the load (is_overloaded) or, in a search for rates, have a rate that meets
  /// the SLO.
  bool raw_carries = true, arm_carries = true;
  std::vector<Gain> gains;  ///< of the deciding figures that both have and that may be compared
};

/// Returns the decision on a row beside the raw one at its place.
Decision decide(const Report& report, const Row& raw, const Row& row);

/// Returns the decisions on answered_arms(), by arm and then in the order of the rows; none for a
/// row without a result or without a raw one beside it.
std::vector<Decision> decisions(const Report& report);

}  // namespace splitbench
