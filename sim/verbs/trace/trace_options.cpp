#include "sim/verbs/trace/trace_options.hpp"

#include <array>
#include <charconv>
#include <fmt/format.h>
#include <string>
#include <vector>

#include "sim/cli/commands.hpp"
#include "workloads/input_error.hpp"
#include "workloads/traces/trace_reader.hpp"

namespace splitbench {

namespace {

/// Returns a number of tokens, 0 where none is given. Throws InputError if it is none.
std::uint64_t tokens_of(const char* option, const std::string& text, std::uint64_t most) {
  std::uint64_t tokens = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), tokens);
  if (!text.empty() &&
      (error != std::errc() || end != text.data() + text.size() || tokens == 0 || tokens > most))
    throw InputError(fmt::format("trace: --{} {}, expected 1 to {}", option, text, most));
  return tokens;
}

}  // namespace

void TraceInput::add_to(VerbOptions& options) {
  options.word("input-format", "FORMAT", format_, kTraceFormatNames,
               "format of the trace; automatic goes by its first row");
  options.flag("skip-bad", skip_bad_, "count bad rows and go on");
  options.value("column", "MEANING=NAME,...", columns_,
                "columns or keys of another format: arrival=A,input=B,output=C,unit=s; also "
                "session, request, delay, ids, block");
  options.value("block-tokens", "N", block_tokens_,
                "tokens in a block of hash_ids; else the size that fits");
  options.word("time-unit", "UNIT", unit_, kTraceUnitNames,
               "of timestamps and delays; auto is the format's own");
  options.word("turns", "KIND", turns_, kTurnsNames,
               "later turns of a session hold their whole prompt, or what is new in it");
  options.word("sessions", "KIND", sessions_, kSessionArrivalsNames,
               "later turns without a delay wait for the turn before, or come at their timestamp");
  options.word("subagent-times", "KIND", sub_agents_, kSubAgentTimesNames,
               "times of sub-agents count from their marker, or from the session's start");
  options.value("output-tokens", "N", output_tokens_, "of rows that do not say");
}

std::unique_ptr<TraceReader> TraceInput::open(const std::string& file) const {
  return open_trace(file,
                    {.format = kTraceFormatNames.named(format_).value(),
                     .bad_rows = skip_bad_ ? BadRows::skip : BadRows::refuse,
                     .columns = columns_,
                     .block_tokens = static_cast<std::uint32_t>(
                         tokens_of("block-tokens", block_tokens_, kMaxBlockTokens)),
                     .unit = kTraceUnitNames.named(unit_).value(),
                     .turns = kTurnsNames.named(turns_).value(),
                     .sessions = kSessionArrivalsNames.named(sessions_).value(),
                     .sub_agents = kSubAgentTimesNames.named(sub_agents_).value(),
                     .output_tokens = tokens_of("output-tokens", output_tokens_, kMaxTokens)});
}

std::string lost_in_blocks(const PrefixBlocks& blocks) {
  if (blocks.lost_tokens() == 0) return "";
  return fmt::format(
      "prefixes are cut to blocks of 512 tokens there: {} of their {} tokens are no longer shared "
      "(--to ours keeps all)\n",
      blocks.lost_tokens(), blocks.prefix_tokens());
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
