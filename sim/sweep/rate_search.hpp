#pragma once
#include <optional>

namespace splitbench {

/// Finds the highest rate that still passes, by trial: doubles or halves from the first one until
/// one passes and one does not, then halves the ratio between them until it is within `precision`
/// (0.05: 5%). Where passing does not go monotonically with the rate it finds one of the borders.
class RateSearch {
 public:
  RateSearch(double first, double precision);

  /// The rate to try next, of four digits; none when the search is over.
  std::optional<double> next() const;
  void take(bool passed);

  /// The highest that passed, and the lowest above it that did not, as far as there are any.
  std::optional<double> passed() const { return passed_; }
  std::optional<double> refused() const { return refused_; }

 private:
  double first_, precision_;
  std::optional<double> passed_, refused_;
};

/// Rates beyond these are not tried, in requests a second.
inline constexpr double kLowestRate = 1e-4;
inline constexpr double kHighestRate = 1e6;

}  // namespace splitbench
