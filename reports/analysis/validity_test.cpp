#include "reports/analysis/validity.hpp"

#include <algorithm>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <limits>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "reports/testing/example_runs.hpp"

namespace splitbench {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

/// Three arms; transfers take about 0.13 s, TTFT 0.23 s, E2EL 0.25 s.
class ValidityTest : public testing::Test {
 protected:
  Report summarized() const { return summarize(meta_, runs_, checks_); }
  static bool marks(const Row& row, const std::string& key) { return row.invalid.contains(key); }

  ReportMeta meta_ = example::meta();
  std::vector<RunRecord> runs_ = example::runs();
  std::vector<SelfCheck> checks_ = example::checks();  // of raw, bypass and splitzip
};

TEST_F(ValidityTest, IntrusionBearsOnTheTransfersAlone) {
  checks_[0].intrusion = 0.0123;
  checks_[0].intrusion_time = 0.0016;
  const Report report = summarized();
  const Row& raw = report.rows[0];
  EXPECT_FALSE(report.meta.valid);
  EXPECT_EQ(raw.status, "invalid");
  for (const char* key : {"transfer_p50", "transfer_mean", "stage_xfer_wire"})
    EXPECT_EQ(raw.invalid.at(key), "intrusion 1.23%, valid up to 1%") << key;
  for (const char* key : {"ttft_p50", "e2el_mean", "request_throughput", "compression_ratio"})
    EXPECT_TRUE(raw.is_valid(key)) << key;
  EXPECT_FALSE(marks(raw, "stage_inflation"));
  EXPECT_TRUE(report.rows[1].is_valid("transfer_p50"));
  EXPECT_THAT(report.meta.warnings,
              ElementsAre("a longer workload.context or a lower link.bandwidth would help: the "
                          "testbed's own time is 1.23% of a transfer (valid up to 1%) in raw, so "
                          "that transfer is not valid"));
}

TEST_F(ValidityTest, IntrusionBearsOnTtftWhereItIsAPartOfThatToo) {
  checks_[2].intrusion = -0.04;
  checks_[2].intrusion_time = -0.004;
  const Row splitzip = summarized().rows[2];
  for (const char* key : {"transfer_p50", "ttft_p99", "e2el_p50", "request_throughput"})
    EXPECT_TRUE(marks(splitzip, key)) << key;
  EXPECT_FALSE(marks(splitzip, "itl_p50"));
}

TEST_F(ValidityTest, OneCauseIsOneWarningOverArmsAndRepeats) {
  for (SelfCheck& check : checks_) check.intrusion = 0.02;
  checks_.push_back(checks_.front());
  checks_.back().intrusion = 0.03;
  EXPECT_THAT(summarized().meta.warnings,
              ElementsAre(AllOf(HasSubstr("2.00 to 2.50%"), HasSubstr("in all arms"))));
  for (SelfCheck& check : checks_) check.intrusion = -0.004;
  checks_.back().intrusion = 0.012;  // one run of two
  EXPECT_TRUE(summarized().meta.valid);
}

TEST_F(ValidityTest, ACheckWithoutAResultIsNoProof) {
  checks_[0].intrusion = checks_[0].intrusion_time = std::numeric_limits<double>::quiet_NaN();
  const Report report = summarized();
  EXPECT_FALSE(report.meta.valid);
  EXPECT_FALSE(report.rows[0].values.contains("intrusion"));
  EXPECT_TRUE(marks(report.rows[0], "ttft_p50"));
}

TEST_F(ValidityTest, StageInflationCountsOnceItsWholeIntervalIsBeyondTheLimit) {
  checks_[2].encode_inflation = {.value = 0.12, .error = 0.025};
  EXPECT_TRUE(summarized().meta.valid);
  checks_[2].encode_inflation = {.value = 0.2, .error = 0.05};
  const Report report = summarized();
  EXPECT_TRUE(report.meta.valid);
  EXPECT_EQ(report.rows[2].status, "ok");
  EXPECT_FALSE(report.rows[2].is_valid("break_even_serial"));
  EXPECT_THAT(report.meta.warnings, ElementsAre(HasSubstr("took 20.00% longer in the runs")));
  EXPECT_TRUE(marks(report.rows[2], "stage_encode"));
  EXPECT_TRUE(marks(report.rows[2], "break_even_serial"));
  // Encode takes 2 ms, so that 0.4 ms of 0.1 s are too much: below a hundredth.
  EXPECT_FALSE(marks(report.rows[2], "transfer_p50"));
  EXPECT_EQ(report.rows[2].values.at("stage_inflation"), 0.2);
  EXPECT_EQ(report.rows[2].ci95.at("stage_inflation"), 0.05);
}

TEST_F(ValidityTest, StageInflationBearsOnTimesThatTheCodecDecides) {
  runs_ = {example::run("raw", 0, example::ms(100), Time{0}),
           example::run("splitzip", 0, example::ms(10), example::ms(60))};
  checks_ = {SelfCheck{.arm = "splitzip", .decode_inflation = {.value = 0.3, .error = 0.02}}};
  const Row splitzip = summarized().rows[1];
  EXPECT_TRUE(marks(splitzip, "transfer_p50"));
  EXPECT_TRUE(marks(splitzip, "ttft_p50"));
}

TEST_F(ValidityTest, AWideIntervalIsWantOfEvidenceOnlyWhereItReachesBeyondTheLimit) {
  checks_[2].encode_inflation = {.value = 0.02, .error = 0.06};
  EXPECT_TRUE(summarized().meta.valid);
  checks_[2].encode_inflation = {.value = 0.06, .error = 0.06};
  const Report report = summarized();
  EXPECT_TRUE(marks(report.rows[2], "stage_encode"));
  EXPECT_THAT(report.meta.warnings, ElementsAre(StartsWith("more repeats, or a quiet machine")));
}

TEST_F(ValidityTest, WithoutAnUndisturbedMeasurementAloneNothingIsKnown) {
  checks_[2].encode_inflation = {.value = 0.0, .error = std::numeric_limits<double>::quiet_NaN()};
  const Report report = summarized();
  EXPECT_FALSE(report.meta.valid);
  EXPECT_EQ(report.rows[2].invalid.at("ttft_p50"), "stage inflation of encode unknown");
  EXPECT_THAT(report.meta.warnings, ElementsAre(StartsWith("run again on a quiet machine: stage "
                                                           "inflation is unknown")));
}

TEST_F(ValidityTest, ACodecThatIsFasterInTheRunsWasTimedBesideSomethingElse) {
  checks_[2].decode_inflation = {.value = -0.3, .error = 0.05};
  EXPECT_THAT(summarized().meta.warnings,
              ElementsAre(StartsWith("run again, the codec was disturbed while it was timed")));
}

TEST_F(ValidityTest, DoesNotJudgeStagesThatWereLoadedOnPurpose) {
  checks_[2].encode_inflation = {.value = 0.5, .error = 0.01};
  checks_[2].loaded = true;
  EXPECT_TRUE(summarized().meta.valid);
}

TEST_F(ValidityTest, ARateThatIsNotReachedBearsOnAllThatCrossedTheWire) {
  meta_.transport = "tcp cubic, 1 stream";
  checks_[0].link_rate_achieved = 0.76 * checks_[0].link_rate_configured;
  checks_[0].late_arrivals = 0.5;
  const Report report = summarized();
  EXPECT_THAT(report.meta.warnings,
              ElementsAre(AllOf(StartsWith("transport: auto, more link.streams"),
                                HasSubstr("carries 24.00% less than the configured rate"))));
  for (const char* key : {"transfer_p50", "ttft_p50", "request_throughput"})
    EXPECT_TRUE(marks(report.rows[0], key)) << key;
  EXPECT_FALSE(marks(report.rows[0], "itl_p50"));
  checks_[0].link_rate_achieved = 0.992 * checks_[0].link_rate_configured;
  checks_[0].late_arrivals = 0.3;  // in the middle of transfers, whose ends are in time
  EXPECT_TRUE(summarized().meta.valid);
}

TEST_F(ValidityTest, WhereTheRateIsUnknownLateArrivalsBearOnAllThatCrossedTheWire) {
  checks_[0].link_rate_achieved = std::numeric_limits<double>::quiet_NaN();
  checks_[0].late_arrivals = 0.78;
  const Report report = summarized();
  EXPECT_THAT(report.meta.warnings, ElementsAre(HasSubstr("78.00% of chunks came later")));
  EXPECT_TRUE(marks(report.rows[0], "ttft_p50"));
  checks_[0].late_arrivals = 0.009;
  EXPECT_TRUE(summarized().meta.valid);
}

TEST_F(ValidityTest, NamesOtherLoadAsTheCause) {
  checks_[0].intrusion = 0.02;
  checks_[0].other_load = 1.84;
  checks_[0].stolen = 0.06;
  EXPECT_THAT(summarized().meta.warnings,
              ElementsAre(StartsWith("run again on a quiet machine, this one was disturbed (other "
                                     "programs used 1.8 cores, the hypervisor took 0.1): ")));
  checks_[0].intrusion = 0.002;
  EXPECT_TRUE(summarized().meta.valid);
}

TEST_F(ValidityTest, ASharedGpuIsValidUnlessBothWorkersComputeOnIt) {
  meta_.gpu_shared = true;
  EXPECT_TRUE(summarized().meta.valid);
  for (SelfCheck& check : checks_) check.computing_shared = true;
  const Report report = summarized();
  EXPECT_FALSE(report.meta.valid);
  EXPECT_TRUE(marks(report.rows[1], "itl_p50"));
  EXPECT_EQ(report.rows[1].status, "invalid");
}

TEST_F(ValidityTest, RequestsThatFailedBearOnEveryTimeOfTheirArm) {
  runs_[2].timelines.back().status = Status::failed;
  const Report report = summarized();
  EXPECT_EQ(report.rows[2].invalid.at("ttft_p50"), "1 of 20 requests failed");
  EXPECT_TRUE(report.rows[0].is_valid("ttft_p50"));
  EXPECT_FALSE(marks(report.rows[2], "compression_ratio"));
}

/// A hundred runs of the quickstart's splitzip, by what they said of themselves, one after another
/// on two cores with nothing beside them (undisturbed_bench.py --write).
class RecordedValidityTest : public testing::Test {
 protected:
  /// Returns what the runs report after `disturb` has changed what they said.
  template <class Disturb>
  std::vector<Report> reports(Disturb disturb) const {
    const std::vector<RunRecord> runs{
        example::run("splitzip", 0, example::ms(100), example::ms(2))};
    std::vector<Report> found;
    for (SelfCheck check : recorded_) {
      disturb(check);
      const std::vector<SelfCheck> checks{std::move(check)};
      found.push_back(summarize(example::meta(), runs, checks));
    }
    return found;
  }

