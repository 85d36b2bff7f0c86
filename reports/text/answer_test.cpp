#include "reports/text/answer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reports/testing/example_sweep.hpp"

namespace splitbench {
namespace {

using example::ttft_report;
using testing::ElementsAre;

Row row(const std::string& arm, double ttft, double ci95) {
  Row result;
  result.axes["arm"] = arm;
  result.status = "ok";
  result.values["ttft_p50"] = ttft;
  result.ci95["ttft_p50"] = ci95;
  return result;
}

/// Returns a sweep of two arms at each bandwidth, in which raw takes a second.
Report bandwidth_sweep(const std::vector<double>& splitzip_ttft) {
  Report result = ttft_report({});
  result.axes = {{.key = "link.bandwidth", .unit = "bit/s", .values = {}}};
  for (std::size_t i = 1; i <= splitzip_ttft.size(); ++i)
    result.axes.front().values.push_back({std::to_string(i) + " Gbit/s", 1e9 * double(i)});
  for (std::size_t i = 0; i < splitzip_ttft.size(); ++i)
    for (Row each : {row("raw", 1, 0.01), row("splitzip", splitzip_ttft[i], 0.01)}) {
      each.axes["link.bandwidth"] = result.axes.front().values[i].text;
      each.folder = "points/" + std::to_string(i);
      result.rows.push_back(each);
    }
  return result;
}

TEST(AnswerTest, OpensWithTheDecisionAndNamesEveryArm) {
  EXPECT_THAT(
      answer(ttft_report({row("raw", 0.2, 0), row("bypass", 0.2, 0), row("splitzip", 0.16, 0),
                          row("ranked", 0.1, 0), row("auto", 0.25, 0)})),
      ElementsAre(
          "does it pay here: yes, with splitzip (TTFT 1.25x), ranked (TTFT 2.00x); not with "
          "auto (TTFT 0.80x)",
          "TTFT (median): 1.25x better with splitzip (160 ms), 2.00x better with ranked (100 "
          "ms), 1.25x worse with auto (250 ms); raw 200 ms"));
}

TEST(AnswerTest, CallsNoiseAndLessThanHalfAPercentNoDifference) {
  EXPECT_THAT(answer(ttft_report({row("raw", 0.2, 0.03), row("splitzip", 0.16, 0.03)})),
              ElementsAre("does it pay here: no, not with splitzip (TTFT no difference)",
                          "TTFT (median): no difference beyond the noise or half a percent with "
                          "splitzip (160 ms); raw 200 ms"));
  EXPECT_THAT(answer(ttft_report({row("raw", 0.2, 0), row("splitzip", 0.1991, 0)})),
              testing::Each(testing::HasSubstr("no difference")));
}

TEST(AnswerTest, ComparesNoFigureOfAnOverloadedSystem) {
  Report run = ttft_report({row("raw", 9, 0), row("splitzip", 1, 0), row("ranked", 1, 0)});
  run.rows[0].verdict = "overloaded";
  EXPECT_THAT(
      answer(run),
      ElementsAre("does it pay here: yes, with splitzip (carries the load), ranked (carries "
                  "the load)",
                  "load: not carried by raw, but by splitzip, ranked; figures of an "
                  "overloaded system are not compared"));
  for (Row& each : run.rows) each.verdict = "overloaded";
  EXPECT_THAT(answer(run),
              ElementsAre("does it pay here: not known with splitzip (overloaded), ranked "
                          "(overloaded)",
                          testing::StartsWith("load: no arm carries it;")));
}

TEST(AnswerTest, SaysWhereInASweepTheCodecPaysAndNamesBestAndWorst) {
  EXPECT_THAT(answer(bandwidth_sweep({0.75, 0.8, 1.0, 1.1})),
              ElementsAre("does it pay here: splitzip at 2 of 4 points",
                          "TTFT (median), splitzip: 1.05x and more up to 2 Gbit/s; at best 1.33x "
                          "(link.bandwidth 1 Gbit/s); worse than raw at 1 of 4 points, at worst "
                          "0.91x (link.bandwidth 4 Gbit/s)"));
  EXPECT_THAT(answer(bandwidth_sweep({0.99, 1.0})),
              ElementsAre("does it pay here: splitzip at 0 of 2 points",
                          "TTFT (median), splitzip: nowhere 1.05x"));
}

TEST(AnswerTest, APointThatIsNotCarriedMakesNoHeadline) {
  Report report = bandwidth_sweep({0.75, 0.1});
  report.rows[2].verdict = "overloaded";  // raw at 2 Gbit/s
  EXPECT_THAT(answer(report),
              ElementsAre("does it pay here: splitzip at 2 of 2 points",
                          "load carried: raw up to 1 Gbit/s; splitzip at every link.bandwidth; "
                          "figures of an overloaded system are not compared",
                          "TTFT (median), splitzip: 1.05x and more at link.bandwidth 1 Gbit/s; at "
                          "best 1.33x (link.bandwidth 1 Gbit/s); not compared at 1 of 2 points"));
}

TEST(AnswerTest, ASearchIsAnsweredByTheHighestRateAlone) {
  Report search = ttft_report({row("raw", 0.1, 0), row("splitzip", 0.2, 0)});
  search.columns.push_back({"max_goodput_rate", "highest rate", "1/s", Better::higher});
  search.rows[0].values["max_goodput_rate"] = 4;
  search.rows[1].values["max_goodput_rate"] = 5;
  EXPECT_THAT(answer(search),
              ElementsAre("does it pay here: yes, with splitzip (highest rate 1.25x)",
                          "highest rate within SLO: 1.25x better with splitzip (5 /s); raw 4 /s"));
}

TEST(AnswerTest, ASearchSaysWhoMeetsTheSloAtNoRate) {
  Report search = ttft_report({row("raw", 0.2, 0), row("splitzip", 0.1, 0)});
  search.meta.slo_target = 0.9;
  search.columns.push_back({"max_goodput_rate", "highest rate", "1/s", Better::higher});
  search.rows[0].values["attainment_plateau"] = 0.52;
  search.rows[1].values["max_goodput_rate"] = 5;
  EXPECT_THAT(answer(search),
              ElementsAre("does it pay here: yes, with splitzip (meets the SLO, as raw does at no "
                          "rate)",
                          "no rate within SLO: raw (52.0% of the requests meet it however low the "
                          "rate)"));
  search.rows[1].values.erase("max_goodput_rate");
  EXPECT_EQ(answer(search).front(),
            "does it pay here: not known with splitzip (no rate meets the SLO)");
}

TEST(AnswerTest, CountsNoPointThatIsNotValidAsAGain) {
  Report report = bandwidth_sweep({0.75, 0.5});
  report.rows[3].status = "invalid";
  EXPECT_THAT(answer(report),
              ElementsAre("does it pay here: splitzip at 1 of 2 points (1 not valid)",
                          "TTFT (median), splitzip: 1.05x and more at link.bandwidth 1 Gbit/s; at "
                          "best 1.33x (link.bandwidth 1 Gbit/s); not valid at 1 of 2 points"));
  report.rows[1].status = "invalid";
  EXPECT_THAT(answer(report),
              ElementsAre("does it pay here: splitzip at 0 of 2 points (2 not valid)",
                          "TTFT (median), splitzip: not valid at any of 2 points"));
}

TEST(AnswerTest, LeavesPointsWithoutAResultOut) {
  Report report = bandwidth_sweep({0.75, 0.8});
  report.rows[3].values.clear();
  EXPECT_THAT(answer(report), ElementsAre("does it pay here: splitzip at 1 of 1 points",
                                          testing::HasSubstr("at link.bandwidth 1 Gbit/s")));
}

TEST(AnswerTest, GivesNoGainOfARunWhoseFigureIsNotValid) {
  Report run = ttft_report({row("raw", 0.2, 0), row("splitzip", 0.1, 0)});
  run.rows[0].status = "invalid";
  run.rows[0].invalid["ttft_p50"] = "late arrivals 78.0%, valid up to 1%";
  EXPECT_THAT(answer(run),
              ElementsAre("does it pay here: not known with splitzip (no valid figure)",
                          "TTFT (median): NOT VALID, raw: late arrivals 78.0%, valid up to 1%"));
  run.rows[0].invalid = {{"transfer_p50", "intrusion"}};
  EXPECT_THAT(answer(run), testing::Contains(testing::HasSubstr("2.00x better")));
}

TEST(AnswerTest, SaysWhatItTakesWhereNothingCanBeCompared) {
  EXPECT_THAT(answer(ttft_report({row("raw", 0.2, 0), row("bypass", 0.2, 0)})),
              ElementsAre("no answer: it takes results of both raw and a codec's arm"));
}

TEST(AnswerTest, IsAboutAnotherCodecWhereSplitzipIsNotThere) {
  EXPECT_THAT(answer(ttft_report({row("raw", 0.3, 0), row("ranked", 0.2, 0), row("auto", 0.1, 0)})),
              testing::Contains(testing::HasSubstr("TTFT (median): 1.50x better with ranked")));
}

TEST(AnswerTest, SaysThatTheNoiseOfASingleRealRepeatIsUnknown) {
  Report once = ttft_report({row("raw", 0.2, 0), row("splitzip", 0.16, 0)});
  once.meta.repeats = 1;
  once.meta.time = "real";
  EXPECT_EQ(answer(once).back(), "one repeat: how much of this is noise is unknown");
}

}  // namespace
}  // namespace splitbench
