#include <algorithm>
#include <cstdio>
#include <fmt/format.h>

#include "configs/reader/quantity.hpp"
#include "configs/scenario_file.hpp"
#include "reports/text/table.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/run_options.hpp"
#include "sim/cli/terminal.hpp"
#include "sim/run/known_kv_source.hpp"
#include "sim/sweep/max_rate.hpp"
#include "sim/sweep/sweep.hpp"
#include "workers/process/cores.hpp"
#include "workloads/files.hpp"
#include "workloads/input_error.hpp"
#include "workloads/printable_text.hpp"

namespace splitbench {
namespace {

constexpr VerbHelp kHelp{
    .examples = R"(splitbench sweep configs/break_even.yaml
splitbench sweep configs/quickstart.yaml --time virtual --vary 'link.bandwidth=10, 25, 100 Gbit/s'
splitbench sweep configs/quickstart.yaml --vary 'workload.context=512..4k:x2' --output-dir /tmp/contexts
splitbench sweep configs/quickstart.yaml --time virtual --find-max-rate --set workload.arrivals=poisson --set workload.rate='1 /s' --set workload.requests=500 --set slo.ttft='2 s'
)",
    .about =
        R"(Runs a scenario at every point of a grid, each in a process and a folder of its own, and prints
one table of all. The same command on the same folder goes on where it was interrupted.)",
    .notes =
        R"(Values of an axis: a list (a unit counts for the numbers before it), ranges such as 8k..128k:x2 or
10..80:+10 Gbit/s, and lists in brackets (arms=[raw,splitzip],[raw,bypass]).
)"};

struct SweepOptions : RunOptions {
  std::string scenario, jobs, attainment = "0.9", precision = "0.05";
  std::vector<std::string> axes;
  bool find_max_rate = false;
};

constexpr std::uint64_t kMostJobs = 1024;

/// Parses an option's value; what is no such thing at all is refused with the option's name.
template <class Parse>
auto parsed(const char* option, const std::string& text, Parse parse) {
  try {
    return parse(text);
  } catch (const InputError& error) {
    throw InputError(fmt::format("--{}: {}", option, error.what()));
  }
}

/// Returns how many points run at once. In real time they would take the machine from each other.
std::size_t jobs_of(const std::string& text, bool real) {
  if (text.empty()) return real ? 1 : std::max<std::size_t>(1, allowed_cores().size());
  const std::uint64_t jobs = parsed("jobs", text, parse_count);
  if (jobs < 1 || jobs > kMostJobs)
    throw InputError(fmt::format("--jobs '{}': expected a count from 1 to {}", text, kMostJobs));
  if (real && jobs > 1)
    throw InputError(fmt::format(
        "--jobs '{}': expected 1, since points in real time would disturb each other", text));
  return jobs;
}

/// Prints the report and what failed; returns the exit status.
int report_end(const Report& report, const std::vector<std::string>& failures,
               const std::filesystem::path& folder) {
  print_text(fmt::format("{}\nresult folder: {}\n", to_table(report), folder.string()));
  std::fflush(stdout);
  for (const std::string& failure : failures) say("failed: " + failure);
  return failures.empty() ? 0 : 1;
}

int interrupted_after(const std::string& done, const Interrupted& interrupted,
                      const std::filesystem::path& folder) {
  say(fmt::format("interrupted with {} done; the same command with --output-dir '{}' goes on", done,
                  folder.string()));
  return 128 + interrupted.signal;
}

/// Draws the KV of a sweep's first point, which its other points often have, too.
void draw_kv(const Scenario& point) {
  if (point.time == TimeKind::real || !needs_kv_source(point)) return;
  try {
    known_kv_source(point);
  } catch (const InputError&) {
    // The point's own run says what is wrong.
  }
}

int run_grid(const SweepOptions& given, const Scenario& scenario, WallClock::time_point started) {
  if (scenario.axes.empty() && scenario.seeds.empty())
    throw InputError(
        fmt::format("{}: has no axes; expected some, or --vary 'link.bandwidth=10, 25 Gbit/s'",
                    given.scenario));
  SweepPlan plan = plan_sweep(scenario);
  const std::size_t jobs = jobs_of(given.jobs, plan.any_real()), points = plan.points.size();
  const SweepFolder folder(given.output_folder(scenario.name + "-sweep", started),
                           to_yaml(scenario), given.foreign());
  const auto first = std::ranges::find_if(
      plan.points, [](const PlannedPoint& planned) { return planned.point.failure.empty(); });
  if (first != plan.points.end()) draw_kv(at_point(scenario, first->point.values));
  Sweep sweep(std::move(plan), folder);
  int status = 0;
  try {
    sweep.run(jobs, given.foreign());
    status = report_end(sweep.report(), sweep.failures(), folder.path());
  } catch (const Interrupted& interrupted) {
    const std::string done = fmt::format("{} of {} points", sweep.done(), points);
    status = interrupted_after(done, interrupted, folder.path());
  }
  write_file(folder.path() / "run.json", run_json(started, WallClock::now()));
  return status;
}

double share_of(const char* option, const std::string& text) {
  const double share = parsed(option, text, parse_factor);
  if (!(share >= 0.001 && share <= 1))
    throw InputError(fmt::format("--{} '{}': expected a number from 0.001 to 1", option, text));
  return share;
}

int find_max_rate(const SweepOptions& given, Scenario scenario, WallClock::time_point started) {
  std::erase_if(scenario.axes, [](const AxisSpec& axis) { return axis.path == "workload.rate"; });
  const MaxRateOptions wanted{.attainment = share_of("attainment", given.attainment),
                              .precision = share_of("precision", given.precision)};
  MaxRate search(scenario, wanted);
  if (scenario.axes.empty()) draw_kv(scenario);
  const std::size_t jobs = jobs_of(given.jobs, search.any_real());
  const SweepFolder folder(given.output_folder(scenario.name + "-max-rate", started),
                           fmt::format("# sweep --find-max-rate --attainment {} --precision {}\n{}",
                                       wanted.attainment, wanted.precision, to_yaml(scenario)),
                           given.foreign());
  int status = 0;
  try {
    search.run(folder.path(), jobs, given.foreign());
    status = report_end(search.report(), search.failures(), folder.path());
  } catch (const Interrupted& interrupted) {
    status = interrupted_after(fmt::format("{} trials begun", search.trials()), interrupted,
                               folder.path());
  }
  write_file(folder.path() / "run.json", run_json(started, WallClock::now()));
  return status;
}

}  // namespace

int sweep_command(std::span<const std::string> arguments) {
  VerbOptions options("sweep", "SCENARIO", kHelp);
  SweepOptions given;
  given.add_to(options);
  options.value("vary", "PATH=VALUES", given.axes, "adds an axis, or replaces the scenario's");
  options.value("jobs", "N", given.jobs,
                "points at once; else as many as there are cores, in real time 1");
  options.flag("find-max-rate", given.find_max_rate,
               "for each arm, look for the highest workload.rate at which enough requests meet the "
               "SLOs");
  options.value("attainment", "SHARE", given.attainment,
                "with --find-max-rate: share of requests that must meet them");
  options.value("precision", "SHARE", given.precision, "with --find-max-rate: how close to look");
  if (!options.parse(arguments)) return 0;

  given.scenario = options.arguments()[0];
  const auto started = WallClock::now();
  const Scenario scenario = load_scenario(given.scenario, given.all_overrides(), given.axes);
  return given.find_max_rate ? find_max_rate(given, scenario, started)
                             : run_grid(given, scenario, started);
}

}  // namespace splitbench
