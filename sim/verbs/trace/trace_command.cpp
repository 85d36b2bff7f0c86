#include <array>

#include "sim/cli/commands.hpp"
#include "sim/verbs/trace/trace_options.hpp"

namespace splitbench {
namespace {

constexpr std::string_view kExamples =
    R"(splitbench trace stats conversation.jsonl
splitbench trace stats sessions.tar.xz --model qwen3-32b --format json
splitbench trace generate configs/agentic.yaml -o agentic.jsonl
splitbench trace convert azure.csv trace.jsonl --speedup 2

)";

}  // namespace

int trace_command(std::span<const std::string> arguments) {
  static constexpr std::array kVerbs = {&kTraceGenerateVerb, &kTraceStatsVerb, &kTraceConvertVerb};
  return run_sub_verb("trace", kExamples, kVerbs, arguments);
}

}  // namespace splitbench
