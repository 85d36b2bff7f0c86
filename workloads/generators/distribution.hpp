#pragma once
#include <array>
#include <cstdint>
#include <filesystem>
#include <string_view>
#include <vector>

#include "workloads/generators/random.hpp"
#include "workloads/request.hpp"

namespace splitbench {

enum class Shape {
  fixed,
  uniform,
  exponential,
  lognormal,
  pareto_lognormal,
  zipf,
  quantiles,
  empirical_prompts,
  empirical_outputs
};

/// A distribution of numbers of tokens or of nanoseconds: one number, or numbers that differ from
/// draw to draw. A shape uses the fields named beside it; the others are 0.
struct Distribution {
  Shape shape = Shape::fixed;
  double value = 0;             ///< fixed
  double from = 0, to = 0;      ///< uniform and zipf: lowest and highest value
  double mean = 0;              ///< exponential
  double median = 0;            ///< lognormal, pareto_lognormal
  double p99 = 0, sigma = 0;    ///< one of these: 99th percentile, or deviation of the logarithm
  double alpha = 0, scale = 0;  ///< pareto_lognormal: the tail's exponent and lowest value
  double share = 0;             ///< pareto_lognormal: share of draws that come from the tail
  double exponent = 0;  ///< zipf: `from` is drawn most, `from` + k as often as (k + 1)^-exponent
  double min = 0, max = 0;  ///< both lognormal shapes: draws outside are moved here; 0: no bound
  /// The values of `quantiles` at kLevels, 0 if not given; between them the logarithm is
  /// interpolated.
  std::array<double, 10> points{};
  std::filesystem::path file{};  ///< empirical: the trace whose lengths are drawn again

  bool operator==(const Distribution&) const = default;
};

inline Distribution fixed(double value) {
  return {.value = value};
}

/// The shares of draws that are below the points of `quantiles`.
inline constexpr std::array<double, 10> kLevels = {0,   0.1,  0.25, 0.5,   0.75,
                                                   0.9, 0.95, 0.99, 0.999, 1};

/// Draws from a distribution, with a stream of random numbers of its own (see Random). Not
/// thread-safe.
class Sampler {
 public:
  /// Reads the file of an empirical distribution. Throws InputError if that file is wrong.
  Sampler(Distribution, std::uint64_t seed, std::string_view purpose);

  double draw();
  std::uint64_t tokens();  ///< rounded, from 1 to kMaxTokens
  Time time();             ///< rounded, at most a year

 private:
  double unbounded();

  Distribution distribution_;
  Random random_;
  double sigma_ = 0;                           // deviation of the logarithm in a lognormal part
  std::vector<std::array<double, 2>> points_;  // quantiles: level and value, ascending
  std::vector<double> recorded_;               // lengths in a trace
};

}  // namespace splitbench
