#include <fmt/format.h>

#include "sim/bench/link/link_bench.hpp"
#include "sim/cli/commands.hpp"
#include "workloads/input_error.hpp"

namespace splitbench {

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
