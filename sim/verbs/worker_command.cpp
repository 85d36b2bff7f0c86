#include <charconv>
#include <fmt/format.h>
#include <iostream>

#include "sim/cli/command_line.hpp"
#include "sim/cli/commands.hpp"
#include "workers/process/worker_process.hpp"
#include "workloads/input_error.hpp"

namespace splitbench {
namespace {

constexpr const char* kHelp =
    R"(A worker process of a run. splitbench run starts the workers that a scenario names.

  splitbench worker prefill --connect 127.0.0.1:7001
  splitbench worker decode --connect 127.0.0.1:7001

splitbench worker prefill|decode [options]
)";

std::uint16_t parse_port(const std::string& text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port == 0)
    throw InputError(fmt::format("--connect: '{}' is not a port, 1 to 65535", text));
  return port;
}

}  // namespace

int worker_command(std::span<const std::string> arguments) {
  po::options_description options("options");
  options.add_options()("help", "show this text")(
      "role", po::value<std::string>(), "prefill or decode")("connect", po::value<std::string>(),
                                                             "HOST:PORT of the coordinator");
  po::positional_options_description positional;
  positional.add("role", 1);
  const po::variables_map given = parse_arguments("worker", arguments, options, positional);
  if (given.contains("help")) {
    std::cout << kHelp << '\n' << options;
    return 0;
  }
  const std::string role = given.contains("role") ? given["role"].as<std::string>() : "";
  if (role != "prefill" && role != "decode")
    throw InputError(fmt::format("worker '{}': expected prefill or decode", role));
  const std::string target = given.contains("connect") ? given["connect"].as<std::string>() : "";
  const auto colon = target.rfind(':');
  if (colon == std::string::npos) throw InputError("worker needs --connect HOST:PORT");
  const bool fine = run_worker(role == "prefill" ? WorkerKind::prefill : WorkerKind::decode,
                               target.substr(0, colon), parse_port(target.substr(colon + 1)));
  return fine ? 0 : 1;
}

}  // namespace splitbench
