#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace splitbench {

/// One figure of one request in both kinds of time, in seconds.
struct TimePair {
  double real = 0;
  double virtual_time = 0;
};

/// The error of virtual time in one figure of an arm's requests. Errors are virtual
/// minus real; relative ones are shares of the real time, over the requests whose real time is not
/// zero, and are nothing where there is none.
struct TimeError {
  std::string arm;
  std::string figure;  ///< "ttft", "transfer" or a part of the TTFT, such as "xfer_wire"
  std::size_t requests = 0;
  double real_mean = 0, virtual_mean = 0;  ///< seconds
  double bias = 0;                         ///< mean error, in seconds
  std::optional<double> mean_percentage_error;
  std::optional<double> mape;      ///< mean of the relative errors' sizes
  std::optional<double> p50, p99;  ///< percentiles of the relative errors' sizes
  /// Pearson's correlation of real and virtual times; nothing if either does not vary.
  std::optional<double> pearson;
};

/// Returns the errors of some requests' figure. Needs a pair.
TimeError time_error(std::string arm, std::string figure, const std::vector<TimePair>& pairs);

}  // namespace splitbench
