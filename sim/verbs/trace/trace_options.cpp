#include "sim/verbs/trace/trace_options.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

#include "sim/cli/commands.hpp"
#include "workloads/input_error.hpp"
#include "workloads/traces/trace_reader.hpp"

namespace splitbench {

TraceInput::TraceInput(po::options_description& options) {
  options.add_options()("file", po::value(&files_))("input-format", po::value(&format_))(
      "skip-bad", po::bool_switch(&skip_bad_));
}

void TraceInput::parse(std::string_view verb, std::string_view usage,
                       std::span<const std::string> arguments,
                       const po::options_description& options) {
  po::positional_options_description positional;
  positional.add("file", -1);
  parse_arguments(fmt::format("trace {}", verb), arguments, options, positional);
  const auto expected = static_cast<std::size_t>(std::ranges::count(usage, ' ')) + 1;
  if (files_.size() != expected)
    throw InputError(
        fmt::format("trace {}: {} files given, expected {}; see splitbench trace {} --help", verb,
                    files_.size(), usage, verb));
}

std::unique_ptr<TraceReader> TraceInput::open() const {
  return open_trace(files_[0], {.format = trace_format_named(format_),
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
