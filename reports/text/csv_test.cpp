#include "reports/text/csv.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace splitbench {
namespace {

TEST(CsvTest, WritesOneLinePerRowAndLeavesAbsentFiguresEmpty) {
  Report report;
  report.columns = {{"ttft_p50", "TTFT p50", "s", Better::lower},
                    {"wire_bytes", "wire bytes", "bytes", Better::lower}};
  report.rows.resize(2);
  report.rows[0] = {.axes = {{"arm", "raw"}},
                    .values = {{"ttft_p50", 0.1}, {"wire_bytes", 4e9}},
                    .spread = {{"ttft_p50", 0.002}},
                    .ci95 = {{"ttft_p50", 0.003}},
                    .invalid = {{"ttft_p50", "intrusion, 2%"}, {"wire_bytes", "nothing"}},
                    .status = "ok",
                    .verdict = "stable",
                    .folder = {}};
  report.rows[1].axes = {{"arm", "splitzip"}, {"note", "a \"b\", c"}};
  report.rows[1].values = {{"wire_bytes", 3e9}};
  report.rows[1].status = "failed";
  EXPECT_EQ(to_csv(report),
            "arm,note,status,verdict,invalid,ttft_p50 [s],wire_bytes [bytes],ttft_p50_spread [s],"
            "wire_bytes_spread [bytes],ttft_p50_ci95 [s],wire_bytes_ci95 [bytes]\n"
            "raw,,ok,stable,ttft_p50 wire_bytes,0.1,4000000000,0.002,,0.003,\n"
            "splitzip,\"a \"\"b\"\", c\",failed,,,,3000000000,,,,\n");
}

/// Returns a sweep of one arm over two bandwidths, one of them unlimited, and two policies.
Report two_bandwidths() {
  Report report;
  report.columns = {{"ttft_p50", "TTFT p50", "s", Better::lower},
                    {"concurrency", "requests at a time", "count", Better::neither},
                    {"requests", "requests ok", "count", Better::neither}};
  report.axes = {{"link.bandwidth", "bit/s", {{"1 Gbit/s", 1e9}, {"unlimited", {}}}},
                 {"policy", "", {{"fixed", {}}}}};
  for (const char* bandwidth : {"1 Gbit/s", "unlimited"})
    report.rows.push_back(
        {.axes = {{"arm", "raw"}, {"link.bandwidth", bandwidth}, {"policy", "fixed"}},
         .values = {{"ttft_p50", 2}, {"concurrency", 1}, {"requests", 60}},
         .status = "ok"});
  report.rows[1].values = {{"ttft_p50", 0.25}, {"concurrency", 1.5}};
  return report;
}

TEST(CsvTest, ReadersFindAllNumbersOfAColumnToBeOfOneKind) {
  const std::vector<std::string> keys = {"ttft_p50", "concurrency", "requests"};
  EXPECT_EQ(to_csv(two_bandwidths(), keys),
            "ttft_p50 [s],concurrency [count],requests [count]\n2.0,1.0,60\n0.25,1.5,\n");
}

TEST(CsvTest, AnAxisOfQuantitiesIsNumbersInBaseUnits) {
  const std::vector<std::string> keys = {"link.bandwidth", "policy"};
  EXPECT_EQ(to_csv(two_bandwidths(), keys),
            "link.bandwidth [bit/s],policy\n1000000000.0,fixed\ninf,fixed\n");
}

TEST(CsvTest, ChoosesColumnsInTheOrderAskedForAndLeavesTheMissingEmpty) {
  const std::vector<std::string> keys = {"status", "itl_p99_ci95", "arm"};
  EXPECT_EQ(to_csv(two_bandwidths(), keys), "status,itl_p99_ci95 [s],arm\nok,,raw\nok,,raw\n");
}

TEST(CsvTest, NamesTheKeysThatItWrites) {
  const std::vector<std::string> keys = csv_keys(two_bandwidths());
  EXPECT_EQ(keys.size(), 3u + 3 + 3 * 3);
  EXPECT_EQ(to_csv(two_bandwidths(), keys), to_csv(two_bandwidths()));
}

TEST(CsvTest, WritesObjectsOfTheSameKeysLikewise) {
  const auto rows = nlohmann::ordered_json::parse(
      R"([{"device": "a \"b\", c", "ratio": 1.5, "layer": 3, "stored": true},
          {"device": "cpu", "ratio": 0.1, "layer": null, "stored": false}])");
  EXPECT_EQ(to_csv(rows),
            "device,ratio,layer,stored\n\"a \"\"b\"\", c\",1.5,3,true\ncpu,0.1,,false\n");
}

TEST(CsvTest, NoTextIsAFormula) {
  const auto rows = nlohmann::ordered_json::array({{
      {"equals", "=HYPERLINK(\"http://x\")"},
      {"at", "@SUM(A1)"},
      {"signs", "-1+cmd|' /C calc'!A0"},
      {"tab", "\t=1"},
      {"line", "\r=1"},
      {"another cell", "a;=1"},
      {"number", "-1.5e-3"},
      {"signed", "+5"},
      {"inside", "a=1"},
      {"figure", -2.5},
  }});
  const std::string csv = to_csv(rows);
  EXPECT_EQ(csv.substr(csv.find('\n') + 1),
            "\"'=HYPERLINK(\"\"http://x\"\")\",\"'@SUM(A1)\",\"'-1+cmd|' /C calc'!A0\",\"'\t=1\","
            "\\x0d=1,\"a;=1\",-1.5e-3,+5,a=1,-2.5\n");
}

TEST(CsvTest, ControlCharactersAreWrittenAsEscapesAndARowIsALine) {
  const auto rows = nlohmann::ordered_json::array({{{"a\x1b[2J", "red \x1b[31m, \x07"},
                                                    {"lines", "one\ntwo\r\n"},
                                                    {"nul", std::string(1, '\0')}}});
  EXPECT_EQ(to_csv(rows),
            "a\\x1b[2J,lines,nul\n\"red \\x1b[31m, \\x07\",one\\ntwo\\x0d\\n,\\x00\n");
}

TEST(CsvTest, NoTextOfAReportIsAFormula) {
  Report report;
  report.columns = {{"=c", "c", "s", Better::lower}};
  report.rows.resize(1);
  report.rows[0] = {.axes = {{"@arm", "=a"}},
                    .invalid = {{"=c", "why"}},
                    .status = "+s",
                    .verdict = "-v",
                    .folder = {}};
  EXPECT_EQ(to_csv(report),
            "\"'@arm\",status,verdict,invalid,\"'=c [s]\",\"'=c_spread [s]\",\"'=c_ci95 [s]\"\n"
            "\"'=a\",\"'+s\",\"'-v\",\"'=c\",,,\n");
}

}  // namespace
}  // namespace splitbench
