#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <iterator>
#include <regex>
#include <sstream>
#include <vector>

#include "reports/analysis/compare.hpp"
#include "reports/columns.hpp"
#include "reports/folder/result_folder.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/run_facts.hpp"
#include "sim/cli/run_options.hpp"
#include "sim/cli/terminal.hpp"
#include "sim/cli/verb_options.hpp"
#include "workloads/files.hpp"
#include "workloads/input_error.hpp"

namespace splitbench {
namespace {

constexpr VerbHelp kHelp{
    .examples = R"(splitbench reproduce results/quickstart
splitbench reproduce results/grid --output-dir results/grid-again
)",
    .about =
        R"(Runs the scenario of a result again, with its seeds, and says whether the two agree: in virtual
time to the bit, in real time within the noise.)",
    .notes =
        R"(In real time they agree if no median or rate of any arm has changed by more than the noise of both
and 2%. Exit code 1 when they do not agree.
)"};

constexpr std::uint64_t kMostBytes = 512 << 20;

/// Returns the options of the search for rates that made a sweep's folder, as the first line of its
/// scenario notes them; none if it was another sweep. Nothing else in that line counts.
std::vector<std::string> search_options(const std::filesystem::path& scenario) {
  std::istringstream text(read_text(scenario, "the scenario of a result", 1 << 20));
  std::string first;
  std::getline(text, first);
  static const std::regex kSearch(
      "# sweep --find-max-rate --attainment ([0-9.e+-]{1,30}) --precision ([0-9.e+-]{1,30})");
  std::smatch found;
  if (!std::regex_match(first, found, kSearch)) return {};
  return {"--find-max-rate", "--attainment", found[1], "--precision", found[2]};
}

/// Returns where the new result goes. Throws InputError if that is the old one, or within it.
std::filesystem::path folder_of_new(const std::filesystem::path& old, const std::string& asked) {
  const std::filesystem::path from = std::filesystem::canonical(old);
  if (asked.empty()) return free_folder(from.string() + "-again");
  const std::filesystem::path to = std::filesystem::weakly_canonical(asked);
  if (std::ranges::mismatch(from, to).in1 == from.end())
    throw InputError(fmt::format(
        "reproduce: --output-dir '{}' lies in the result that is reproduced, expected another",
        asked));
  return asked;
}

bool same_bytes(const std::filesystem::path& one, const std::filesystem::path& other) {
  const auto text = [](const std::filesystem::path& path) {
    return read_text(path, "a file of a result", kMostBytes);
  };
  return text(one) == text(other);
}

/// Returns a text on each of the main figures that differ: by more than the noise and a fiftieth
/// or, where results must be `exact`, at all.
std::vector<std::string> differences(const Report& before, const Report& after, bool exact) {
  const double negligible = exact ? 0 : 0.02;
  std::vector<std::string> texts;
  const std::vector<const Column*> main = sweep_columns(before);
  const Comparison comparison = compare(before, after);
  if (comparison.rows.size() != before.rows.size())
    texts.push_back(
        fmt::format("{} rows, {} of them in both", before.rows.size(), comparison.rows.size()));
  for (const RowChange& row : comparison.rows)
    for (const FigureChange& figure : row.figures) {
      if (std::ranges::find(main, figure.column.key, &Column::key) == main.end()) continue;
      const bool noise = !exact && figure.judgement == Judgement::same;
      if (noise || std::abs(figure.change) <= negligible) continue;
      texts.push_back(fmt::format("{}: {} {:+.1f}%", row_name(row.axes), figure.column.key,
                                  100 * figure.change));
    }
  return texts;
}

/// Returns why two results do not agree; nothing if they do. `before` is the report of the first.
std::vector<std::string> disagreement(const std::filesystem::path& first, const Report& before,
                                      const std::filesystem::path& again, bool exact) {
  if (exact && same_bytes(first / "report.json", again / "report.json")) return {};
  std::vector<std::string> texts = differences(before, load_report(again), exact);
  if (!exact) return texts;
  texts.insert(texts.begin(), "report.json is not the same to the bit");
  const std::string was = run_fact(first, "commit"), is = run_fact(again, "commit");
  if (was != is)
    texts.push_back(fmt::format("it was made by commit {}, this program is {}", was, is));
  return texts;
}

}  // namespace

int reproduce_command(std::span<const std::string> arguments) {
  VerbOptions options("reproduce", "DIR", kHelp);
  std::string output;
  options.value("output-dir", "DIR", output, "the new result's folder; else DIR-again");
  if (!options.parse(arguments)) return 0;
  const std::filesystem::path folder = options.arguments()[0];
  const Report before = load_report(folder);
  const bool exact = before.meta.time == "virtual";
  const bool is_sweep = std::filesystem::exists(folder / "points");
  const std::filesystem::path scenario = folder / "scenario.yaml";
  const std::filesystem::path again = folder_of_new(folder, output);
  std::vector<std::string> command = {scenario.string()};
  if (is_sweep) std::ranges::move(search_options(scenario), std::back_inserter(command));
  command.insert(command.end(), {"--output-dir", again.string()});
  if (const int status = is_sweep ? sweep_command(command) : run_command(command); status != 0)
    return status;
  const std::vector<std::string> why = disagreement(folder, before, again, exact);
  if (why.empty())
    print_text(fmt::format("reproduced: {} and {} agree {}\n", folder.string(), again.string(),
                           exact ? "to the bit" : "within the noise"));
  else
    print_text(fmt::format("NOT reproduced: {}\n", fmt::join(why, "\n  ")));
  return why.empty() ? 0 : 1;
}

}  // namespace splitbench
