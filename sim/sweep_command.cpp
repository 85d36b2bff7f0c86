#include "sim/sweep_command.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <iostream>

#include "configs/quantity.hpp"
#include "configs/scenario.hpp"
#include "reports/table.hpp"
#include "reports/whole_file.hpp"
#include "sim/run_options.hpp"
#include "sim/sweep.hpp"
#include "workers/cores.hpp"
#include "workloads/input_error.hpp"

namespace splitbench {
namespace {

constexpr const char* kHelp =
    R"(Runs a scenario at every point of a grid, each in a process and a folder of its own, and prints
one table of all. The same command on the same folder goes on where it was interrupted.

  splitbench sweep configs/break_even.yaml
  splitbench sweep configs/quickstart.yaml --time virtual --vary 'link.bandwidth=10, 25, 100 Gbit/s'
  splitbench sweep configs/quickstart.yaml --vary 'workload.context=512..4k:x2' --output-dir /tmp/contexts

Values: a list (a unit counts for the numbers before it), ranges such as 8k..128k:x2 or
10..80:+10 Gbit/s, and lists in brackets (arms=[raw,splitzip],[raw,bypass]).

splitbench sweep SCENARIO [options]
)";

constexpr std::uint64_t kMostJobs = 1024;

/// In real time points would take the machine from each other.
std::size_t jobs_of(const po::variables_map& given, const SweepPlan& plan) {
  const bool real = std::ranges::any_of(
      plan.points, [](const PlannedPoint& point) { return point.time == TimeKind::real; });
  if (!given.contains("jobs")) return real ? 1 : std::max<std::size_t>(1, allowed_cores().size());
  const auto text = given["jobs"].as<std::string>();
  const std::uint64_t jobs = parse_count(text);
  if (jobs < 1 || jobs > kMostJobs)
    throw InputError(fmt::format("--jobs '{}': expected a count from 1 to {}", text, kMostJobs));
  if (real && jobs > 1)
    throw InputError(fmt::format(
        "--jobs '{}': expected 1, since points in real time would disturb each other", text));
  return jobs;
}

int report_end(const Sweep& sweep, const std::filesystem::path& folder) {
  std::cout << to_table(sweep.report()) << "\nresult folder: " << folder.string() << std::endl;
  const std::vector<std::string> failures = sweep.failures();
  for (const std::string& failure : failures)
    fmt::print(stderr, "splitbench: failed: {}\n", failure);
  return failures.empty() ? 0 : 1;
}

}  // namespace

int sweep_command(std::span<const std::string> arguments) {
  po::options_description options("options");
  add_run_options(options);
  options.add_options()("vary", po::value<std::vector<std::string>>()->default_value({}, ""),
                        "path=values: adds an axis, or replaces the scenario's")(
      "jobs", po::value<std::string>(),
      "points at once; else as many as there are cores, in real time 1");
  po::positional_options_description positional;
  positional.add("scenario", 1);
  const po::variables_map given = parse_arguments("sweep", arguments, options, positional);
  if (given.contains("help")) {
    std::cout << kHelp << '\n' << options;
    return 0;
  }
  if (!given.contains("scenario"))
    throw InputError("sweep needs a scenario file; see splitbench sweep --help");

  const auto file = given["scenario"].as<std::string>();
  const Scenario scenario =
      load_scenario(file, overrides_of(given), given["vary"].as<std::vector<std::string>>());
  if (scenario.axes.empty())
    throw InputError(fmt::format(
        "{}: has no axes; expected some, or --vary 'link.bandwidth=10, 25 Gbit/s'", file));
  SweepPlan plan = plan_sweep(scenario);
  const std::size_t jobs = jobs_of(given, plan), points = plan.points.size();

  const auto started = WallClock::now();
  const SweepFolder folder(output_folder(given, scenario.name + "-sweep", started),
                           to_yaml(scenario));
  Sweep sweep(std::move(plan), folder);
  int status = 0;
  try {
    sweep.run(jobs);
    status = report_end(sweep, folder.path());
  } catch (const Interrupted& interrupted) {
    fmt::print(stderr,
               "splitbench: interrupted with {} of {} points done; the same command with "
               "--output-dir '{}' goes on\n",
               sweep.done(), points, folder.path().string());
    status = 128 + interrupted.signal;
  }
  write_whole_file(folder.path() / "run.json", run_json(started, WallClock::now()));
  return status;
}

}  // namespace splitbench
