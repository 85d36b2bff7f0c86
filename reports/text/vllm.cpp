#include "reports/text/vllm.hpp"

#include <array>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <utility>

namespace splitbench {
namespace {

using Json = nlohmann::ordered_json;
using Names = std::pair<std::string_view, std::string_view>;  // vLLM's key, ours

constexpr std::array<Names, 8> kVllmNames = {
    {{"completed", "requests"},
     {"failed", "failed"},
     {"total_input_tokens", "input_tokens"},
     {"total_output_tokens", "output_tokens"},
     {"request_throughput", "request_throughput"},
     {"request_goodput", "request_goodput"},
     {"output_throughput", "output_throughput"},
     {"total_token_throughput", "total_token_throughput"}}};
constexpr std::array<std::string_view, 4> kLatencies = {"ttft", "tpot", "itl", "e2el"};
constexpr std::array<Names, 9> kStatistics = {{{"mean", "mean"},
                                               {"median", "p50"},
                                               {"std", "std"},
                                               {"p50", "p50"},
                                               {"p75", "p75"},
                                               {"p90", "p90"},
                                               {"p95", "p95"},
                                               {"p99", "p99"},
                                               {"p99.9", "p99_9"}}};
constexpr double kMillisecondsPerSecond = 1e3;

/// Returns a number that is written as an integer if it is whole, as vLLM writes counts.
Json plain(double value) {
  const auto whole = static_cast<std::int64_t>(value);
  return static_cast<double>(whole) == value ? Json(whole) : Json(value);
}

/// Returns the duration of all repeats together, as counts are; a row's own duration is the mean
/// over repeats.
std::optional<double> whole_duration(const Row& row) {
  const auto requests = row.values.find("requests"), rate = row.values.find("request_throughput");
  if (requests == row.values.end() || rate == row.values.end() || rate->second <= 0)
    return std::nullopt;
  return requests->second / rate->second;
}

void add_arrays(Json& json, const RequestArrays& arrays) {
  json["input_lens"] = arrays.input_lens;
  json["output_lens"] = arrays.output_lens;
  json["ttfts"] = arrays.ttfts;
  if (!arrays.itls.empty()) json["itls"] = arrays.itls;
  json["start_times"] = arrays.start_times;
  json["errors"] = arrays.errors;
}

Json row_json(const Row& row, const ArraysByArm* arrays) {
  Json json = Json::object();
  if (const auto duration = whole_duration(row)) json["duration"] = *duration;
  for (const auto& [theirs, ours] : kVllmNames)
    if (const auto value = row.values.find(std::string(ours)); value != row.values.end())
      json[std::string(theirs)] = plain(value->second);
  for (const std::string_view latency : kLatencies)
    for (const auto& [theirs, ours] : kStatistics)
      if (const auto value = row.values.find(fmt::format("{}_{}", latency, ours));
          value != row.values.end())
        json[fmt::format("{}_{}_ms", theirs, latency)] = value->second * kMillisecondsPerSecond;
  if (arrays != nullptr)
    if (const auto found = arrays->find(row.axes.at("arm")); found != arrays->end())
      add_arrays(json, found->second);
  return json;
}

std::string text_of(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace

std::string to_vllm(const Row& row, const ArraysByArm* arrays) {
  return text_of(row_json(row, arrays));
}

std::string to_vllm(const Report& report, const ArraysByArm* arrays) {
  Json json = Json::object();
  for (const Row& row : report.rows) json[row.axes.at("arm")] = row_json(row, arrays);
  return text_of(json);
}

}  // namespace splitbench
