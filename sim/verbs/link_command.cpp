#include <fmt/format.h>
#include <vector>

#include "sim/bench/link/link_bench_cost.hpp"
#include "sim/bench/link/link_bench_options.hpp"
#include "sim/bench/link/link_bench_rows.hpp"
#include "sim/bench/link/link_bench_transfers.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/terminal.hpp"
#include "workloads/input_error.hpp"

namespace splitbench {
namespace {

constexpr Time kLongEnoughToSay{2'000'000'000};

/// A line on stderr, before minutes pass in silence.
void announce(const std::vector<LinkBenchCase>& cases) {
  Time all{0};
  for (const LinkBenchCase& bench : cases) all += expected_duration(bench);
  if (all < kLongEnoughToSay) return;
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(all).count();
  fmt::print(stderr, "link bench: {} rows in about {} s\n", cases.size(), seconds);
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
  if (!arguments.empty() && arguments[0] == "--help") {
    fmt::print(
        "splitbench link bench\n"
        "splitbench link bench --bandwidth '10 Gbit/s' --bytes '16 MiB' --flows 1,2,3\n\n"
        "bench      the shaped link alone: its error against the ideal, and what it costs\n\n"
        "It has --help.\n");
    return 0;
  }
  if (arguments.empty() || arguments[0] != "bench")
    throw InputError(arguments.empty() ? "link: expected bench"
                                       : fmt::format("link {}: expected bench", arguments[0]));
  link_bench(arguments.subspan(1));
  return 0;
}

}  // namespace splitbench
