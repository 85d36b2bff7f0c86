#include <fmt/format.h>
#include <optional>
#include <string>
#include <vector>

#include "configs/scenario_file.hpp"
#include "sim/cli/terminal.hpp"
#include "sim/verbs/trace/trace_options.hpp"
#include "workloads/files.hpp"
#include "workloads/generators/request_chain.hpp"
#include "workloads/generators/request_stream.hpp"
#include "workloads/input_error.hpp"
#include "workloads/traces/trace_writer.hpp"

namespace splitbench {
namespace {

constexpr VerbHelp kHelp{
    .examples = R"(splitbench trace generate configs/agentic.yaml -o agentic.jsonl
splitbench trace generate configs/chat.yaml -o chat.jsonl --requests 1000000 --to mooncake --seed 7
splitbench trace generate configs/rag.yaml -o rag.jsonl --set 'workload.context=lognormal(median 4k, p99 16k)'
)",
    .about = "Writes the requests of a scenario's workload; FILE is there whole or not at all.",
    .notes = ""};

constexpr std::size_t kWrittenTogether = 1 << 20;  // bytes

struct Options {
  std::string scenario, output, to = "ours";
  std::vector<std::string> overrides;
};

/// Returns nothing where the arguments ask for help.
std::optional<Options> parse(std::span<const std::string> arguments) {
  Options given;
  std::string requests, seed;
  VerbOptions options("trace generate", "SCENARIO", kHelp);
  options.value("output,o", "FILE", given.output, "the trace to write; required");
  options.value("requests", "N", requests, "the same as --set workload.requests=N");
  options.value("seed", "N", seed, "the same as --set seed=N");
  options.value("set", "PATH=VALUE", given.overrides, "overrides a key of the scenario");
  options.word("to", "FORMAT", given.to, {"ours", "mooncake"}, kWrittenFormats);
  if (!options.parse(arguments)) return std::nullopt;
  given.scenario = options.arguments()[0];
  if (given.output.empty())
    throw InputError(
        "trace generate: expected --output FILE; see splitbench trace generate --help");
  if (!requests.empty()) given.overrides.push_back("workload.requests=" + requests);
  if (!seed.empty()) given.overrides.push_back("seed=" + seed);
  return given;
}

/// Clients without sessions and think times are the run's to let in.
void check_timed(const WorkloadSpec& workload) {
  if (workload.arrivals == Arrivals::closed && !has_sessions(workload))
    throw InputError(
        "trace generate: the times of workload.arrivals 'closed' depend on the run; expected "
        "other arrivals, or a workload.think_time");
}

void write(std::string& text, OutputFile& out) {
  out.append(text);
  text.clear();
}

void run(std::span<const std::string> arguments) {
  const std::optional<Options> parsed = parse(arguments);
  if (!parsed) return;
  const Options& given = *parsed;
  const Scenario scenario = load_scenario(given.scenario, given.overrides);
  check_timed(scenario.workload);
  const std::unique_ptr<RequestStream> stream = open_workload(scenario.workload, scenario.seed);
  OutputFile out(given.output);
  const bool sessions = has_sessions(scenario.workload);
  const bool ours = given.to == "ours";
  const auto append = ours ? append_ours : append_mooncake;
  PrefixBlocks blocks;
  std::uint64_t requests = 0;
  std::string text;
  TraceRequest line;
  for (Request request; stream->next(request); ++requests) {
    write_request(request, sessions, line);
    if (sessions && !ours) blocks.write(request, line);
    append(line, text);
    if (text.size() > kWrittenTogether) write(text, out);
  }
  write(text, out);
  out.commit();
  fmt::print("{} requests written\n", requests);
  print_text(lost_in_blocks(blocks));
}

}  // namespace

const SubVerb kTraceGenerateVerb{
    .name = "generate", .summary = "the requests of a scenario's workload as a trace", .run = run};

}  // namespace splitbench
