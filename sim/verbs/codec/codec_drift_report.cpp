#include <algorithm>
#include <optional>
#include <utility>

#include "reports/analysis/series.hpp"
#include "sim/bench/drift/drift_summary.hpp"
#include "sim/verbs/codec/codec_drift.hpp"

namespace splitbench {
namespace {

std::vector<Column> columns() {
  return {{"ratio_lowest", "lowest ratio", "ratio", Better::higher},
          {"ratio_last", "last ratio", "ratio", Better::higher},
          {"last_of_ideal", "last ratio, of the best", "share", Better::higher},
          {"back_after", "back after requests", "count", Better::lower},
          {"codebook_changes_most", "changes of one scope, most", "count", Better::neither},
          {"drift_below_1_1", "drift below ratio 1.1", "share", Better::higher},
          {"drift_below_1", "drift below ratio 1", "share", Better::higher},
          {"expansion", "worst expansion", "share", Better::lower},
          {"escape_rate", "escape rate", "share", Better::lower},
          {"stored_share", "KV in stored frames", "share", Better::neither},
          {"encode_rate", "encode", "bytes/s", Better::higher},
          {"decode_rate", "decode", "bytes/s", Better::higher}};
}

Row row_of(const DriftSummary& s, const DriftSeries& series) {
  Row row;
  row.axes = series.axes;
  row.status = "ok";
  const std::pair<const char*, std::optional<double>> figures[] = {
      {"ratio_lowest", s.lowest_ratio},
      {"ratio_last", s.last_ratio},
      {"last_of_ideal", s.last_of_best},
      {"back_after", s.back_after},
      {"codebook_changes_most", s.most_changes},
      {"drift_below_1_1", s.below_1_1},
      {"drift_below_1", s.below_1},
      {"expansion", s.worst_expansion},
      {"escape_rate", s.escape_rate},
      {"stored_share", s.stored_share},
      {"encode_rate", s.encode_bytes_per_s},
      {"decode_rate", s.decode_bytes_per_s}};
  for (const auto& [key, figure] : figures)
    if (figure) row.values[key] = *figure;
  return row;
}

/// The values that series have of an axis, in the order in which they first appear.
Axis axis_of(const std::vector<DriftSeries>& all, const std::string& key) {
  Axis axis{.key = key, .unit = "", .values = {}};
  for (const DriftSeries& series : all) {
    const std::string& value = series.axes.at(key);
    if (std::ranges::find(axis.values, value, &Axis::Value::text) == axis.values.end())
      axis.values.push_back({value, std::nullopt});
  }
  return axis;
}

}  // namespace

Report drift_report(const DriftResult& result, const Scenario& scenario) {
  Report report;
  report.meta = {.scenario = scenario.name,
                 .seed = scenario.seed,
                 .time = "real",
                 .backend = result.backend,
                 .model = scenario.pipeline.model.name,
                 .kv_dtype = std::string(name(scenario.pipeline.element_type)),
                 .link_bandwidth = std::nullopt,
                 .transport = "the codec alone, on " + result.device,
                 .verify = "inline",
                 .verify_cost = std::nullopt,
                 .slo = {},
                 .repeats = 1,
                 .warnings = {}};
  const auto is_published = [](const DriftRow& row) { return row.of.policy == DriftPolicy::fixed; };
  if (std::ranges::any_of(result.rows, is_published))
    report.meta.warnings.emplace_back(
        "drift.policy fixed: its ratios are by the accounting that was published, and nothing is "
        "ever stored; those of the other policies are of their frames");
  report.columns = columns();
  report.drift = drift_series(result.rows);
  const std::vector<DriftSummary> summaries = summarize_drift(result.rows);
  for (std::size_t i = 0; i < summaries.size(); ++i)
    report.rows.push_back(row_of(summaries[i], report.drift[i]));
  for (const char* key : {"kind", "policy", "scope"})
    report.axes.push_back(axis_of(report.drift, key));
  for (DriftSeries& series : report.drift) series = thinned(series);
  return report;
}

}  // namespace splitbench
