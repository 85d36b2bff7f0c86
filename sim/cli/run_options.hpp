#pragma once
#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "sim/cli/command_line.hpp"

namespace splitbench {

using WallClock = std::chrono::system_clock;

/// What every verb that runs a scenario takes: the scenario, --help, --set, --seed, --time and
/// --output-dir.
void add_run_options(po::options_description& options);

/// What --set, --seed and --time say, as load_scenario takes it.
std::vector<std::string> overrides_of(const po::variables_map& given);

/// --output-dir, or else results/NAME-DATE-TIME. Throws InputError where it cannot be a folder:
/// before hours are spent on what could not be kept.
std::filesystem::path output_folder(const po::variables_map& given, const std::string& name,
                                    WallClock::time_point started);

/// run.json: facts of the wall clock.
std::string run_json(WallClock::time_point started, WallClock::time_point ended);

}  // namespace splitbench
