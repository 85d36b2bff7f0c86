#include "reports/json.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "reports/testing/example_runs.hpp"
#include "workloads/input_error.hpp"

namespace splitbench {
namespace {

Report example_report() {
  Report report = example::report();
  report.meta.valid = false;
  report.meta.warnings = {"raw: µ"};
  report.meta.declared_arms = {"mine"};
  report.rows[1].values["ttft_p50"] = 0.1 + 0.2;  // takes all seventeen digits
  return report;
}

std::string refusal(std::string_view text) {
  try {
    report_from_json(text, "r/report.json");
  } catch (const InputError& error) {
    return error.what();
  }
  return "was read";
}

/// Returns the message that refuses the example after `change` was made to it.
template <typename Change>
std::string refusal_after(Change change) {
  nlohmann::json json = nlohmann::json::parse(to_json(example_report()));
  change(json);
  return refusal(json.dump());
}

TEST(JsonTest, GivesBackTheReport) {
  const Report report = example_report();
  EXPECT_EQ(report_from_json(to_json(report), "report.json"), report);
}

TEST(JsonTest, WritesTheSameBytesAgain) {
  EXPECT_EQ(to_json(example_report()), to_json(example_report()));
  const std::string text = to_json(example_report());
  EXPECT_EQ(to_json(report_from_json(text, "report.json")), text);
}

TEST(JsonTest, KeepsTheNamesThatScriptsRelyOn) {
  const nlohmann::json json = nlohmann::json::parse(to_json(example_report()));
  EXPECT_EQ(json["schema_version"], 3);
  for (const char* key : {"scenario", "seed", "time", "backend", "valid", "warnings"})
    EXPECT_TRUE(json["meta"].contains(key)) << key;
  for (const char* key : {"key", "title", "unit", "better"})
    EXPECT_TRUE(json["columns"][0].contains(key)) << key;
  EXPECT_EQ(json["rows"][2]["axes"]["arm"], "splitzip");
  EXPECT_EQ(json["rows"][2]["status"], "ok");
  for (const char* key :
       {"ttft_p50", "ttft_p99", "ttft_p99_9", "transfer_p50", "request_throughput",
        "output_throughput", "compression_ratio", "escape_rate", "wire_bytes", "link_rate_achieved",
        "intrusion", "stage_inflation", "slo_attainment", "request_goodput", "part_xfer_wire",
        "lateness_p99"})
    EXPECT_TRUE(json["rows"][2]["values"].contains(key)) << key;
  EXPECT_TRUE(json["rows"][2]["spread"].contains("ttft_p50"));
  EXPECT_TRUE(json["histograms"].is_object());
}

TEST(JsonTest, PassesOverKeysItDoesNotKnow) {
  EXPECT_EQ(refusal_after([](nlohmann::json& json) { json["meta"]["weather"] = "fair"; }),
            "was read");
}

TEST(JsonTest, RefusesAReportThatWasCutAnywhere) {
  const std::string text = to_json(example_report());
  for (std::size_t length = 1; length + 2 < text.size(); length += 499)
    ASSERT_EQ(refusal(text.substr(0, length)), "r/report.json: the JSON ends after " +
                                                   std::to_string(length) +
                                                   " bytes, expected a report");
  EXPECT_EQ(refusal(""), "r/report.json: the JSON ends after 0 bytes, expected a report");
}

TEST(JsonTest, RefusesWhatIsNoReport) {
  EXPECT_EQ(refusal("PK\x03\x04"), "r/report.json: broken JSON at byte 1, expected a report");
  EXPECT_EQ(refusal("[1, 2]"), "r/report.json: the whole is an array, expected an object");
  EXPECT_EQ(refusal(std::string(200'000, '[') + std::string(200'000, ']')),
            "r/report.json: JSON nested more than 64 deep, expected a report");
  EXPECT_EQ(refusal("{\"a\": 1e999}"),
            "r/report.json: a number too large for a double, expected a report");
  EXPECT_EQ(refusal("{\"hostname\": \"a\"}"),
            "r/report.json: schema_version is missing, expected a report of schema_version 3");
}

TEST(JsonTest, RefusesAnotherSchema) {
  EXPECT_EQ(refusal_after([](nlohmann::json& json) { json["schema_version"] = 1; }),
            "r/report.json: schema_version is 1, expected 2 to 3");
}

TEST(JsonTest, NamesThePlaceThatIsWrong) {
  EXPECT_EQ(refusal_after([](nlohmann::json& json) { json["meta"].erase("seed"); }),
            "r/report.json: meta.seed is missing, expected a report of schema_version 3");
  EXPECT_EQ(refusal_after([](nlohmann::json& json) { json["meta"]["seed"] = -1; }),
            "r/report.json: meta.seed is -1, expected an integer from 0");
  EXPECT_EQ(refusal_after([](nlohmann::json& json) { json["meta"]["link_latency"] = 1e12; }),
            "r/report.json: meta.link_latency is 1000000000000.0, expected seconds below 1e9");
  EXPECT_EQ(refusal_after([](nlohmann::json& json) { json["meta"]["warnings"][0] = 1; }),
            "r/report.json: meta.warnings[0] is 1, expected a string");
  EXPECT_EQ(refusal_after([](nlohmann::json& json) { json["columns"][3]["better"] = "bigger"; }),
            "r/report.json: columns[3].better is \"bigger\", expected lower, higher or neither");
  EXPECT_EQ(refusal_after([](nlohmann::json& json) { json["rows"] = 5; }),
            "r/report.json: rows is 5, expected an array");
  EXPECT_EQ(refusal_after([](nlohmann::json& json) { json["rows"][1]["axes"].erase("arm"); }),
            "r/report.json: rows[1].axes.arm is missing, expected a report of schema_version 3");
  EXPECT_EQ(refusal_after([](nlohmann::json& json) {
              json["axes"] = {{{"key", "seed"}, {"unit", ""}, {"values", nlohmann::json::array()}}};
            }),
            "r/report.json: rows[0].axes.seed is missing, expected a report of schema_version 3");
  const auto raw_ttft = [](nlohmann::json& json) -> nlohmann::json& {
    return json["histograms"]["raw"]["ttft"];
  };
  EXPECT_EQ(refusal_after([&](nlohmann::json& json) { raw_ttft(json)["count"].push_back(1); }),
            "r/report.json: histograms.raw.ttft.count is an array, expected as many as low_ns");
  EXPECT_EQ(refusal_after([&](nlohmann::json& json) { raw_ttft(json)["low_ns"][0] = 1'000'001; }),
            "r/report.json: histograms.raw.ttft.low_ns[0] is 1000001, expected the low end of a "
            "bucket");
  EXPECT_EQ(refusal_after([&](nlohmann::json& json) { raw_ttft(json)["count"][0] = 0; }),
            "r/report.json: histograms.raw.ttft.count[0] is 0, expected from 1 to 1e15");
  EXPECT_EQ(refusal_after([](nlohmann::json& json) { json["series"]["raw"]["waiting"] = {1}; }),
            "r/report.json: series.raw.link_rate is an array, expected as many as waiting");
  EXPECT_EQ(
      refusal_after([](nlohmann::json& json) { json["rows"][1]["values"]["ttft_p50"] = nullptr; }),
      "r/report.json: rows[1].values.ttft_p50 is null, expected a number");
}

}  // namespace
}  // namespace splitbench
