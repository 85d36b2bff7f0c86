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

std::string line_of(const DriftSummary& s) {
  const auto drift = [](const std::optional<double>& at) {
    return at ? fmt::format("{:.3g}", *at) : std::string("-");
  };
  return fmt::format(
      "{:<18} {:<11} {:<12} {:>6.3f} {:>6.3f} {:>6.1f} {:>6} {:>7} {:>5} {:>5} {:>7.2f} {:>7.3f} "
      "{:>6.1f} {:>7.2f} {:>6}\n",
      s.kind, policy_of(s.of), scope_of(s.of), s.lowest_ratio, s.last_ratio, 100 * s.last_of_best,
      s.back_after ? fmt::to_string(*s.back_after) : "never", s.most_changes, drift(s.below_1_1),
      drift(s.below_1), 100 * s.worst_expansion, 100 * s.escape_rate, 100 * s.stored_share,
      s.encode_bytes_per_s / 1e9,
      s.encode_of_fixed ? fmt::format("{:.0f}%", 100 * *s.encode_of_fixed) : "");
}

std::string text_of(const SamplingCost::Share& share) {
  return fmt::format("{}% (middle half within {:.2f} points)",
                     signed_decimal_text(100 * share.median, 2), 100 * share.noise);
}

}  // namespace

std::string drift_table(const DriftResult& result) {
  constexpr std::string_view kHead =
      "{:<18} {:<11} {:<12} {:>6} {:>6} {:>6} {:>6} {:>7} {:>5} {:>5} {:>7} {:>7} {:>6} {:>7} "
      "{:>6}\n";
  std::string text =
      fmt::format("{}: {}, {} tokens a request\n\n", result.backend, result.device, result.tokens);
  text += fmt::format(kHead, "", "", "", "lowest", "last", "of", "back", "changes", "below", "",
                      "expands", "escapes", "stored", "encode", "of");
  text += fmt::format(kHead, "kind", "policy", "scope", "ratio", "ratio", "best%", "after", "most",
                      "1.1", "1", "%", "%", "%", "GB/s", "fixed");
  std::string kind;
  for (const DriftSummary& summary : summarize_drift(result.rows)) {
    if (!kind.empty() && summary.kind != kind) text += "\n";
    kind = summary.kind;
    text += line_of(summary);
  }
  return text +
         fmt::format(
             "\nof best: the last ratio against the best codebooks' for those very elements; back "
             "after: requests from the\nfirst drifted until within 1% of that for good; changes: "
             "of the scope that has most; below: the drift, 0 to 1, at\nwhich the ratio first was. "
             "The ratio of policy fixed is by the published accounting. Every request came back "
             "bit for bit.\nWatching for drift where there is none: {}; were every piece sampled: "
             "{} of the time to encode, over {} rounds.\n",
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
