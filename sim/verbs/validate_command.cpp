#include <algorithm>
#include <array>
#include <filesystem>
#include <fmt/format.h>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "configs/scenario_file.hpp"
#include "reports/folder/request_rows.hpp"
#include "reports/folder/result_folder.hpp"
#include "reports/validation/time_error_text.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/run_options.hpp"
#include "sim/cli/terminal.hpp"
#include "sim/cli/verb_options.hpp"
#include "sim/process/child_process.hpp"
#include "workloads/input_error.hpp"
#include "workloads/printable_text.hpp"

namespace splitbench {
namespace {

using namespace std::chrono_literals;

constexpr VerbHelp kHelp{
    .examples = R"(splitbench validate configs/quickstart.yaml
splitbench validate configs/quickstart.yaml --set link.bandwidth='5 Gbit/s' --format json
)",
    .about =
        R"(Runs a scenario in real and in virtual time, and says how far virtual time is off, request by
request: TTFT, its parts, the transfer, the time per output token.)",
    .notes =
        R"(Virtual time runs what the real run chose (transport, streams, chunk, staging), on the devices of
`hardware`: measure yours with splitbench calibrate. Errors are virtual minus real; MAPE, p50 and
p99 are of their sizes, as shares of each request's real time. Parts that no request has are left
out.
)"};

/// The figures that are compared: latencies, then the parts of the TTFT, by their keys in
/// requests.jsonl without the unit.
const std::vector<std::string>& figures() {
  static const std::vector<std::string> kKeys = [] {
    std::vector<std::string> keys = {"ttft", "transfer", "exposed_transfer", "tpot", "e2el"};
    keys.insert(keys.end(), kStageNames.begin(), kStageNames.end());
    return keys;
  }();
  return kKeys;
}

/// Runs a scenario into a folder, in a process of its own that prints nothing but its errors.
/// Throws InputError if that fails, or a signal asks for the end.
void run_into(const std::filesystem::path& folder, const std::string& time,
              std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "run");
  arguments.insert(arguments.end(), {"--time", time, "--output-dir", folder.string()});
  SignalWatch signals;
  show_progress(fmt::format("the run in {} time", time));
  ChildProcess child(arguments, {}, {.output = "/dev/null", .errors = {}, .input = {}});
  std::string end;
  while ((end = child.ended()).empty())
    if (const int signal = signals.wait(1s); signal != 0 && signal != SIGCHLD)
      throw InputError("validate: interrupted");
  show_progress("");
  if (end != kSucceeded)
    throw InputError(fmt::format("validate: the run in {} time {}", time, end));
}

/// The figures of a folder's requests, in seconds, by arm, repeat and id; those that a request does
/// not have are left out.
using Times = std::map<std::tuple<std::string, int, std::uint64_t>, std::map<std::string, double>>;

Times times_of(const std::filesystem::path& folder) {
  constexpr double kNanosecondsPerSecond = 1e9;
  Times times;
  for_each_request_row(folder, [&](const nlohmann::json& row) {
    if (row.at("status") != "ok") return;
    auto& of_request = times[{row.at("arm").get<std::string>(), row.at("repeat").get<int>(),
                              row.at("id").get<std::uint64_t>()}];
    for (const std::string& figure : figures())
      if (const nlohmann::json& value = row.at(figure + "_ns"); !value.is_null())
        of_request[figure] = value.get<double>() / kNanosecondsPerSecond;
  });
  return times;
}

/// Returns the errors of each arm in each figure that is not zero everywhere.
std::vector<TimeError> errors_of(const Report& real_report, const Times& real,
                                 const Report& virtual_report, const Times& virtual_times) {
  // A load that is not random is run once in virtual time, whatever `repeats` says.
  const bool once = virtual_report.meta.repeats == 1;
  std::vector<TimeError> errors;
  for (const Row& row : real_report.rows) {
    const std::string& arm_of_row = row.axes.at("arm");
    for (const std::string& figure : figures()) {
      std::vector<TimePair> pairs;
      for (const auto& [key, times] : real) {
        const auto& [arm, repeat, id] = key;
        if (arm != arm_of_row || !times.contains(figure)) continue;
        const auto same = virtual_times.find({arm, once ? 0 : repeat, id});
        if (same != virtual_times.end() && same->second.contains(figure))
          pairs.push_back({times.at(figure), same->second.at(figure)});
      }
      const bool zero = std::ranges::all_of(
          pairs, [](const TimePair& pair) { return pair.real == 0 && pair.virtual_time == 0; });
      if (!zero) errors.push_back(time_error(arm_of_row, figure, pairs));
    }
  }
  return errors;
}

}  // namespace

int validate_command(std::span<const std::string> arguments) {
  VerbOptions options("validate", "SCENARIO", kHelp);
  std::vector<std::string> overrides;
  std::string folder, format = "table";
  options.value("set", "PATH=VALUE", overrides, "overrides a key of the scenario");
  options.value(
      "output-dir", "DIR", folder,
      "the folder of both results, real and virtual; else results/NAME-validate-DATE-TIME");
  options.word("format", "FORMAT", format, {"table", "json"});
  if (!options.parse(arguments)) return 0;
  const std::string& file = options.arguments()[0];
  const Scenario scenario = load_scenario(file, overrides);
  if (!scenario.axes.empty())
    throw InputError(fmt::format("{}: has axes; expected one point", file));

  RunOptions where;
  where.folder = folder;
  const std::filesystem::path results =
      where.output_folder(scenario.name + "-validate", WallClock::now());
  std::vector<std::string> stated = {file};
  for (const std::string& each : overrides) stated.insert(stated.end(), {"--set", each});
  run_into(results / "real", "real", stated);
  run_into(results / "virtual", "virtual", {(results / "real" / "scenario.yaml").string()});

  const Report real = load_report(results / "real");
  const std::vector<TimeError> errors =
      errors_of(real, times_of(results / "real"), load_report(results / "virtual"),
                times_of(results / "virtual"));
  for (const std::string& warning : real.meta.warnings) say("the real run: " + warning);
  if (format == "json") {
    print_data(to_json(errors, real.meta, results.string()));
  } else {
    if (!real.meta.valid)
      print_text("NOT VALID: the run in real time does not stand behind all of its figures\n\n");
    print_text(fmt::format("{}\nresult folder: {}\n", to_table(errors), results.string()));
  }
  if (!errors.empty()) return 0;
  say("validate: no request was completed in both kinds of time");
  return 1;
}

}  // namespace splitbench
