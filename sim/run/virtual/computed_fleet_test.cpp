#include <algorithm>
#include <gtest/gtest.h>
#include <random>
#include <string>
#include <tuple>

#include "codec/codecs.hpp"
#include "configs/reader/form_kinds.hpp"
#include "sim/run/example_scenario.hpp"
#include "sim/run/virtual/virtual_run.hpp"
#include "workers/kv/kv_source.hpp"

namespace splitbench {
namespace {

/// Random scenarios and loads, whose transfers are computed and played: few slots and many, wires
/// that change, flows that share NICs, devices faster and slower than the wire. Several prefill
/// workers differ in their NICs and prompts, so that no two are at the same at one moment.
class ComputedFleetTest : public testing::TestWithParam<int> {
 protected:
  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }
  bool one_of(std::uint64_t choices) { return below(choices) == 0; }
  template <class Value>
  Value some(std::initializer_list<Value> values) {
    return values.begin()[below(values.size())];
  }

  LinkSpec some_link() {
    const auto rate = [&] {
      return std::uint64_t{100'000'000} + below(some<std::uint64_t>({900'000'000, 40'000'000'000}));
    };
    LinkSpec link{.bandwidth = rate(), .latency = Time(some({0, 1'000, 50'000}))};
    std::int64_t at = 0;
    for (auto changes = one_of(3) ? 1 + below(3) : 0; changes > 0; --changes)
      link.schedule.push_back(
          {Time(at += 1 + static_cast<std::int64_t>(below(50'000'000))), rate()});
    if (one_of(4)) link.discipline = Discipline::fifo;
    if (one_of(4)) link.spine = rate();
    if (one_of(4)) link.ingress = {rate()};
    link.egress = {rate(), rate(), rate()};
    if (one_of(4)) link.jitter = Time(200'000);
    return link;
  }

  Scenario some_scenario() {
    Scenario s = example_scenario();
    s.link = some_link();
    s.workers = {1 + static_cast<std::uint32_t>(below(3)),
                 1 + static_cast<std::uint32_t>(below(3))};
    s.pipeline.overlap = !one_of(4);
    s.pipeline.granularity = one_of(3) ? Granularity::request : Granularity::layer_group;
    s.pipeline.layer_group = 1 + static_cast<std::uint32_t>(below(3));
    s.pipeline.prefill_chunk = 128;
    s.pipeline.verify = some({Verify::deferred, Verify::inline_, Verify::off});
    s.pipeline.staging = some({400'000, 1'000'000, 4'000'000});
    s.pipeline.chunk = some({0, 65'536});
    s.pipeline.fused_encode = one_of(2);
    s.dispatch = some({Dispatch::round_robin, Dispatch::least_loaded});
    s.compute = one_of(3) ? ComputeKind::none : ComputeKind::timed;
    s.hardware.flops = some({1e12, 1e13, 1e14});
    s.hardware.copy = some({1e8, 1e9, 1e10});
    for (const Codec& codec : kOwnCodecs)
      s.hardware.rates[{std::string(codec.name), ElementType::bf16}] = {
          .encode = some({1e8, 1e9, 1e10}), .decode = some({1e8, 1e9, 1e10}), .call = 1e-5};
    s.workload.batch_size = 1 + static_cast<std::uint32_t>(below(3));
    // First chunks are equally long, so that two senders would do the same at one moment.
    if (s.workload.batch_size == 1 && s.workers.prefill == 1)
      s.pipeline.granularity = Granularity::prefill_chunk;
    s.workload.concurrency = s.workload.batch_size + static_cast<std::uint32_t>(below(8));
    if (one_of(2)) s.workload.arrivals = Arrivals::poisson;
    if (one_of(2)) s.drift = kind::drift().parse("scale_shift");
    s.drift.path = {.shape = DriftPath::Shape::step, .begin = 4};
    s.drift.policy = some({DriftPolicy::none, DriftPolicy::fallback, DriftPolicy::recalibrate});
    return s;
  }

  std::vector<Request> some_trace(const Scenario& s) {
    std::vector<Request> trace;
    const bool equal = s.workers.prefill == 1 && one_of(2);
    const Time gap(one_of(2) ? 0 : static_cast<std::int64_t>(below(30'000'000)));
    for (std::uint64_t i = 0; i < 24; ++i)
      trace.push_back({.id = i,
                       .arrival = gap * i,
                       .prompt_tokens = equal ? 800 : 1 + below(3000),
                       .output_tokens = equal ? 3 : 1 + below(20)});
    return trace;
  }

  std::mt19937_64 random_{static_cast<std::uint64_t>(GetParam())};
};

std::vector<Span> in_order(std::vector<Span> spans) {
  std::ranges::sort(spans, {},
                    [](const Span& span) { return std::tuple(span.stage, span.begin, span.end); });
  return spans;
}

void expect_same(const Timeline& a, const Timeline& b) {
  EXPECT_EQ(a.status, b.status);
  EXPECT_EQ(a.transfer, b.transfer);
  EXPECT_EQ(a.prefill_worker, b.prefill_worker);
  EXPECT_EQ(a.decode_worker, b.decode_worker);
  EXPECT_EQ(a.arrival, b.arrival);
  EXPECT_EQ(a.dispatched, b.dispatched);
  EXPECT_EQ(a.prefill_begin, b.prefill_begin);
  EXPECT_EQ(a.first_token, b.first_token);
  EXPECT_EQ(a.token_gaps, b.token_gaps);
  EXPECT_EQ(in_order(a.spans), in_order(b.spans));
  EXPECT_EQ(a.sums->partition, b.sums->partition);
  EXPECT_EQ(a.sums->active, b.sums->active);
  EXPECT_EQ(a.wire_bytes, b.wire_bytes);
  EXPECT_EQ(a.escapes, b.escapes);
  EXPECT_EQ(a.stored_bytes, b.stored_bytes);
}

void expect_same(const Transfer& a, const Transfer& b) {
  EXPECT_EQ(a.id, b.id);
  EXPECT_EQ(a.requests, b.requests);
  EXPECT_EQ(a.wire_bytes, b.wire_bytes);
  EXPECT_EQ(a.ready, b.ready);
  EXPECT_EQ(a.start, b.start);
  EXPECT_EQ(a.end, b.end);
  EXPECT_EQ(a.applied, b.applied);
}

TEST_P(ComputedFleetTest, EverythingHappensWhenItDoesIfTransfersArePlayed) {
  const Scenario s = some_scenario();
  const std::vector<Request> trace = some_trace(s);
  const KvSource source =
      KvSource::load(s.kv, s.pipeline.model, s.pipeline.element_type, s.seed, s.drift);
  for (const Arm arm : kOwnArms) {
    SCOPED_TRACE(name_of(arm, {}));
    const RunRecord computed = run_virtually(s, &source, trace, arm, 0),
                    played = run_virtually(s, &source, trace, arm, 0, Transfers::played);
    ASSERT_EQ(computed.timelines.size(), played.timelines.size());
    ASSERT_EQ(computed.transfers.size(), played.transfers.size());
    for (std::size_t i = 0; i < trace.size(); ++i) {
      SCOPED_TRACE(i);
      ASSERT_EQ(played.timelines[i].status, Status::ok);
      ASSERT_NO_FATAL_FAILURE(expect_same(computed.timelines[i], played.timelines[i]));
    }
    for (std::size_t i = 0; i < computed.transfers.size(); ++i)
      expect_same(computed.transfers[i], played.transfers[i]);
    EXPECT_EQ(computed.codebook_changes, played.codebook_changes);
    EXPECT_EQ(computed.duration, played.duration);
    if (HasFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, ComputedFleetTest, testing::Range(0, 150));

}  // namespace
}  // namespace splitbench
