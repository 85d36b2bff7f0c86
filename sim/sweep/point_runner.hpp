#pragma once
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>

#include "reports/report.hpp"
#include "sim/process/child_process.hpp"

namespace splitbench {

/// A run to make: a scenario as to_yaml writes it, and the result folder of its own.
struct PointRun {
  std::filesystem::path folder;
  std::string scenario_yaml;
};

/// The outcome of a run: a report, or else why there is none.
struct PointEnd {
  std::optional<Report> report;
  std::string failure;
  bool kept = false;  ///< the run was done before
};

/// The error that a signal ended the program while points were run.
class Interrupted : public std::runtime_error {
 public:
  explicit Interrupted(int number) : std::runtime_error("interrupted"), signal(number) {}
  const int signal;
};

/// Runs scenarios, each in a process of its own, so that nothing that happens to one touches
/// another. A point is done when its folder holds its scenario and a report; it is not run again,
/// so that the same points go on where they were interrupted. run() may be called again, as often
/// as there are more points to try. To be used by the only thread of a process, as SignalWatch; the
/// processes never outlive a call.
class PointRunner {
 public:
  using Observer = std::function<void(std::size_t point, PointEnd)>;

  explicit PointRunner(std::size_t jobs) : jobs_(jobs) {}

  /// Calls `ended` with each point as it ends, on this thread: at once for points that were done
  /// before, then for the others. Throws Interrupted, when nothing runs any more.
  void run(std::span<const PointRun> points, const Observer& ended);

 private:
  SignalWatch signals_;
  std::size_t jobs_;  ///< processes at once
};

}  // namespace splitbench
