#include "sim/run/virtual/virtual_run.hpp"

#include <gtest/gtest.h>
#include <limits>
#include <map>
#include <numeric>

#include "sim/run/example_scenario.hpp"
#include "sim/run/simulate.hpp"
#include "workloads/partition.hpp"

namespace splitbench {
namespace {

/// Returns the KV source of a scenario; the sources differ in nothing but the element type.
const KvSource& source_of(const Scenario& scenario) {
  static std::map<ElementType, KvSource> sources;
  const ElementType type = scenario.pipeline.element_type;
  if (!sources.contains(type))
    sources.emplace(type, KvSource::load(scenario.kv, scenario.pipeline.model, type, 1));
  return sources.at(type);
}

RunRecord run(const Scenario& scenario, Arm arm,
              const std::vector<Request>& trace = example_trace()) {
  return run_virtually(scenario, &source_of(scenario), trace, arm, 0);
}

double mean_transfer(const RunRecord& record) {
  double sum = 0;
  for (const Timeline& t : record.timelines)
    sum += static_cast<double>(partition(t).transfer.count());
  return sum / static_cast<double>(record.timelines.size());
}

double mean_ttft(const RunRecord& record) {
  double sum = 0;
  for (const Timeline& t : record.timelines)
    sum += static_cast<double>((t.first_token - t.arrival).count());
  return sum / static_cast<double>(record.timelines.size());
}

/// Returns every combination of what a scenario can ask of the policies.
std::vector<Scenario> variants() {
  std::vector<Scenario> all;
  for (const bool overlap : {true, false})
    for (const Granularity granularity : {Granularity::layer_group, Granularity::request})
      for (const Verify verify : {Verify::deferred, Verify::inline_, Verify::off})
        for (const Dispatch dispatch : {Dispatch::round_robin, Dispatch::least_loaded})
          for (const Discipline discipline : {Discipline::fair, Discipline::fifo})
            for (const ComputeKind compute : {ComputeKind::timed, ComputeKind::none})
              for (const std::uint32_t workers : {1u, 3u}) {
                Scenario s = example_scenario();
                s.pipeline.overlap = overlap;
                s.pipeline.granularity = granularity;
                s.pipeline.verify = verify;
                s.dispatch = dispatch;
                s.link.discipline = discipline;
                s.compute = compute;
                s.workers = {workers, workers == 3 ? 2u : 1u};
                s.workload.batch_size = workers;
                s.workload.concurrency = 5;
                all.push_back(s);
              }
  return all;
}

TEST(VirtualRunTest, EveryRequestEndsAndItsPartsSumToItsTtft) {
  for (const Scenario& scenario : variants())
    for (const Arm arm : {Arm::raw, Arm::bypass, Arm::splitzip}) {
      const RunRecord record = run(scenario, arm);
      for (const Timeline& t : record.timelines) {
        ASSERT_EQ(t.status, Status::ok) << t.failure;
        const Partition p = partition(t);
        EXPECT_EQ(std::accumulate(p.part.begin(), p.part.end(), Time{0}),
                  t.first_token - t.arrival);
        EXPECT_EQ(t.token_gaps.size() + 1, t.request.output_tokens);
        EXPECT_EQ(t.raw_bytes, t.request.prompt_tokens *
                                   scenario.pipeline.model.elements(ElementType::bf16, 1) * 2);
        EXPECT_LE(t.arrival, t.prefill_begin);
        EXPECT_LE(t.prefill_begin, t.first_token);
        EXPECT_LE(t.first_token, t.last_token);
      }
      for (const Transfer& t : record.transfers) {
        EXPECT_LE(t.ready, t.start);
        EXPECT_LT(t.start, t.end);
        EXPECT_LE(t.end, t.applied);
      }
    }
}

TEST(VirtualRunTest, IsTheSameTwice) {
  const RunRecord a = run(example_scenario(), Arm::splitzip),
                  b = run(example_scenario(), Arm::splitzip);
  ASSERT_EQ(a.timelines.size(), b.timelines.size());
  for (std::size_t i = 0; i < a.timelines.size(); ++i) {
    EXPECT_EQ(a.timelines[i].spans, b.timelines[i].spans);
    EXPECT_EQ(a.timelines[i].last_token, b.timelines[i].last_token);
  }
}

TEST(VirtualRunTest, ARawTransferTakesItsBytesOverTheLink) {
  Scenario scenario = example_scenario();
  scenario.compute = ComputeKind::none;
  const RunRecord record = run(scenario, Arm::raw);
  for (const Timeline& t : record.timelines) {
    const double wire = 8.0 * static_cast<double>(t.wire_bytes);  // ns at 1 Gbit/s
    EXPECT_NEAR(static_cast<double>(partition(t).transfer.count()), wire + 50'000, 0.02 * wire);
  }
}

TEST(VirtualRunTest, SplitzipGainsLessThanFourThirdsWhereTheWireDecides) {
  Scenario scenario = example_scenario();
  scenario.compute = ComputeKind::none;
  scenario.link.bandwidth = 100'000'000;
  const double gain =
      mean_transfer(run(scenario, Arm::raw)) / mean_transfer(run(scenario, Arm::splitzip));
  EXPECT_GT(gain, 1.32);
  EXPECT_LT(gain, 4.0 / 3);
}

TEST(VirtualRunTest, Fp8HalvesTheBytesAndLeavesTheCodecAnEighthOfThem) {
  Scenario scenario = example_scenario();
  scenario.compute = ComputeKind::none;
  scenario.link.bandwidth = 100'000'000;
  const RunRecord bf16 = run(scenario, Arm::raw);
  for (const ElementType type : {ElementType::fp8_e5m2, ElementType::fp8_e4m3}) {
    scenario.pipeline.element_type = type;
    const RunRecord raw = run(scenario, Arm::raw), splitzip = run(scenario, Arm::splitzip);
    for (std::size_t i = 0; i < raw.transfers.size(); ++i) {
      EXPECT_EQ(2 * raw.transfers[i].raw_bytes, bf16.transfers[i].raw_bytes);
      EXPECT_EQ(raw.transfers[i].elements, bf16.transfers[i].elements);
      EXPECT_GT(splitzip.transfers[i].escapes, 0u);
    }
    const double gain = mean_transfer(raw) / mean_transfer(splitzip);
    EXPECT_GT(gain, type == ElementType::fp8_e5m2 ? 1.12 : 1);
    EXPECT_LT(gain, 8.0 / 7);
  }
}

TEST(VirtualRunTest, AnElementTypeHasCodecRatesOfItsOwn) {
  Scenario scenario = example_scenario();
  scenario.compute = ComputeKind::none;
  scenario.pipeline.element_type = ElementType::fp8_e5m2;
  const double as_bf16 = mean_transfer(run(scenario, Arm::splitzip));
  scenario.hardware.rates[{"splitzip", ElementType::fp8_e5m2}] = {
      .encode = 1e7, .decode = 1e7, .call = 0};
  EXPECT_GT(mean_transfer(run(scenario, Arm::splitzip)), 2 * as_bf16);
}

TEST(VirtualRunTest, AForeignCodecHasTheRatioAndTheSpeedsOfTheProfile) {
  Scenario scenario = example_scenario();
  scenario.compute = ComputeKind::none;
  const Arm lz4 = find_arm("lz4").value();
  CodecRates& rates = scenario.hardware.rates[{"lz4", ElementType::bf16}];
  rates = {.encode = 1e10, .decode = 2e10, .call = 1e-5, .ratio = 1.25};
  const RunRecord record = run(scenario, lz4);
  for (const Transfer& t : record.transfers) {
    EXPECT_NEAR(static_cast<double>(t.raw_bytes) / static_cast<double>(t.wire_bytes), 1.25, 0.01);
    EXPECT_EQ(t.escapes, 0u);
  }
  for (const Timeline& t : record.timelines) {
    ASSERT_EQ(t.status, Status::ok) << t.failure;
    const Partition p = partition(t);
    EXPECT_EQ(std::accumulate(p.part.begin(), p.part.end(), Time{0}), t.first_token - t.arrival);
  }
  const double fast = mean_transfer(record);
  rates.decode = 1e7;
  EXPECT_GT(mean_transfer(run(scenario, lz4)), 2 * fast);
}

TEST(VirtualRunTest, LongerEscapesMakeLongerFrames) {
  Scenario scenario = example_scenario();
  const RunRecord ours = run(scenario, Arm::splitzip);
  scenario.hardware.escape_bytes = 7;
  const RunRecord published = run(scenario, Arm::splitzip);
  for (std::size_t i = 0; i < ours.transfers.size(); ++i) {
    const auto more = published.transfers[i].wire_bytes - ours.transfers[i].wire_bytes;
    const std::uint64_t frames = std::uint64_t{2} * scenario.pipeline.model.layers;
    EXPECT_EQ(ours.transfers[i].escapes, published.transfers[i].escapes);
    EXPECT_NEAR(static_cast<double>(more), 4.0 * static_cast<double>(ours.transfers[i].escapes),
                128.0 * static_cast<double>(frames));  // each is padded
  }
}

TEST(VirtualRunTest, SplitzipLosesWhereItsCodecIsSlowerThanTheWire) {
  Scenario scenario = example_scenario();
  scenario.compute = ComputeKind::none;
  scenario.link.bandwidth = 400'000'000'000;
  scenario.hardware.rates = {
      {{"splitzip", ElementType::bf16}, {.encode = 1e9, .decode = 1e9, .call = 0}}};
  EXPECT_GT(mean_transfer(run(scenario, Arm::splitzip)),
            2 * mean_transfer(run(scenario, Arm::raw)));
}

TEST(VirtualRunTest, MoreBandwidthNeverMakesTtftWorse) {
  for (const Arm arm : {Arm::raw, Arm::splitzip}) {
    double slower = std::numeric_limits<double>::infinity();
    for (const std::uint64_t mbit : {50, 100, 500, 1000, 5000, 100'000}) {
      Scenario scenario = example_scenario();
      scenario.link.bandwidth = mbit * 1'000'000;
      const double ttft = mean_ttft(run(scenario, arm));
      EXPECT_LE(ttft, slower) << mbit;
      slower = ttft;
    }
  }
}

TEST(VirtualRunTest, OverlapHidesTheTransferBehindTheCompute) {
  Scenario overlapped = example_scenario(), serial = example_scenario();
  serial.pipeline.overlap = false;
  EXPECT_LT(mean_ttft(run(overlapped, Arm::raw)), 0.95 * mean_ttft(run(serial, Arm::raw)));
}

TEST(VirtualRunTest, ABatchIsOneTransfer) {
  Scenario scenario = example_scenario();
  scenario.workload.batch_size = 3;
  scenario.workload.concurrency = 3;
  const RunRecord record = run(scenario, Arm::raw);
  ASSERT_EQ(record.transfers.size(), 3u);  // 3 + 3 + the last 2
  EXPECT_EQ(record.transfers[0].requests, (std::vector<std::uint64_t>{0, 1, 2}));
  EXPECT_EQ(record.transfers[2].requests, (std::vector<std::uint64_t>{6, 7}));
}

TEST(VirtualRunTest, AnOpenLoopCountsFromTheIntendedArrival) {
  Scenario scenario = example_scenario();
  scenario.workload.arrivals = Arrivals::poisson;
  scenario.link.bandwidth = 10'000'000;  // far behind the arrivals
  const auto trace = example_trace(6, Time(1'000'000));
  const RunRecord record = run(scenario, Arm::raw, trace);
  for (std::size_t i = 0; i < trace.size(); ++i)
    EXPECT_EQ(record.timelines[i].arrival, trace[i].arrival);
  EXPECT_GT(record.timelines[5].first_token - record.timelines[5].arrival,
            3 * (record.timelines[0].first_token - record.timelines[0].arrival));
}

TEST(VirtualRunTest, MemoryForOneJobIsEnoughForAll) {
  Scenario scenario = example_scenario();
  scenario.workload.concurrency = 8;
  scenario.prefill_memory = scenario.decode_memory =
      400 * scenario.pipeline.model.elements(ElementType::bf16, 1) * 2;
  for (const Timeline& t : run(scenario, Arm::splitzip).timelines) EXPECT_EQ(t.status, Status::ok);
}

}  // namespace
}  // namespace splitbench
