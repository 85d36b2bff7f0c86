#include <cmath>
#include <fmt/format.h>
#include <optional>

#include "sim/verbs/trace/trace_options.hpp"
#include "workloads/files.hpp"
#include "workloads/generators/recorded.hpp"
#include "workloads/input_error.hpp"
#include "workloads/traces/trace_writer.hpp"

namespace splitbench {
namespace {

const std::string kHelp = fmt::format(
    R"(splitbench trace convert sessions.tar.xz sessions.jsonl
splitbench trace convert conversation.jsonl twice.jsonl --to mooncake --speedup 2 --spread

convert IN OUT       writes a trace in another format; OUT is there whole or not at all
  --to FORMAT        ours (every field, else) or mooncake (blocks of 512 tokens)
  --speedup X        divides the times between timestamps by X; delays of sessions stay as they are
  --spread           spreads requests of one timestamp evenly over the time to the next one
  --skip-bad         counts bad lines and goes on
  --input-format F   {}; else by the name and the first line
)",
    trace_format_names());

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
    request.timestamp = *first_ + Time(std::llround(after));
  }

 private:
  double factor_;
  std::optional<Time> first_;
};

void write(std::string& text, OutputFile& out) {
  out.append(text);
  text.clear();
}

std::uint64_t convert(TraceReader& trace, Speedup speedup,
                      void (*append)(const TraceRequest&, std::string&), OutputFile& out) {
  std::uint64_t requests = 0;
  std::string text;
  for (TraceRequest request; trace.next(request); ++requests) {
    speedup.apply(request);
    append(request, text);
    if (text.size() > kWrittenTogether) write(text, out);
  }
  write(text, out);
  out.commit();
  return requests;
}

void run(std::span<const std::string> arguments) {
  po::options_description options;
  std::string to = "ours";
  double factor = 1;
  bool spread = false;
  options.add_options()("to", po::value(&to))("speedup", po::value(&factor))(
      "spread", po::bool_switch(&spread));
  TraceInput input(options);
  input.parse("convert", "IN OUT", arguments, options);
  require_word("trace convert", "--to", to, {"ours", "mooncake"});
  const Speedup speedup(factor);

  std::unique_ptr<TraceReader> trace = input.open();
  if (spread) trace = spread_batches(std::move(trace));
  OutputFile out(input.file(1));
  const std::uint64_t requests =
      convert(*trace, speedup, to == "ours" ? append_ours : append_mooncake, out);
  const LeftOut& left_out = trace->left_out();
  fmt::print("{} requests written", requests);
  if (left_out.failed > 0) fmt::print(", {} that failed left out", left_out.failed);
  if (left_out.bad > 0)
    fmt::print(", {} bad ones skipped, the first: {}", left_out.bad, left_out.first_bad);
  fmt::print("\n");
}

}  // namespace

const SubVerb kTraceConvertVerb{.name = "convert",
                                .summary = "a trace in another format, faster or spread",
                                .help = kHelp,
                                .run = run};

}  // namespace splitbench
