#include "reports/text/vllm.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "reports/analysis/summarize.hpp"
#include "reports/columns.hpp"
#include "reports/testing/example_runs.hpp"

namespace splitbench {
namespace {

using Json = nlohmann::ordered_json;

/// Returns a row with a different figure in every column.
Row full_row() {
  Row row;
  row.axes["arm"] = "raw";
  double figure = 1.5;
  for (const Column& column : all_columns()) row.values[column.key] = figure++;
  return row;
}

TEST(VllmTest, HasTheKeysOfVllmInItsOrder) {
  std::vector<std::string> expected = {
      "duration",           "completed",           "failed",
      "total_input_tokens", "total_output_tokens", "request_throughput",
      "request_goodput",    "output_throughput",   "total_token_throughput"};
  for (const std::string latency : {"ttft", "tpot", "itl", "e2el"})
    for (const std::string of :
         {"mean", "median", "std", "p50", "p75", "p90", "p95", "p99", "p99.9"})
      expected.push_back(fmt::format("{}_{}_ms", of, latency));
  std::vector<std::string> keys;
  const Json json = Json::parse(to_vllm(full_row()));
  for (const auto& [key, value] : json.items()) keys.push_back(key);
  EXPECT_EQ(keys, expected);
}

TEST(VllmTest, LatenciesAreInMillisecondsAndCountsAreWhole) {
  Row row;
  row.values = {
      {"ttft_p50", 0.25}, {"ttft_p99_9", 0.5}, {"requests", 60}, {"request_throughput", 40}};
  EXPECT_EQ(to_vllm(row),
            "{\n  \"duration\": 1.5,\n  \"completed\": 60,\n  \"request_throughput\": 40,\n  "
            "\"median_ttft_ms\": 250.0,\n"
            "  \"p50_ttft_ms\": 250.0,\n  \"p99.9_ttft_ms\": 500.0\n}\n");
}

TEST(VllmTest, LeavesOutWhatTheRowHasNoFigureFor) {
  const Row whole = full_row();
  const auto keys = Json::parse(to_vllm(whole)).size();
  for (const auto& [ours, theirs] : {std::pair{"request_goodput", 1u},
                                     {"request_throughput", 2u},
                                     {"tpot_p50", 2u},
                                     {"wire_bytes", 0u}}) {
    Row row = whole;
    row.values.erase(ours);
    EXPECT_EQ(Json::parse(to_vllm(row)).size(), keys - theirs) << ours;
  }
}

TEST(VllmTest, AllRepeatsAreOneRun) {
  const Report report = summarize(example::meta(), example::runs(), example::checks());
  for (const Row& row : report.rows) {
    const Json json = Json::parse(to_vllm(row));
    const double duration = json["duration"];
    EXPECT_NEAR(duration, 2 * row.values.at("duration"), 1e-3 * duration);
    for (const auto& [count, rate] : {std::pair{"completed", "request_throughput"},
                                      {"total_output_tokens", "output_throughput"}})
      EXPECT_NEAR(json[count].get<double>() / duration, json[rate], 1e-9) << rate;
  }
}

TEST(VllmTest, HasTheArraysOfAnArmsRequestsWhereTheyAreGiven) {
  const Report report = summarize(example::meta(), example::runs(), example::checks());
  ArraysByArm arrays;
  arrays["raw"] = {.input_lens = {4096, 8},
                   .output_lens = {3, 0},
                   .start_times = {0, 0.5},
                   .ttfts = {0.25, 0},
                   .itls = {{0.012, 0.013}, {}},
                   .errors = {"", "lost"}};
  const Json json = Json::parse(to_vllm(report, &arrays));
  EXPECT_EQ(json["raw"]["input_lens"], Json({4096, 8}));
  EXPECT_EQ(json["raw"]["output_lens"], Json({3, 0}));
  EXPECT_EQ(json["raw"]["ttfts"], Json({0.25, 0.0}));
  EXPECT_EQ(json["raw"]["itls"], Json::parse("[[0.012, 0.013], []]"));
  EXPECT_EQ(json["raw"]["errors"], Json({"", "lost"}));
  EXPECT_FALSE(json["splitzip"].contains("ttfts"));
  arrays["raw"].itls.clear();
  EXPECT_FALSE(Json::parse(to_vllm(report, &arrays))["raw"].contains("itls"));
}

TEST(VllmTest, HoldsEachArmUnderItsName) {
  const Report report = summarize(example::meta(), example::runs(), example::checks());
  const Json json = Json::parse(to_vllm(report));
  ASSERT_EQ(json.size(), report.rows.size());
  for (const Row& row : report.rows) EXPECT_EQ(json[row.axes.at("arm")], Json::parse(to_vllm(row)));
}

}  // namespace
}  // namespace splitbench