  /// Returns the number of runs that mark a figure.
  template <class Disturb>
  int marked(const char* figure, Disturb disturb) const {
    return static_cast<int>(std::ranges::count_if(reports(disturb), [=](const Report& report) {
      return report.rows[0].invalid.contains(figure);
    }));
  }

  const std::vector<SelfCheck> recorded_ = read("reports/testing/data/undisturbed_runs.csv");

 private:
  static std::vector<SelfCheck> read(const std::string& path) {
    std::ifstream file(path);
    std::string line;
    std::getline(file, line);  // the names of its columns
    std::vector<SelfCheck> checks;
    while (std::getline(file, line)) checks.push_back(check_of(line));
    return checks;
  }

  static SelfCheck check_of(const std::string& line) {
    std::istringstream cells(line);
    const auto next = [&] {
      std::string cell;
      std::getline(cells, cell, ',');
      return std::stod(cell);
    };
    SelfCheck check{.arm = "splitzip", .link_rate_configured = 1e9};
    for (double* value : {&check.intrusion, &check.intrusion_time, &check.encode_inflation.value,
                          &check.decode_inflation.value, &check.late_arrivals,
                          &check.link_rate_achieved, &check.other_load, &check.stolen,
                          &check.encode_inflation.error, &check.decode_inflation.error})
      *value = next();
    return check;
  }
};

TEST_F(RecordedValidityTest, AtMostTwoOfAHundredUndisturbedRunsRaiseAnAlarm) {
  ASSERT_EQ(recorded_.size(), 100);
  const auto nothing = [](const SelfCheck&) {};
  const std::vector<Report> found = reports(nothing);
  EXPECT_GE(std::ranges::count_if(found, [](const Report& report) { return report.meta.valid; }),
            98);
  for (const char* figure : {"stage_encode", "stage_decode_codec"})
    EXPECT_LE(marked(figure, nothing), 10) << figure;
}

TEST_F(RecordedValidityTest, AFaultInAnyOfThemIsSeen) {
  // A codec slower by a fifth in the run; or timed beside a hog, which leaves it two thirds.
  EXPECT_EQ(marked("stage_encode",
                   [](SelfCheck& check) {
                     check.encode_inflation.value = 1.2 * (1 + check.encode_inflation.value) - 1;
                   }),
            100);
  EXPECT_EQ(marked("stage_decode_codec",
                   [](SelfCheck& check) {
                     check.decode_inflation.value = (1 + check.decode_inflation.value) / 1.5 - 1;
                   }),
            100);
  // A receiver that hands a transfer of 0.1 s on two milliseconds late.
  EXPECT_EQ(marked("transfer_p50",
                   [](SelfCheck& check) {
                     check.intrusion += 0.02;
                     check.intrusion_time += 0.002;
                   }),
            100);
}

TEST(RowTest, AnOldRowThatIsNotOkHasNoValidFigure) {
  Row row{.status = "invalid"};
  EXPECT_FALSE(row.is_valid("ttft_p50"));
  row.invalid["transfer_p50"] = "intrusion";
  EXPECT_TRUE(row.is_valid("ttft_p50"));
  EXPECT_FALSE(row.is_valid("transfer_p50"));
}

}  // namespace
}  // namespace splitbench
