#include <filesystem>
#include <fmt/format.h>
#include <vector>

#include "reports/analysis/compare.hpp"
#include "reports/analysis/condition.hpp"
#include "reports/folder/result_folder.hpp"
#include "reports/text/compare_text.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/run_facts.hpp"
#include "sim/cli/terminal.hpp"
#include "sim/cli/verb_options.hpp"
#include "sim/sweep/scenario_difference.hpp"
#include "workloads/files.hpp"
#include "workloads/input_error.hpp"
#include "workloads/printable_text.hpp"

namespace splitbench {
namespace {

constexpr VerbHelp kHelp{
    .examples = R"(splitbench compare results/base results/candidate
splitbench compare results/base results/candidate --all
splitbench compare results/base results/candidate --format json
splitbench compare results/base results/candidate --fail-if 'ttft_p99 > +5%'
splitbench compare results/base results/candidate --fail-if 'splitzip:transfer_p50 > 200 ms'
)",
    .about = "Says what changed between two results: two runs, or two sweeps.",
    .notes =
        R"(conditions, with OP one of > >= < <= and KEY one of the columns of report.json:
  [ARM:]KEY OP [+-]N%          the change from BASE to CANDIDATE, where it is beyond the noise
  [ARM:]KEY OP NUMBER [UNIT]   CANDIDATE's figure: 200 ms, 10 Gbit/s; without a unit in base
                               units: seconds, bytes, bit/s, 1/s or a share of 1

Exit code 1 when one holds for any row.
)"};

/// Returns a file's text; empty if there is none, as in a folder that was made by hand.
std::string text_of(const std::filesystem::path& path) {
  constexpr std::uint64_t kMostBytes = 1 << 20;
  return read_text_if_there(path, "a file of a result folder", kMostBytes).value_or("");
}

/// Returns differences between the folders beyond those of their reports.
std::vector<std::string> folder_warnings(const std::filesystem::path& base,
                                         const std::filesystem::path& candidate) {
  std::vector<std::string> warnings;
  const std::string before = text_of(base / "scenario.yaml");
  const std::string after = text_of(candidate / "scenario.yaml");
  if (!before.empty() && !after.empty())
    if (const std::string difference = scenario_difference(before, after); !difference.empty())
      warnings.push_back(difference);
  for (const char* key : {"host", "commit"}) {
    const std::string was = run_fact(base, key), is = run_fact(candidate, key);
    if (was != is) warnings.push_back(fmt::format("{}: '{}' before, '{}' after", key, was, is));
  }
  return warnings;
}

Comparison compare_folders(const std::filesystem::path& base, const Report& base_report,
                           const std::filesystem::path& candidate, const Report& candidate_report) {
  Comparison comparison = compare(base_report, candidate_report);
  if (comparison.rows.empty())
    throw InputError(
        fmt::format("{} and {}: they have no row in common, expected two runs or two "
                    "sweeps of the same axes",
                    base.string(), candidate.string()));
  const std::vector<std::string> warnings = folder_warnings(base, candidate);
  comparison.warnings.insert(comparison.warnings.begin(), warnings.begin(), warnings.end());
  return comparison;
}

}  // namespace

int compare_command(std::span<const std::string> arguments) {
  VerbOptions options("compare", "BASE CANDIDATE", kHelp);
  std::string format = "table";
  bool all = false;
  std::vector<std::string> texts;
  options.word("format", "FORMAT", format, {"table", "json"});
  options.flag("all", all, "every change, row by row, instead of the ten largest");
  options.value("fail-if", "CONDITION", texts, "a condition; may be given again");
  if (!options.parse(arguments)) return 0;
  std::vector<Condition> conditions;
  for (const std::string& text : texts) conditions.push_back(parse_condition(text));

  const std::filesystem::path base = options.arguments()[0];
  const std::filesystem::path candidate = options.arguments()[1];
  const Report base_report = load_report(base), candidate_report = load_report(candidate);
  const Comparison comparison = compare_folders(base, base_report, candidate, candidate_report);
  std::vector<Broken> broken;
  for (const Condition& condition : conditions)
    for (const Broken& each : broken_by(condition, comparison, candidate_report))
      broken.push_back(each);

  format == "json" ? print_data(to_json(comparison, broken))
                   : print_text(to_table(comparison, broken, all ? Extent::all : Extent::largest));
  for (const Broken& each : broken)
    say(fmt::format("{} holds for {}", each.condition, row_name(each.axes)));
  return broken.empty() ? 0 : 1;
}

}  // namespace splitbench
