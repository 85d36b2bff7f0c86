#include <algorithm>
#include <fmt/core.h>
#include <fmt/format.h>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "codec/codebook_file.hpp"
#include "codec/element.hpp"
#include "configs/scenario_file.hpp"
#include "sim/cli/terminal.hpp"
#include "sim/verbs/trace/trace_options.hpp"
#include "workers/plan/model.hpp"
#include "workloads/json_text.hpp"
#include "workloads/traces/trace_reader.hpp"
#include "workloads/traces/trace_statistics.hpp"
#include "workloads/wrapped_text.hpp"

namespace splitbench {

/// The content of `trace stats`: a trace, and what it means for the cache of a model.
struct TraceReport {
  TraceStatistics statistics;
  LeftOut left_out;
  bool starts_recorded = true;
  std::vector<std::string> remarks;
  ModelGeometry model;
  ElementType kv_dtype = ElementType::bf16;
  Quantiles whole_bytes;     ///< of the KV of whole prompts
  Quantiles uncached_bytes;  ///< of what is not cached of them; all of it if nothing is known

  /// Returns the mean over these prompts: where layers keep the last tokens alone, longer ones have
  /// less of each token.
  double bytes_per_token() const { return whole_bytes.mean / statistics.input.mean; }
};

std::string to_table(const TraceReport& report);
/// One object; its keys are those that scripts read.
std::string to_json(const TraceReport& report);

namespace {

using Json = nlohmann::ordered_json;

Quantiles times(const Quantiles& q, double factor) {
  return {q.mean * factor, q.p50 * factor, q.p90 * factor, q.p99 * factor, q.max * factor};
}

/// Tokens that must be computed, and those that need not be sent if the receiver keeps everything.
/// Without ids of blocks nothing is known to be cached.
const Quantiles& uncached(const TraceStatistics& statistics) {
  return statistics.prefixes ? statistics.prefixes->uncached : statistics.input;
}

/// Bit/s that arrive if each request brings so many bytes.
double offered(const TraceReport& report, const Quantiles& bytes) {
  return 8 * report.statistics.rate * bytes.mean;
}

constexpr int kLabelWidth = 20;  // for a billion sessions

std::string head(std::string_view unit) {
  return fmt::format("\n{:<{}}{:>12}{:>12}{:>12}{:>12}{:>12}\n", unit, kLabelWidth, "mean", "p50",
                     "p90", "p99", "max");
}

std::string row(std::string_view name, const Quantiles& q, int digits) {
  std::string line = fmt::format("{:<{}}", name, kLabelWidth);
  for (const double value : {q.mean, q.p50, q.p90, q.p99, q.max})
    line += fmt::format("{:>12.{}f}", value, digits);
  return line + "\n";
}

std::string summary(const TraceReport& report) {
  const TraceStatistics& s = report.statistics;
  std::string text = fmt::format("{} requests in {:.1f} s", s.requests, s.duration);
  if (s.rate > 0)
    text += fmt::format(": {:.2f} a second; the times between vary by {:.2f} of their mean", s.rate,
                        s.arrival_cv);
  if (s.most_per_minute > 0)
    text += fmt::format("; {} to {} in a minute", s.least_per_minute, s.most_per_minute);
  text += "\n";
  if (!report.starts_recorded)
    text +=
        "when sessions started is not recorded: all start at once here, and rates mean little\n";
  if (report.left_out.bad > 0)
    text += fmt::format("{} bad ones skipped, the first: {}\n", report.left_out.bad,
                        report.left_out.first_bad);
  if (report.left_out.failed > 0)
    text += fmt::format("{} that failed when they were recorded are left out\n",
                        report.left_out.failed);
  for (const std::string& remark : report.remarks) text += wrapped("", remark);
  return text;
}

std::string tokens_table(const TraceStatistics& s) {
  std::string text = head("tokens") + row("input", s.input, 0) + row("output", s.output, 0);
  if (!s.prefixes) return text;
  return text + row("uncached", s.prefixes->uncached, 0) +
         fmt::format("a cache without bounds has {:.1f} % of the input, {:.1f} % of its blocks\n",
                     100 * s.prefixes->hit_rate, 100 * s.prefixes->block_hit_rate);
}

std::string sessions_table(const TraceStatistics& s) {
  if (!s.sessions) return "";
  return head(fmt::format("{} sessions", s.sessions->count)) +
         row("requests", s.sessions->turns, 1) + row("think time s", s.sessions->think, 1);
}

std::string plots(const TraceStatistics& s) {
  std::string text;
  if (!s.arrivals.empty())
    text += fmt::format("\narrivals, {:.3g} s a column, {} in the highest\n{}\n",
                        s.duration / static_cast<double>(s.arrivals.size()),
                        std::ranges::max(s.arrivals), columns(s.arrivals));
  text += "\ninput tokens, from\n";
  std::uint64_t most = 0;
  for (const auto& bin : s.input_lengths) most = std::max(most, bin.requests);
  for (const auto& bin : s.input_lengths)
    text += fmt::format("{:>12.0f}{:>10}  {}\n", bin.from, bin.requests,
                        bar(static_cast<double>(bin.requests) / static_cast<double>(most)));
  return text;
}

std::string kv_table(const TraceReport& report) {
  constexpr double kGiga = 1e9;
  const TraceStatistics& s = report.statistics;
  std::string text = fmt::format("\nKV of {}, {}: {:.0f} bytes a token{}", report.model.name,
                                 name(report.kv_dtype), report.bytes_per_token(),
                                 report.model.is_uniform() ? "" : " of these prompts");
  text += head("GB a request") + row("whole prompt", times(report.whole_bytes, 1 / kGiga), 3);
  if (s.prefixes) text += row("uncached", times(report.uncached_bytes, 1 / kGiga), 3);
  if (s.rate == 0) return text;
  text += fmt::format("offered {:.1f} Gbit/s", offered(report, report.whole_bytes) / kGiga);
  if (s.prefixes)
    text += fmt::format(", of what is uncached {:.1f} Gbit/s",
                        offered(report, report.uncached_bytes) / kGiga);
  return text + "\n";
}

Json json_of(const Quantiles& q) {
  return {{"mean", q.mean}, {"p50", q.p50}, {"p90", q.p90}, {"p99", q.p99}, {"max", q.max}};
}

Json json_of(const std::optional<TraceStatistics::Sessions>& sessions) {
  if (!sessions) return nullptr;
  return {{"count", sessions->count},
          {"requests", json_of(sessions->turns)},
          {"think_time_s", json_of(sessions->think)}};
}

Json kv_json(const TraceReport& report) {
  return {{"model", report.model.name},
          {"kv_dtype", name(report.kv_dtype)},
          {"bytes_per_token", report.bytes_per_token()},
          {"full_bytes", json_of(report.whole_bytes)},
          {"uncached_bytes", json_of(report.uncached_bytes)},
          {"offered_bits_per_s", offered(report, report.whole_bytes)},
          {"offered_uncached_bits_per_s", offered(report, report.uncached_bytes)}};
}

}  // namespace

std::string to_table(const TraceReport& report) {
  const TraceStatistics& s = report.statistics;
  return summary(report) + tokens_table(s) + sessions_table(s) + plots(s) + kv_table(report);
}

std::string to_json(const TraceReport& report) {
  const TraceStatistics& s = report.statistics;
  Json json;
  json["requests"] = s.requests;
  json["duration_s"] = s.duration;
  json["rate"] = s.rate;
  json["starts_recorded"] = report.starts_recorded;
  json["arrival_cv"] = s.arrival_cv;
  json["least_per_minute"] = s.least_per_minute;
  json["most_per_minute"] = s.most_per_minute;
  json["input_tokens"] = json_of(s.input);
  json["output_tokens"] = json_of(s.output);
  json["prefix_hit_rate"] = s.prefixes ? Json(s.prefixes->hit_rate) : Json();
  json["prefix_block_hit_rate"] = s.prefixes ? Json(s.prefixes->block_hit_rate) : Json();
  json["uncached_tokens"] = json_of(uncached(s));
  json["sessions"] = json_of(s.sessions);
  json["kv"] = kv_json(report);
  json["remarks"] = report.remarks;
  json["left_out"] = {{"bad", report.left_out.bad}, {"failed", report.left_out.failed}};
  return json_lines(json);
}

namespace {

constexpr VerbHelp kHelp{
    .examples = R"(splitbench trace stats conversation.jsonl
splitbench trace stats azure.csv --model llama-3.1-70b --kv-dtype fp8_e4m3
splitbench trace stats sessions.tar.xz --format json
)",
    .about = "Describes the requests of a trace, and what they mean for a model's KV cache.",
    .notes =
        R"(FILE is of a format above, or of any other whose columns are named; compressed, in an archive or a
folder, too. What is cached is what a cache of whole blocks without bounds would find: of each
prompt the longest prefix that an earlier one has. Percentiles are of all requests, and lie between
two in proportion.
)"};

TraceReport report_on(const std::unique_ptr<TraceReader>& trace, const ModelGeometry& model,
                      ElementType type) {
  TraceSummary summary;
  for (TraceRequest request; trace->next(request);) summary.add(request);
  const auto bytes_of = [&](std::uint64_t tokens) {
    return static_cast<double>(model.elements(type, tokens) * element_bytes(type));
  };
  TraceReport report{.statistics = summary.statistics(),
                     .left_out = trace->left_out(),
                     .starts_recorded = trace->starts_recorded(),
                     .remarks = trace->remarks(),
                     .model = model,
                     .kv_dtype = type,
                     .whole_bytes = summary.of_input(bytes_of),
                     .uncached_bytes = {}};
  report.uncached_bytes =
      report.statistics.prefixes ? summary.of_uncached(bytes_of) : report.whole_bytes;
  return report;
}

void run(std::span<const std::string> arguments) {
  VerbOptions options("trace stats", "FILE", kHelp);
  std::string model = "llama-3.1-8b", type{name(ElementType::bf16)}, format = "table";
  TraceInput input;
  options.value("model", "MODEL", model, "a shipped model, or a .yaml file");
  options.word("kv-dtype", "TYPE", type, element_type_names());
  options.word("format", "FORMAT", format, {"table", "json"});
  input.add_to(options);
  if (!options.parse(arguments)) return;
  const ModelGeometry geometry = load_model(model);

  const TraceReport report =
      report_on(input.open(options.arguments()[0]), geometry, element_type_named(type).value());
  format == "json" ? print_data(to_json(report)) : print_text(to_table(report));
}

}  // namespace

const SubVerb kTraceStatsVerb{
    .name = "stats", .summary = "lengths, arrivals, sessions, prefixes, and KV bytes", .run = run};

}  // namespace splitbench
