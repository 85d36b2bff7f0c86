#include <array>
#include <fmt/format.h>
#include <string_view>
#include <vector>

#include "sim/bench/link/link_bench_cost.hpp"
#include "sim/bench/link/link_bench_options.hpp"
#include "sim/bench/link/link_bench_rows.hpp"
#include "sim/bench/link/link_bench_transfers.hpp"
#include "sim/cli/command_line.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/terminal.hpp"
#include "workloads/input_error.hpp"
#include "workloads/printable_text.hpp"

namespace splitbench {
namespace {

constexpr Time kLongEnoughToSay{2'000'000'000}, kTooLong = std::chrono::hours(24);

/// Prints a line on stderr, before minutes pass in silence. Throws InputError if it would be more
/// than a day.
void announce(const std::vector<LinkBenchCase>& cases) {
  Time all{0};
  for (const LinkBenchCase& bench : cases) all += expected_duration(bench);
  if (all < kLongEnoughToSay) return;
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(all).count();
  if (all > kTooLong)
    throw InputError(
        fmt::format("link bench: {} rows would take about {} s, expected at most a day: fewer "
                    "--bytes, a higher "
                    "--bandwidth, a shorter --latency or fewer --repeats",
                    cases.size(), seconds));
  say(fmt::format("link bench: {} rows in about {} s", cases.size(), seconds));
}

void link_bench(std::span<const std::string> arguments) {
  const auto options = parse_link_bench(arguments);
  if (!options) return;
  if (options->cost) {
    const LinkCost cost = measure_cost(options->wire, options->cost_bytes, options->rounds);
    fmt::print("{}", options->json ? link_cost_json(cost) : link_cost_table(cost));
    return;
  }
  announce(options->cases);
  std::vector<LinkBenchRow> rows;
  for (const LinkBenchCase& bench : options->cases) {
    show_progress(fmt::format("row {} of {}", rows.size() + 1, options->cases.size()));
    rows.push_back(summarize_transfers(bench, time_transfers(bench, options->wire)));
  }
  show_progress("");
  fmt::print("{}", options->json ? link_bench_json(rows, options->wire) : link_bench_table(rows));
}

}  // namespace

int link_command(std::span<const std::string> arguments) {
  static constexpr std::string_view kExamples = R"(splitbench link bench
splitbench link bench --bandwidth '10 Gbit/s' --bytes '16 MiB' --flows 1,2,3

)";
  static constexpr SubVerb kBench{
      .name = "bench",
      .summary = "the shaped link alone: its error against the ideal, and what it costs",
      .run = link_bench};
  static constexpr std::array kVerbs = {&kBench};
  return run_sub_verb("link", kExamples, kVerbs, arguments);
}

}  // namespace splitbench
