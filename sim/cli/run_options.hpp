#pragma once
#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "sim/cli/verb_options.hpp"

namespace splitbench {

using WallClock = std::chrono::system_clock;

/// The options of every verb that runs a scenario: --set, --seed, --time and --output-dir.
struct RunOptions {
  void add_to(VerbOptions& options);

  /// Returns the overrides that --set, --seed and --time ask for, as load_scenario takes them.
  std::vector<std::string> all_overrides() const;

  /// Returns --output-dir, or else results/NAME-DATE-TIME. Throws InputError if it cannot be a
  /// folder: before hours are spent on what could not be kept.
  std::filesystem::path output_folder(const std::string& name, WallClock::time_point started) const;

  std::vector<std::string> overrides;
  std::string seed, time, folder;
};

/// Returns the text of run.json: facts of the wall clock.
std::string run_json(WallClock::time_point started, WallClock::time_point ended);

}  // namespace splitbench
