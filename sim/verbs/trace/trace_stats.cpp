#include <fmt/core.h>
#include <memory>

#include "codec/codebook_file.hpp"
#include "configs/scenario_file.hpp"
#include "sim/verbs/trace/trace_options.hpp"
#include "sim/verbs/trace/trace_text.hpp"

namespace splitbench {
namespace {

constexpr std::string_view kHelp =
    R"(splitbench trace stats conversation.jsonl
splitbench trace stats azure.csv --model llama-3.1-70b --kv-dtype fp8_e4m3
splitbench trace stats sessions.tar.xz --format json

stats FILE           what the requests of a trace look like, and what they mean for a model's KV cache
  --model MODEL      a shipped model, or a .yaml file; else llama-3.1-8b
  --kv-dtype TYPE    bf16, fp8_e5m2 or fp8_e4m3
  --format FORMAT    table or json
  --skip-bad         counts bad lines and goes on
  --input-format F   ours, mooncake, sessions, azure, burstgpt or bailian; else by the name and the first line

FILE is JSONL (ours, Mooncake's or Qwen-Bailian's), CSV (Azure's or BurstGPT's), or agentic sessions: a .json file, a
folder or a .tar.xz of them. What is cached is what a cache of whole blocks without bounds would find: of each prompt
the longest prefix that an earlier one has. Percentiles are of all requests, and lie between two in proportion.
)";

TraceReport report_on(const TraceInput& input) {
  const std::unique_ptr<TraceReader> trace = input.open();
  TraceSummary summary;
  for (TraceRequest request; trace->next(request);) summary.add(request);
  return {.statistics = summary.statistics(),
          .left_out = trace->left_out(),
          .starts_recorded = trace->starts_recorded()};
}

void run(std::span<const std::string> arguments) {
  po::options_description options;
  std::string model = "llama-3.1-8b", type = "bf16", format = "table";
  options.add_options()("model", po::value(&model))("kv-dtype", po::value(&type))(
      "format", po::value(&format));
  TraceInput input(options);
  input.parse("stats", "FILE", arguments, options);
  require_word("trace stats", "--format", format, {"table", "json"});
  require_word("trace stats", "--kv-dtype", type, {"bf16", "fp8_e5m2", "fp8_e4m3"});
  const ModelGeometry geometry = load_model(model);

  TraceReport report = report_on(input);
  report.model = geometry;
  report.kv_dtype = element_type_named(type).value();
  fmt::print("{}", format == "json" ? to_json(report) : to_table(report));
}

}  // namespace

const SubVerb kTraceStatsVerb{.name = "stats",
                              .summary = "lengths, arrivals, sessions, prefixes, and KV bytes",
                              .help = kHelp,
                              .run = run};

}  // namespace splitbench
