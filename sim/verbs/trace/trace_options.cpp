#include "sim/verbs/trace/trace_options.hpp"

#include <array>
#include <fmt/format.h>

#include "sim/cli/commands.hpp"
#include "workloads/traces/trace_reader.hpp"

namespace splitbench {

void TraceInput::add_to(VerbOptions& options) {
  options.value("input-format", "FORMAT", format_,
                fmt::format("format of the trace: {}; else by the name and the first line",
                            trace_format_names()));
  options.flag("skip-bad", skip_bad_, "count bad lines and go on");
}

std::unique_ptr<TraceReader> TraceInput::open(const std::string& file) const {
  return open_trace(file, {.format = trace_format_named(format_.empty() ? "automatic" : format_),
                           .bad_lines = skip_bad_ ? BadLines::skip : BadLines::refuse});
}

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
