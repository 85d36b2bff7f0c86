#pragma once
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>

#include "configs/scenario.hpp"
#include "reports/report.hpp"
#include "sim/process/child_process.hpp"
#include "workloads/locked_folder.hpp"

namespace splitbench {

/// A run to make: a scenario as to_yaml writes it, and the result folder of its own.
struct PointRun {
  std::filesystem::path folder;
  std::string scenario_yaml;
  std::string inputs;  ///< lines of comment about the files that the scenario names, by which a
                       ///< result is known to be of other ones
  TimeKind time = TimeKind::real;
};

/// The outcome of a run: a report, or else why there is none.
struct PointEnd {
  std::optional<Report> report;
  std::string failure;
  bool kept = false;  ///< the run was done before
};

/// Thrown by PointRunner::run() when a signal asks the program to end; `signal` is its number.
class Interrupted : public std::runtime_error {
 public:
  explicit Interrupted(int number) : std::runtime_error("interrupted"), signal(number) {}
  const int signal;
};

/// Runs scenarios, each in a process of its own, so that nothing that happens to one touches
/// another; in virtual time a fork of this one, which has the KV that known_kv_source() keeps. A
/// point is done when its folder holds its scenario, a report that can be read and no
/// recorded error; it is not run again, so that the same points go on where they were interrupted.
/// Any other point is run into its folder, unless that holds something that is no result. run() may
/// be called again, as often as there are more points to try. Only for a process with one
/// thread, like SignalWatch; the processes never outlive a call.
class PointRunner {
 public:
  using Observer = std::function<void(std::size_t point, PointEnd)>;

  /// Runs so many points at once. `foreign` is what their folders may hold beside results.
  PointRunner(std::size_t jobs, LockedFolder::Foreign foreign) : jobs_(jobs), foreign_(foreign) {}

  /// Calls `ended` with each point as it ends, on this thread: at once for points that were done
  /// before, then for the others. Throws Interrupted, when nothing runs any more.
  void run(std::span<const PointRun> points, const Observer& ended);

 private:
  SignalWatch signals_;
  std::size_t jobs_;
  LockedFolder::Foreign foreign_;
};

}  // namespace splitbench
