#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <optional>
#include <unordered_map>

#include "sim/cli/terminal.hpp"
#include "sim/verbs/trace/trace_options.hpp"
#include "workloads/files.hpp"
#include "workloads/generators/recorded.hpp"
#include "workloads/input_error.hpp"
#include "workloads/traces/trace_writer.hpp"

namespace splitbench {
namespace {

constexpr VerbHelp kHelp{
    .examples = R"(splitbench trace convert sessions.tar.xz sessions.jsonl
splitbench trace convert conversation.jsonl twice.jsonl --to mooncake --speedup 2 --spread
)",
    .about = "Writes a trace in another format; OUT is there whole or not at all.",
    .notes = ""};

constexpr std::size_t kWrittenTogether = 1 << 20;  // bytes
constexpr double kMaxSpeedup = 1e6;

/// Moves timestamps closer to the first.
class Speedup {
 public:
  explicit Speedup(double factor) : factor_(factor) {
    if (!(factor >= 1 / kMaxSpeedup && factor <= kMaxSpeedup))
      throw InputError(fmt::format("trace convert: --speedup {}, expected 1e-6 to 1e6", factor));
  }

  void apply(TraceRequest& request) {
    if (factor_ == 1) return;
    if (!first_) first_ = request.timestamp;
    const double after = static_cast<double>((request.timestamp - *first_).count()) / factor_;
    if (!(std::abs(after) < 4e18))
      throw InputError("trace convert: --speedup makes a timestamp of more than a century");
    request.timestamp = std::max(Time(0), *first_ + Time(std::llround(after)));
  }

 private:
  double factor_;
  std::optional<Time> first_;
};

void write(std::string& text, OutputFile& out) {
  out.append(text);
  text.clear();
}

/// Puts ids of blocks in place of the prefixes that requests state by the names of others.
class NamedPrefixBlocks {
 public:
  void apply(TraceRequest& request) {
    if (!request.states_prefix) return;
    const auto of = ids_.find(request.prefix_of);
    const Request numbered{.id = count_,
                           .prompt_tokens = request.input_tokens,
                           .prefix_of = of == ids_.end() ? kNoRequest : of->second,
                           .prefix_tokens = request.prefix_tokens};
    if (!request.request_id.empty()) ids_[request.request_id] = count_;
    ++count_;
    blocks_.write(numbered, request);
  }
  const PrefixBlocks& blocks() const { return blocks_; }

 private:
  PrefixBlocks blocks_;
  std::uint64_t count_ = 0;
  std::unordered_map<std::string, std::uint64_t> ids_;
};

std::uint64_t convert(TraceReader& trace, Speedup speedup, bool ours, NamedPrefixBlocks& blocks,
                      OutputFile& out) {
  const auto append = ours ? append_ours : append_mooncake;
  std::uint64_t requests = 0;
  std::string text;
  for (TraceRequest request; trace.next(request); ++requests) {
    speedup.apply(request);
    if (!ours) blocks.apply(request);
    append(request, text);
    if (text.size() > kWrittenTogether) write(text, out);
  }
  write(text, out);
  out.commit();
  return requests;
}

void run(std::span<const std::string> arguments) {
  VerbOptions options("trace convert", "IN OUT", kHelp);
  std::string to = "ours";
  double factor = 1;
  bool spread = false;
  TraceInput input;
  options.word("to", "FORMAT", to, {"ours", "mooncake"}, kWrittenFormats);
  options.value("speedup", "X", factor,
                "divides the times between timestamps; delays of sessions stay as they are");
  options.flag("spread", spread,
               "spreads requests of one timestamp evenly over the time to the next one");
  input.add_to(options);
  if (!options.parse(arguments)) return;
  const Speedup speedup(factor);

  std::unique_ptr<TraceReader> trace = input.open(options.arguments()[0]);
  if (spread) trace = spread_batches(std::move(trace));
  OutputFile out(options.arguments()[1]);
  NamedPrefixBlocks blocks;
  const std::uint64_t requests = convert(*trace, speedup, to == "ours", blocks, out);
  const LeftOut& left_out = trace->left_out();
  fmt::print("{} requests written", requests);
  if (left_out.failed > 0) fmt::print(", {} that failed left out", left_out.failed);
  if (left_out.bad > 0)
    print_text(
        fmt::format(", {} bad ones skipped, the first: {}", left_out.bad, left_out.first_bad));
  fmt::print("\n");
  for (const std::string& remark : trace->remarks()) print_text(remark + "\n");
  print_text(lost_in_blocks(blocks.blocks()));
}

}  // namespace

const SubVerb kTraceConvertVerb{
    .name = "convert", .summary = "a trace in another format, faster or spread", .run = run};

}  // namespace splitbench
