#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <iterator>
#include <vector>

#include "configs/reader/words.hpp"
#include "reports/columns.hpp"
#include "reports/folder/result_folder.hpp"
#include "reports/text/csv.hpp"
#include "sim/cli/command_line.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/report_formats.hpp"
#include "sim/cli/verb_options.hpp"
#include "workloads/input_error.hpp"
#include "workloads/printable_text.hpp"

namespace splitbench {
namespace {

constexpr std::string_view kExamples = R"(splitbench report results/quickstart
splitbench report results/quickstart --format csv
splitbench report results/quickstart --format csv --columns arm,ttft_p50,ttft_p50_ci95
splitbench report results/quickstart --format svg --chart partition -o partition.svg
splitbench report results/quickstart --format vllm --arm splitzip --per-request
splitbench report results/quickstart --format histogram --latency ttft --latency itl
splitbench report results/quickstart --format hgrm --arm raw --latency transfer
splitbench report results/quickstart --format timeline -o timeline.json
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

/// Returns a hint at the keys that `key` begins, or is a misspelling of.
std::string near_to(const std::string& key, const std::vector<std::string>& known) {
  constexpr std::size_t kMostHints = 6;
  std::vector<std::string> near;
  if (const std::string word = nearest(key, known); !word.empty()) near.push_back(word);
  for (const std::string& each : known)
    if (!key.empty() && each.starts_with(key) && near.size() < kMostHints &&
        std::ranges::find(near, each) == near.end())
      near.push_back(each);
  return near.empty() ? ", --format csv has all in its first line"
                      : fmt::format(", did you mean {}?", one_of(near));
}

void check_latencies(const std::vector<std::string>& keys) {
  std::vector<std::string_view> known;
  std::ranges::transform(kLatencies, std::back_inserter(known), &Latency::key);
  for (const std::string& key : keys)
    if (std::ranges::find(known, key) == known.end()) refuse("--latency", key, known);
}

/// Throws InputError that names the nearest keys for one that no report has a column of.
void check_columns(const std::vector<std::string>& keys, const Report& report) {
  std::vector<std::string> known = csv_keys(report);
  for (const Column& column : all_columns())
    for (const char* suffix : {"", "_spread", "_ci95"}) known.push_back(column.key + suffix);
  for (const std::string& key : keys) {
    if (std::ranges::find(known, key) != known.end()) continue;
    throw InputError(fmt::format("--columns '{}': no such column{}", key, near_to(key, known)));
  }
}

std::string format_table() {
  std::string table = "formats:\n";
  for (const ReportFormat& format : report_formats())
    table += fmt::format("  {:<10} {}\n", format.name, format.summary);
  return table;
}

void check_fits(const ReportFormat& format, const Stored& stored) {
  if (!format.of_arms && stored.arm != nullptr)
    throw InputError(fmt::format("--arm: --format {} shows all arms", format.name));
  if (!format.of_columns && !stored.columns.empty())
    throw InputError(fmt::format("--columns: --format {} has no columns, csv has", format.name));
  if (!format.of_charts && !stored.chart.empty())
    throw InputError(fmt::format("--chart: --format {} is no chart, svg and png are", format.name));
  if (!format.of_requests && stored.per_request)
    throw InputError(
        fmt::format("--per-request: --format {} has no single requests, vllm has", format.name));
  if (!format.of_latencies && !stored.latencies.empty())
    throw InputError(fmt::format("--latency: --format {} shows all latencies", format.name));
  if (format.of_arms && !stored.report.axes.empty())
    throw InputError(fmt::format("{}: a sweep, expected one of its points: --format {} is of a run",
                                 stored.folder.string(), format.name));
}

/// Those formats have no place for it.
void warn_if_not_valid(const ReportFormat& format, const Stored& stored) {
  if (format.of_arms && !stored.report.meta.valid)
    say(fmt::format("{}: this run is NOT VALID", stored.folder.string()));
}

}  // namespace

int report_command(std::span<const std::string> arguments) {
  const std::string formats = format_table();
  VerbOptions options("report", "DIR",
                      {.examples = kExamples,
                       .about = "Prints a stored result again, without running anything.",
                       .notes = formats});
  std::string format_name = "table", arm, columns, chart, output;
  std::vector<std::string> latencies;
  bool per_request = false;
  options.value("format", "FORMAT", format_name, "one of those below");
  options.value("arm", "ARM", arm, "this arm alone");
  options.value(
      "latency", "LATENCY", latencies,
      "this latency, may be given again: ttft, ttst, transfer, exposed_transfer, tpot, itl or "
      "e2el");
  options.value("columns", "KEY,...", columns, "these columns alone, in this order");
  options.value("chart", "NAME", chart, "this chart");
  options.flag("per-request", per_request,
               "with ttfts, input_lens and more of every request; itls after run --token-gaps");
  options.value("output,o", "FILE", output, "a file to write, instead of stdout");
  if (!options.parse(arguments)) return 0;

  const ReportFormat& format = format_named(format_name);
  const std::filesystem::path folder = options.arguments()[0];
  Stored stored{.folder = folder,
                .report = load_report(folder),
                .latencies = latencies,
                .columns = {},
                .chart = chart,
                .per_request = per_request};
  if (!columns.empty()) stored.columns = split_list(columns);
  if (!arm.empty()) stored.arm = &arm_named(stored.report, arm);
  check_latencies(stored.latencies);
  check_columns(stored.columns, stored.report);
  check_fits(format, stored);
  warn_if_not_valid(format, stored);
  print_or_write(format.text(stored), output);
  return 0;
}

}  // namespace splitbench
