#include <fmt/format.h>
#include <gtest/gtest.h>

#include "configs/reader/form_kinds.hpp"
#include "sim/run/example_scenario.hpp"
#include "sim/run/simulate.hpp"
#include "sim/run/virtual/virtual_run.hpp"
#include "workers/kv/kv_source.hpp"
#include "workloads/partition.hpp"

namespace splitbench {
namespace {

constexpr std::uint64_t kStep = 6, kRequests = 32;

/// Returns a scenario in which one client has a wire of its own, so that a transfer waits for
/// nothing but itself.
Scenario scenario_of(DriftKind kind, DriftPolicy policy) {
  Scenario s = example_scenario();
  s.kv.profile.k[0] = {.scale = 2, .spread = 0.6, .tail = 0.5};
  s.kv.profile.v[0] = {.scale = 0.3, .spread = 0.2, .tail = 0.4};
  s.compute = ComputeKind::none;
  s.drift = kind::drift().parse(kind == DriftKind::other_model ? "other_model(profile other)"
                                                               : std::string(name_of(kind)));
  s.drift.to.k[0] = s.drift.to.v[0] = {.scale = 6, .spread = 0.6, .tail = 0.4};
  s.drift.path = {.shape = DriftPath::Shape::step, .begin = kStep};
  s.drift.policy = policy;
  return s;
}

class DriftRunTest : public testing::TestWithParam<std::tuple<DriftKind, DriftPolicy>> {};

INSTANTIATE_TEST_SUITE_P(
    Kinds, DriftRunTest,
    testing::Combine(testing::Values(DriftKind::none, DriftKind::scale_shift,
                                     DriftKind::tail_growth, DriftKind::outlier_onset,
                                     DriftKind::other_model, DriftKind::kv_mixup,
                                     DriftKind::layer_mixup, DriftKind::padding,
                                     DriftKind::nan_burst, DriftKind::all_escapes,
                                     DriftKind::alternating, DriftKind::uniform_exponents),
                     testing::Values(DriftPolicy::fallback, DriftPolicy::recalibrate)),
    [](const auto& param) {
      return fmt::format("{}_{}", name_of(std::get<0>(param.param)),
                         kDriftPolicyNames[std::get<1>(param.param)]);
    });

TEST_P(DriftRunTest, NoTransferIsOnePercentSlowerThanRawOnAnyWire) {
  const auto [kind, policy] = GetParam();
  Scenario s = scenario_of(kind, policy);
  const KvSource source =
      KvSource::load(s.kv, s.pipeline.model, s.pipeline.element_type, s.seed, s.drift);
  for (const std::uint64_t gigabits : {1, 10, 25, 50, 100, 400})
    for (const std::uint64_t tokens : {100, 2'000, 20'000}) {
      s.link.bandwidth = gigabits * 1'000'000'000;
      const std::vector<Request> trace = equal_prompts(kRequests, tokens);
      const RunRecord raw = run_virtually(s, &source, trace, Arm::raw, 0),
                      coded = run_virtually(s, &source, trace, Arm::splitzip, 0);
      for (std::size_t i = 0; i < kRequests; ++i)
        ASSERT_LE(static_cast<double>(partition(coded.timelines[i]).transfer.count()),
                  1.01 * static_cast<double>(partition(raw.timelines[i]).transfer.count()))
            << gigabits << " Gbit/s, " << tokens << " tokens, request " << i;
    }
}

TEST(DriftRunFixedTest, TheCodecAsPublishedIsSlowerThanRawWhereKLiesForV) {
  const Scenario s = scenario_of(DriftKind::kv_mixup, DriftPolicy::fixed);
  const KvSource source =
      KvSource::load(s.kv, s.pipeline.model, s.pipeline.element_type, s.seed, s.drift);
  const std::vector<Request> trace = equal_prompts(kRequests, 2'000);
  const RunRecord coded = run_virtually(s, &source, trace, Arm::splitzip, 0);
  for (const Timeline& t : coded.timelines) {
    EXPECT_EQ(t.wire_bytes < t.raw_bytes, t.drift == 0) << t.request.id;
    EXPECT_EQ(t.stored_bytes, 0u);
  }
}

}  // namespace
}  // namespace splitbench
