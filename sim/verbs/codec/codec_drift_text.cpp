#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "reports/text/csv.hpp"
#include "sim/bench/drift/drift_summary.hpp"
#include "sim/verbs/codec/codec_drift.hpp"
#include "workloads/decimal_text.hpp"
#include "workloads/json_text.hpp"

namespace splitbench {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kPublishedNote =
    "* bytes by the accounting that was published: 7 an escape, none for codebook and header, and "
    "nothing is ever stored;\n  the other policies' are the bytes of their frames\n";

std::string_view policy_of(const DriftCase& of) {
  return kDriftPolicyNames[of.policy];
}

std::string_view scope_of(const DriftCase& of) {
  return kCodebookScopeNames[of.scope];
}

Json row_json(const DriftRow& row) {
  const auto bytes = static_cast<double>(row.raw_bytes);
  return {{"kind", row.kind},
          {"step", row.step},
          {"drift", row.drift},
          {"policy", policy_of(row.of)},
          {"scope", scope_of(row.of)},
          {"escape_rate", row.escape_rate},
          {"chunk_escapes_p99", row.chunk_escapes_p99},
          {"ratio", row.ratio},
          {"accounting", row.of.policy == DriftPolicy::fixed ? "published" : "frames"},
          {"published_ratio", row.published_ratio},
          {"oracle_ratio", row.oracle_ratio},
          {"entropy_ratio", row.entropy_ratio},
          {"stored_share", row.stored_share},
          {"raw_bytes", row.raw_bytes},
          {"frame_bytes", row.frame_bytes},
          {"changes", row.changes},
          {"changes_most", row.changes_most},
          {"encode_bytes_per_s", bytes / row.encode_seconds},
          {"decode_bytes_per_s", bytes / row.decode_seconds},
          {"verified", true}};  // or there would be no row
}

Json rows_json(const std::vector<DriftRow>& rows) {
  Json json = Json::array();
  for (const DriftRow& row : rows) json.push_back(row_json(row));
  return json;
}

/// Returns the policy as the table has it: marked if its bytes are counted in another way.
std::string marked_policy(const DriftCase& of) {
  return fmt::format("{}{}", policy_of(of), of.policy == DriftPolicy::fixed ? "*" : "");
}

std::string line_of(const DriftSummary& s, std::size_t kind_width) {
  const auto drift = [](const std::optional<double>& at) {
    return at ? fmt::format("{:.3g}", *at) : std::string("-");
  };
  return fmt::format(
      "{:<{}} {:<11} {:<12} {:>6.3f} {:>6.3f} {:>6.1f} {:>6} {:>7} {:>5} {:>5} {:>7.2f} {:>7.3f} "
      "{:>6.1f} {:>7.2f} {:>6}\n",
      s.kind, kind_width, marked_policy(s.of), scope_of(s.of), s.lowest_ratio, s.last_ratio,
      100 * s.last_of_best, s.back_after ? fmt::to_string(*s.back_after) : "never", s.most_changes,
      drift(s.below_1_1), drift(s.below_1), 100 * s.worst_expansion, 100 * s.escape_rate,
      100 * s.stored_share, s.encode_bytes_per_s / 1e9,
      s.encode_of_fixed ? fmt::format("{:.0f}%", 100 * *s.encode_of_fixed) : "");
}

std::string text_of(const SamplingCost::Share& share) {
  return fmt::format("{}% (middle half within {:.2f} points)",
                     signed_decimal_text(100 * share.median, 2), 100 * share.noise);
}

}  // namespace

std::string drift_table(const DriftResult& result) {
  constexpr std::string_view kHead =
      "{:<{}} {:<11} {:<12} {:>6} {:>6} {:>6} {:>6} {:>7} {:>5} {:>5} {:>7} {:>7} {:>6} {:>7} "
      "{:>6}\n";
  const std::vector<DriftSummary> summaries = summarize_drift(result.rows);
  std::size_t width = std::string_view("kind").size();
  for (const DriftSummary& summary : summaries) width = std::max(width, summary.kind.size());
  std::string text =
      fmt::format("{}: {}, {} tokens a request\n\n", result.backend, result.device, result.tokens);
  text += fmt::format(kHead, "", width, "", "", "lowest", "last", "of", "back", "changes", "below",
                      "", "expands", "escapes", "stored", "encode", "of");
  text += fmt::format(kHead, "kind", width, "policy", "scope", "ratio", "ratio", "bound%", "after",
                      "most", "1.1", "1", "%", "%", "%", "GB/s", "fixed");
  std::string kind;
  bool published = false;
  for (const DriftSummary& summary : summaries) {
    if (!kind.empty() && summary.kind != kind) text += "\n";
    kind = summary.kind;
    published |= summary.of.policy == DriftPolicy::fixed;
    text += line_of(summary, width);
  }
  if (published) text += kPublishedNote;
  return text +
         fmt::format(
             "\nof bound: the last ratio against an ideal bound, not a measurement: what the best "
             "codebooks for those very elements,\nknown only afterwards, would give; back after: "
             "requests from the first drifted until within 1% of that for good;\nchanges: of the "
             "scope that has most; below: the drift, 0 to 1, at which the ratio first was. Every "
             "request came back\nbit for bit.\nWatching for drift where there is none: {}; were "
             "every "
             "piece sampled: {} of the time to encode,\nover {} rounds.\n",
             text_of(result.sampling.watching), text_of(result.sampling.always),
             result.sampling.rounds);
}

std::string drift_json(const DriftResult& result, const Scenario& scenario) {
  const Json json = {{"rows", rows_json(result.rows)},
                     {"backend", result.backend},
                     {"device", result.device},
                     {"scenario", scenario.name},
                     {"seed", scenario.seed},
                     {"element_type", name(scenario.pipeline.element_type)},
                     {"tokens", result.tokens},
                     {"sampling",
                      {{"share", result.sampling.watching.median},
                       {"noise", result.sampling.watching.noise},
                       {"always_share", result.sampling.always.median},
                       {"always_noise", result.sampling.always.noise},
                       {"rounds", result.sampling.rounds},
                       {"round_bytes", result.sampling.round_bytes}}}};
  return json_lines(json);
}

std::string drift_csv(const DriftResult& result) {
  return to_csv(rows_json(result.rows));
}

}  // namespace splitbench
