#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <iostream>
#include <iterator>
#include <vector>

#include "reports/columns.hpp"
#include "reports/folder/result_folder.hpp"
#include "sim/cli/command_line.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/report_formats.hpp"
#include "workloads/input_error.hpp"

namespace splitbench {
namespace {

constexpr const char* kHelp = R"(Prints a stored result again, without running anything.

  splitbench report results/quickstart
  splitbench report results/quickstart --format csv
  splitbench report results/quickstart --format vllm --arm splitzip
  splitbench report results/quickstart --format histogram --latency ttft --latency itl
  splitbench report results/quickstart --format hgrm --arm raw --latency transfer
  splitbench report results/quickstart --format timeline -o timeline.json

splitbench report DIR [options]
)";

[[noreturn]] void refuse(std::string_view option, const std::string& given, const auto& names) {
  throw InputError(
      fmt::format("{} '{}': expected one of {}", option, given, fmt::join(names, ", ")));
}

const ReportFormat& format_named(const std::string& name) {
  std::vector<std::string_view> names;
  for (const ReportFormat& format : report_formats()) {
    if (format.name == name) return format;
    names.push_back(format.name);
  }
  refuse("--format", name, names);
}

const Row& arm_named(const Report& report, const std::string& name) {
  std::vector<std::string> names;
  for (const Row& row : report.rows) {
    if (row.axes.at("arm") == name) return row;
    names.push_back(row.axes.at("arm"));
  }
  refuse("--arm", name, names);
}

void check_latencies(const std::vector<std::string>& keys) {
  std::vector<std::string_view> known;
  std::ranges::transform(kLatencies, std::back_inserter(known), &Latency::key);
  for (const std::string& key : keys)
    if (std::ranges::find(known, key) == known.end()) refuse("--latency", key, known);
}

void print_help(const po::options_description& options) {
  std::cout << kHelp << '\n' << options << "\nformats:\n";
  for (const ReportFormat& format : report_formats())
    std::cout << fmt::format("  {:<10} {}\n", format.name, format.summary);
}

void check_fits(const ReportFormat& format, const Stored& stored) {
  if (!format.of_arms && stored.arm != nullptr)
    throw InputError(fmt::format("--arm: --format {} shows all arms", format.name));
  if (!format.of_latencies && !stored.latencies.empty())
    throw InputError(fmt::format("--latency: --format {} shows all latencies", format.name));
  if (format.of_arms && !stored.report.axes.empty())
    throw InputError(fmt::format("{}: a sweep, expected one of its points: --format {} is of a run",
                                 stored.folder.string(), format.name));
}

/// Those formats have no place for it.
void warn_if_not_valid(const ReportFormat& format, const Stored& stored) {
  if (format.of_arms && !stored.report.meta.valid)
    fmt::print(stderr, "splitbench: {}: this run is NOT VALID\n", stored.folder.string());
}

}  // namespace

int report_command(std::span<const std::string> arguments) {
  po::options_description options("options");
  options.add_options()("help", "show this text")("folder", po::value<std::string>(),
                                                  "the result folder")(
      "format", po::value<std::string>()->default_value("table"), "one of those below")(
      "arm", po::value<std::string>(), "this arm alone")(
      "latency", po::value<std::vector<std::string>>()->default_value({}, ""),
      "this latency, may be given again: ttft, transfer, exposed_transfer, tpot, itl or e2el")(
      "output,o", po::value<std::string>()->default_value("", ""),
      "a file to write, instead of stdout");
  po::positional_options_description positional;
  positional.add("folder", 1);
  const po::variables_map given = parse_arguments("report", arguments, options, positional);
  if (given.contains("help")) {
    print_help(options);
    return 0;
  }
  if (!given.contains("folder"))
    throw InputError("report needs a result folder; see splitbench report --help");

  const ReportFormat& format = format_named(given["format"].as<std::string>());
  const std::filesystem::path folder = given["folder"].as<std::string>();
  Stored stored{.folder = folder,
                .report = load_report(folder),
                .latencies = given["latency"].as<std::vector<std::string>>()};
  if (given.contains("arm")) stored.arm = &arm_named(stored.report, given["arm"].as<std::string>());
  check_latencies(stored.latencies);
  check_fits(format, stored);
  warn_if_not_valid(format, stored);
  print_or_write(format.text(stored), given["output"].as<std::string>());
  return 0;
}

}  // namespace splitbench
