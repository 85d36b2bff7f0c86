#include <charconv>
#include <fmt/format.h>
#include <sstream>
#include <vector>

#include "sim/cli/commands.hpp"
#include "sim/cli/verb_options.hpp"
#include "workers/process/worker_process.hpp"
#include "workloads/input_error.hpp"

namespace splitbench {
namespace {

constexpr VerbHelp kHelp{
    .examples = R"(splitbench worker prefill --connect 127.0.0.1:7001
splitbench worker decode --connect 127.0.0.1:7001
splitbench worker prefill,decode --connect 127.0.0.1:7001
)",
    .about = "A worker process of a run. splitbench run starts the workers that a scenario names.",
    .notes =
        "ROLE is prefill or decode, or several of them with commas between: these run in one "
        "process,\nas workers do that share a GPU. The run's secret, 64 hexadecimal digits, is "
        "read "
        "from standard\ninput.\n"};

std::uint16_t parse_port(const std::string& text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port == 0)
    throw InputError(fmt::format("--connect: '{}' is not a port, 1 to 65535", text));
  return port;
}

std::vector<WorkerKind> parse_roles(const std::string& list) {
  std::vector<WorkerKind> kinds;
  std::istringstream roles(list + ",");
  for (std::string role; std::getline(roles, role, ',');) {
    if (role != "prefill" && role != "decode")
      throw InputError(fmt::format("worker '{}': expected prefill or decode", list));
    kinds.push_back(role == "prefill" ? WorkerKind::prefill : WorkerKind::decode);
  }
  return kinds;
}

}  // namespace

int worker_command(std::span<const std::string> arguments) {
  VerbOptions options("worker", "ROLE", kHelp);
  std::string target;
  options.value("connect", "HOST:PORT", target, "address of the coordinator");
  if (!options.parse(arguments)) return 0;
  const std::vector<WorkerKind> kinds = parse_roles(options.arguments()[0]);
  const auto colon = target.rfind(':');
  if (colon == std::string::npos) throw InputError("worker needs --connect HOST:PORT");
  const bool fine =
      run_workers(kinds, target.substr(0, colon), parse_port(target.substr(colon + 1)));
  return fine ? 0 : 1;
}

}  // namespace splitbench
