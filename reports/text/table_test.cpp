#include "reports/text/table.hpp"

#include <algorithm>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sstream>

#include "reports/analysis/summarize.hpp"
#include "reports/testing/example_runs.hpp"

namespace splitbench {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

TEST(TableTest, SetsTheArmsSideBySide) {
  Report report = example::report();
  std::erase_if(report.columns, [](const Column& column) {
    return column.key != "transfer_p50" && column.key != "part_encode" &&
           column.key != "part_xfer_wire" && column.key != "wire_bytes";
  });
  EXPECT_EQ(to_table(report),
            R"(quickstart · llama-3.2-1b · 100 Mbit/s, 50 µs · cpu · real time · seed 1 · valid

the transfer alone (median): 1.28x better with splitzip (103.3 ms); raw 132.2 ms

                                       raw            bypass        vs raw  splitzip        vs raw

transfer
  p50                    ms          132.2 ± 12.7      132.1 ± 7.6       ~     103.3 ± 5.1   1.28x

where TTFT went, mean
  encode                 ms              0               0.1                     2.1 ± 0.6
  transfer: wire         ms          131.7 ± 12.7      131.7 ± 7.6       ~      99.0 ± 3.8   1.33x

codec
  on the wire            MB          32.00             32.00             ~     24.00         1.33x

± is the 95% confidence interval over 2 repeats.
1.25x better than raw, below 1 worse    ~ within the noise
verify deferred, 800 µs a transfer
)");
}

TEST(TableTest, FitsAHundredColumns) {
  std::istringstream lines(to_table(example::report()));
  for (std::string line; std::getline(lines, line);) {
    const auto width = std::ranges::count_if(line, [](char c) { return (c & 0xC0) != 0x80; });
    EXPECT_LE(width, 100) << line;
    EXPECT_FALSE(line.ends_with(' ')) << line;
  }
}

TEST(TableTest, OpensWithTheWarningsOfARunThatIsNotValid) {
  Report report = example::report();
  report.meta.valid = false;
  report.meta.warnings = {"raw: intrusion 2.34%, valid within ±1%"};
  EXPECT_THAT(to_table(report),
              StartsWith("quickstart · llama-3.2-1b · 100 Mbit/s, 50 µs · cpu · real time "
                         "· seed 1 · NOT VALID\n"
                         "  ! raw: intrusion 2.34%, valid within ±1%\n"));
}

TEST(TableTest, ShowsWhatTheCodecCostsTheComputingBesideItWhereItCostsAnything) {
  EXPECT_THAT(to_table(example::report()), Not(HasSubstr("cost to compute")));
  std::vector<RunRecord> runs = example::runs();
  for (Timeline& t : runs[2].timelines) t.spans[0].end += example::ms(8);  // 8 ms of 80, once
  EXPECT_THAT(to_table(summarize(example::meta(), runs, {})), HasSubstr(R"(
cost to compute
  prefill slower by      %               -                 0                   5.000
)"));
}

TEST(TableTest, SaysThatTheNoiseOfOneRepeatIsUnknown) {
  std::vector<RunRecord> runs = example::runs();
  runs.resize(3);
  const std::string table = to_table(summarize(example::meta(), runs, {}));
  EXPECT_THAT(table, HasSubstr("One repeat, so the noise is unknown. ± of percentiles"));
  EXPECT_THAT(table, Not(HasSubstr(" ms ±")));
}

TEST(TableTest, SaysWhichPercentilesTooFewRequestsHave) {
  EXPECT_THAT(to_table(example::report()),
              HasSubstr("\nLeft out: p99 of fewer than 100 requests. There are 20.\n"));
  std::vector<RunRecord> runs = example::runs();
  for (RunRecord& run : runs) run.timelines.resize(3);  // the first is of warm-up
  EXPECT_THAT(to_table(summarize(example::meta(), runs, {})),
              HasSubstr("\nLeft out: p90 of fewer than 10, p99 of fewer than 100 requests. There "
                        "are 4.\n"));
  Report many = example::report();
  for (Row& row : many.rows) row.values["requests"] = 100;
  EXPECT_THAT(to_table(many), Not(HasSubstr("Left out")));
}

TEST(TableTest, ComparesNothingWithoutARawArm) {
  Report report = example::report();
  report.rows.erase(report.rows.begin());
  EXPECT_THAT(to_table(report), Not(HasSubstr("vs raw")));
}

TEST(TableTest, KeepsALongNameApartFromItsNeighbours) {
  Report report = example::report();
  report.rows[1].axes["arm"] = "nvcomp-gdeflate-huffman-planes";
  EXPECT_THAT(to_table(report),
              HasSubstr("   raw          nvcomp-gdeflate-huffman-planes  vs raw  splitzip  "));
  EXPECT_THAT(to_table(report),
              HasSubstr(" ± 7.6                       ~     103.3 ± 5.1   1.28x"));
}

TEST(TableTest, MarksAFigureThatIsAbsent) {
  Report report = example::report();
  report.rows[1].values.erase("ttft_p50");
  EXPECT_THAT(to_table(report), HasSubstr("225.2 ± 12.7          -               "));
}

}  // namespace
}  // namespace splitbench
