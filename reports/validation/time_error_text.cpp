#include "reports/validation/time_error_text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <optional>

namespace splitbench {
namespace {

using Json = nlohmann::ordered_json;

std::string percent(std::optional<double> share) {
  return share ? fmt::format("{:.2f}%", 100 * *share) : "-";
}

std::string signed_percent(std::optional<double> share) {
  return share ? fmt::format("{:+.2f}%", 100 * *share) : "-";
}

Json or_null(std::optional<double> value) {
  return value ? Json(*value) : Json(nullptr);
}

}  // namespace

std::string to_table(const std::vector<TimeError>& errors) {
  std::string text, arm;
  for (const TimeError& e : errors) {
    if (text.empty() || e.arm != arm)
      text += fmt::format("{}{:<20}{:>10}{:>12}{:>12}{:>10}{:>9}{:>9}{:>9}{:>9}{:>11}\n",
                          text.empty() ? "" : "\n", e.arm, "requests", "real ms", "virtual ms",
                          "mean", "MAPE", "p50", "p99", "r", "bias ms");
    arm = e.arm;
    text += fmt::format("  {:<18}{:>10}{:>12.3f}{:>12.3f}{:>10}{:>9}{:>9}{:>9}{:>9}{:>+11.3f}\n",
                        e.figure, e.requests, 1e3 * e.real_mean, 1e3 * e.virtual_mean,
                        signed_percent(e.mean_percentage_error), percent(e.mape), percent(e.p50),
                        percent(e.p99), e.pearson ? fmt::format("{:.4f}", *e.pearson) : "-",
                        1e3 * e.bias);
  }
  return text;
}

std::string to_json(const std::vector<TimeError>& errors, const ReportMeta& real,
                    const std::string& folder) {
  Json rows = Json::array();
  for (const TimeError& e : errors)
    rows.push_back({{"arm", e.arm},
                    {"figure", e.figure},
                    {"requests", e.requests},
                    {"real_mean", e.real_mean},
                    {"virtual_mean", e.virtual_mean},
                    {"bias", e.bias},
                    {"mean_percentage_error", or_null(e.mean_percentage_error)},
                    {"mape", or_null(e.mape)},
                    {"p50", or_null(e.p50)},
                    {"p99", or_null(e.p99)},
                    {"pearson", or_null(e.pearson)}});
  const Json all = {{"folder", folder},
                    {"valid", real.valid},
                    {"warnings", real.warnings},
                    {"errors", std::move(rows)}};
  return all.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace splitbench
