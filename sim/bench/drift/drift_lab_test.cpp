#include "sim/bench/drift/drift_lab.hpp"

#include <algorithm>
#include <gtest/gtest.h>

#include "configs/reader/form_kinds.hpp"
#include "sim/bench/drift/drift_summary.hpp"
#include "sim/run/example_scenario.hpp"
#include "sim/run/simulate.hpp"

namespace splitbench {
namespace {

constexpr std::uint64_t kStep = 12;

constexpr DriftCase kFixed{DriftPolicy::fixed, CodebookScope::per_layer_kv};
constexpr DriftCase kFallback{DriftPolicy::fallback, CodebookScope::per_layer_kv};
constexpr DriftCase kRecalibrate{DriftPolicy::recalibrate, CodebookScope::per_layer_kv};

DriftSpec spec_of(DriftKind kind) {
  DriftSpec drift = kind::drift().parse(
      kind == DriftKind::other_model ? "other_model(profile other)" : std::string(name_of(kind)));
  for (TensorProfile* tensor : {&drift.to.k[0], &drift.to.v[0]})
    *tensor = {.scale = 6, .spread = 0.6, .tail = 0.4};
  drift.path = {.shape = DriftPath::Shape::step, .begin = kStep};
  return drift;
}

DriftLabSpec lab_of(const DriftSpec& drift, std::vector<DriftCase> cases) {
  const Scenario scenario = example_scenario();
  DriftLabSpec spec{.pipeline = scenario.pipeline,
                    .kv = scenario.kv,
                    .seed = 1,
                    .kind = std::string(name_of(drift.kind)),
                    .drift = drift,
                    .cases = std::move(cases),
                    .tokens = 64};
  spec.kv.profile.k[0] = {.scale = 2, .spread = 0.6, .tail = 0.5};
  spec.kv.profile.v[0] = {.scale = 0.3, .spread = 0.2, .tail = 0.4};
  return spec;
}

std::vector<DriftRow> run(DriftLabSpec spec, std::uint64_t requests) {
  DriftLab lab(std::move(spec));
  std::vector<DriftRow> rows;
  for (std::uint64_t request = 0; request < requests; ++request)
    std::ranges::move(lab.step(request, Time{0}), std::back_inserter(rows));
  return rows;
}

class DriftLabTest : public testing::TestWithParam<DriftKind> {};

INSTANTIATE_TEST_SUITE_P(Kinds, DriftLabTest,
                         testing::Values(DriftKind::scale_shift, DriftKind::tail_growth,
                                         DriftKind::outlier_onset, DriftKind::other_model,
                                         DriftKind::kv_mixup, DriftKind::layer_mixup,
                                         DriftKind::padding, DriftKind::nan_burst,
                                         DriftKind::all_escapes, DriftKind::alternating,
                                         DriftKind::uniform_exponents),
                         [](const auto& kind) { return std::string(name_of(kind.param)); });

TEST_P(DriftLabTest, FallbackNeverExpandsAndAllAreWithinOnePercentOfTheBestUntilItDrifts) {
  for (const DriftRow& row :
       run(lab_of(spec_of(GetParam()), {kFixed, kFallback, kRecalibrate}), kStep + 12)) {
    if (row.of.policy != DriftPolicy::fixed) {
      EXPECT_LE(static_cast<double>(row.frame_bytes),
                1.001 * static_cast<double>(row.raw_bytes) + 4096)
          << row.step;
    }
    if (row.drift == 0) {
      EXPECT_GE(row.ratio, 0.99 * row.oracle_ratio) << row.step;
    }
    EXPECT_LE(row.oracle_ratio, row.entropy_ratio);
  }
}

TEST_P(DriftLabTest, RecalibrateIsBackWithin64RequestsAndDoesNotFlap) {
  const std::vector<DriftSummary> summaries =
      summarize_drift(run(lab_of(spec_of(GetParam()), {kRecalibrate}), kStep + 80));
  ASSERT_EQ(summaries.size(), 1u);
  ASSERT_TRUE(summaries[0].back_after) << summaries[0].last_of_best;
  EXPECT_LE(*summaries[0].back_after, 64u);
  EXPECT_LE(summaries[0].most_changes, 2u);
}

TEST_P(DriftLabTest, RecalibrateChangesAtMostTwiceAPeriodAndScope) {
  DriftSpec drift = spec_of(GetParam());
  drift.path = {.shape = DriftPath::Shape::periodic, .length = 32};
  const std::vector<DriftRow> rows = run(lab_of(drift, {kRecalibrate}), 3 * drift.path.length);
  EXPECT_LE(summarize_drift(rows)[0].most_changes, 2u);  // over all three periods
}

TEST(DriftLabRowsTest, EveryScopeHasItsOwnBest) {
  DriftLabSpec spec = lab_of(spec_of(DriftKind::none), {});
  for (const auto scope : {CodebookScope::per_layer_kv, CodebookScope::per_layer, CodebookScope::kv,
                           CodebookScope::global})
    spec.cases.push_back({DriftPolicy::fallback, scope});
  const std::vector<DriftRow> rows = run(std::move(spec), 1);
  ASSERT_EQ(rows.size(), 4u);
  EXPECT_GT(rows[0].oracle_ratio, rows[1].oracle_ratio);
  EXPECT_GE(rows[2].oracle_ratio, rows[3].oracle_ratio);
}

TEST(DriftLabRowsTest, FixedIsAccountedAsPublished) {
  for (const DriftRow& row : run(lab_of(spec_of(DriftKind::all_escapes), {kFixed}), kStep + 1)) {
    EXPECT_EQ(row.ratio, row.published_ratio);
    EXPECT_EQ(row.stored_share, 0);
    if (row.drift == 1) {
      EXPECT_NEAR(row.ratio, 2 / (1.5 + 7), 0.01);
    }
  }
}

}  // namespace
}  // namespace splitbench
