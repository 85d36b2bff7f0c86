#include "sim/report_command.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <fstream>
#include <iostream>
#include <iterator>
#include <vector>

#include "reports/csv.hpp"
#include "reports/json.hpp"
#include "reports/markdown.hpp"
#include "reports/result_folder.hpp"
#include "reports/table.hpp"
#include "reports/vllm.hpp"
#include "sim/codec_output.hpp"
#include "sim/command_line.hpp"
#include "workloads/input_error.hpp"

namespace splitbench {
namespace {

constexpr const char* kHelp = R"(Prints a stored result again, without running anything.

  splitbench report results/quickstart
  splitbench report results/quickstart --format csv
  splitbench report results/quickstart --format vllm --arm splitzip
  splitbench report results/quickstart --format timeline -o timeline.json

splitbench report DIR [options]
)";

/// A result folder, and what of it is asked for.
struct Stored {
  std::filesystem::path folder;
  Report report;
  const Row* arm;  ///< null: all
};

const Row* arm_named(const Report& report, const std::string& name) {
  std::vector<std::string> names;
  for (const Row& row : report.rows) {
    if (row.axes.at("arm") == name) return &row;
    names.push_back(row.axes.at("arm"));
  }
  throw InputError(fmt::format("--arm '{}': expected one of {}", name, fmt::join(names, ", ")));
}

std::string vllm_text(const Stored& stored) {
  return stored.arm == nullptr ? to_vllm(stored.report) : to_vllm(*stored.arm);
}

std::string stored_timeline(const Stored& stored) {
  const std::filesystem::path path = stored.folder / "timeline.json";
  std::ifstream file(path, std::ios::binary);
  if (!file)
    throw InputError(fmt::format(
        "{}: no such file, expected the timeline of a run (those of a sweep lie with its points)",
        path.string()));
  return {std::istreambuf_iterator<char>(file), {}};
}

struct Format {
  std::string_view name;
  std::string_view summary;
  std::string (*text)(const Stored&);
  bool of_arms = false;  ///< takes --arm, and of a sweep only its points have it
};

constexpr std::array kFormats = {
    Format{"table", "for a terminal, the arms side by side",
           [](const Stored& stored) { return to_table(stored.report); }},
    Format{"json", "report.json, as it is stored",
           [](const Stored& stored) { return to_json(stored.report); }},
    Format{"csv", "a line for each row, base units",
           [](const Stored& stored) { return to_csv(stored.report); }},
    Format{"markdown", "for an issue or a page of documentation",
           [](const Stored& stored) { return to_markdown(stored.report); }},
    Format{"vllm", "the keys of vllm bench serve, for each arm; --arm: of one alone", vllm_text,
           true},
    Format{"timeline", "timeline.json, for Perfetto or chrome://tracing", stored_timeline},
};

const Format& format_named(const std::string& name) {
  const auto found = std::ranges::find(kFormats, name, &Format::name);
  if (found != kFormats.end()) return *found;
  std::vector<std::string_view> names;
  for (const Format& format : kFormats) names.push_back(format.name);
  throw InputError(fmt::format("--format '{}': expected one of {}", name, fmt::join(names, ", ")));
}

void print_help(const po::options_description& options) {
  std::cout << kHelp << '\n' << options << "\nformats:\n";
  for (const Format& format : kFormats)
    std::cout << fmt::format("  {:<10} {}\n", format.name, format.summary);
}

void check_fits(const Format& format, const Stored& stored) {
  if (!format.of_arms && stored.arm != nullptr)
    throw InputError(fmt::format("--arm: --format {} shows all arms", format.name));
  if (format.of_arms && !stored.report.axes.empty())
    throw InputError(fmt::format("{}: a sweep, expected one of its points: --format {} is of a run",
                                 stored.folder.string(), format.name));
}

/// Those formats have no place for it.
void warn_if_not_valid(const Format& format, const Stored& stored) {
  if (format.of_arms && !stored.report.meta.valid)
    fmt::print(stderr, "splitbench: {}: this run is NOT VALID\n", stored.folder.string());
}

void write_file(const std::string& path, std::string_view text) {
  OutputFile file(path);
  file.append(std::as_bytes(std::span(text)));
  file.commit();
}

}  // namespace

int report_command(std::span<const std::string> arguments) {
  po::options_description options("options");
  options.add_options()("help", "show this text")("folder", po::value<std::string>(),
                                                  "the result folder")(
      "format", po::value<std::string>()->default_value("table"), "one of those below")(
      "arm", po::value<std::string>(), "of vllm: this arm alone")(
      "output,o", po::value<std::string>(), "a file to write, instead of stdout");
  po::positional_options_description positional;
  positional.add("folder", 1);
  const po::variables_map given = parse_arguments("report", arguments, options, positional);
  if (given.contains("help")) {
    print_help(options);
    return 0;
  }
  if (!given.contains("folder"))
    throw InputError("report needs a result folder; see splitbench report --help");

  const Format& format = format_named(given["format"].as<std::string>());
  const std::filesystem::path folder = given["folder"].as<std::string>();
  Stored stored{.folder = folder, .report = load_report(folder), .arm = nullptr};
  if (given.contains("arm")) stored.arm = arm_named(stored.report, given["arm"].as<std::string>());
  check_fits(format, stored);
  warn_if_not_valid(format, stored);
  const std::string text = format.text(stored);
  if (given.contains("output"))
    write_file(given["output"].as<std::string>(), text);
  else
    std::cout << text;
  return 0;
}

}  // namespace splitbench
