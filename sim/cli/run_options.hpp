#pragma once
#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "sim/cli/verb_options.hpp"
#include "workloads/locked_folder.hpp"

namespace splitbench {

using WallClock = std::chrono::system_clock;

/// Returns what --force, given or not, says about a result folder that holds other things.
constexpr LockedFolder::Foreign foreign_by(bool force) {
  return force ? LockedFolder::Foreign::leave : LockedFolder::Foreign::refuse;
}

/// Returns this path, or, if there is something already, the first one with a number behind it that
/// is free.
std::filesystem::path free_folder(const std::string& path);

/// The options of every verb that runs a scenario: --set, --seed, --time, --output-dir and --force.
struct RunOptions {
  void add_to(VerbOptions& options);

  /// Returns the overrides that --set, --seed and --time ask for, as load_scenario takes them.
  std::vector<std::string> all_overrides() const;

  /// Returns --output-dir, or else results/NAME-DATE-TIME, followed by a number if there is such a
  /// folder already.
  std::filesystem::path output_folder(const std::string& name, WallClock::time_point started) const;

  LockedFolder::Foreign foreign() const { return foreign_by(force); }

  std::vector<std::string> overrides;
  std::string seed, time, folder;
  bool force = false;
};

/// Returns the text of run.json: facts of the wall clock.
std::string run_json(WallClock::time_point started, WallClock::time_point ended);

}  // namespace splitbench
