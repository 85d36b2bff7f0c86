#include <gtest/gtest.h>

#include "sim/run/example_scenario.hpp"
#include "sim/run/simulate.hpp"
#include "sim/run/virtual/virtual_run.hpp"
#include "workers/codebooks/codebook_keeper.hpp"

namespace splitbench {
namespace {

/// Returns a scenario of one long request alone, whose KV is there when it begins.
Scenario one_transfer(std::uint64_t bandwidth, TransportKind transport, bool overlap) {
  Scenario s = example_scenario();
  s.compute = ComputeKind::none;
  s.pipeline.verify = Verify::off;
  s.pipeline.overlap = overlap;
  s.link = {.bandwidth = bandwidth};
  s.transport = transport;
  s.hardware.device_to_device = 4e10;
  s.pipeline.staging = 64 << 20;  // chunks divide tensors evenly
  return s;
}

/// Returns the seconds in virtual time from the first chunk's encoder to the last chunk's decoder.
double measured(const Scenario& scenario, const KvSource& source, Arm arm) {
  const std::vector<Request> trace = {{.id = 0, .prompt_tokens = 16'384, .output_tokens = 1}};
  const RunRecord record = run_virtually(scenario, &source, trace, arm, 0);
  const Transfer& transfer = record.transfers.at(0);
  return std::chrono::duration<double>(transfer.applied - transfer.ready).count();
}

/// Calls of which a tensor costs as much as a megabyte does.
std::vector<MeasuredCall> calls_by_tensors() {
  std::vector<MeasuredCall> calls;
  for (const std::uint64_t bytes : {std::uint64_t{1} << 20, std::uint64_t{64} << 20}) {
    for (const std::uint32_t tensors : {1u, 64u}) {
      const double rate =
          static_cast<double>(bytes) / (static_cast<double>(bytes) / 1e10 + 1e-4 * tensors);
      calls.push_back({.bytes = bytes, .tensors = tensors, .encode = rate, .decode = rate});
    }
  }
  return calls;
}

TEST(TransferEstimateAgreementTest, BothGoByTheCallsThatWereMeasured) {
  Scenario s = one_transfer(100'000'000'000, TransportKind::tcp, false);
  const KvSource source = KvSource::load(s.kv, s.pipeline.model, s.pipeline.element_type, 1);
  const double by_line = measured(s, source, Arm::splitzip);
  s.hardware.rates.at({"splitzip", ElementType::bf16}).calls = calls_by_tensors();
  const double by_calls = measured(s, source, Arm::splitzip);
  EXPECT_GT(by_calls, 1.1 * by_line);
  const TransferEstimate estimate =
      estimate_of(s.pipeline, s.hardware, s.transport, static_cast<double>(s.link.bandwidth) / 8);
  EXPECT_NEAR(estimate.encoded(16'384 * s.pipeline.raw_bytes(1), 1.33), by_calls, 0.02 * by_calls);
}

TEST(TransferEstimateAgreementTest, VirtualTimeTakesAsLongAsWasEstimated) {
  const Scenario any = example_scenario();
  const KvSource source = KvSource::load(any.kv, any.pipeline.model, any.pipeline.element_type, 1);
  for (const std::uint64_t gigabits : {1, 10, 100, 800}) {
    for (const TransportKind transport : {TransportKind::tcp, TransportKind::p2p}) {
      for (const bool overlap : {true, false}) {
        const Scenario s = one_transfer(gigabits * 1'000'000'000, transport, overlap);
        const Pipeline& pipeline = s.pipeline;
        const TransferEstimate estimate =
            estimate_of(pipeline, s.hardware, transport, static_cast<double>(s.link.bandwidth) / 8);
        const std::uint64_t bytes = 16'384 * pipeline.raw_bytes(1);
        const double raw = measured(s, source, Arm::raw);
        const double encoded = measured(s, source, Arm::splitzip);
        EXPECT_NEAR(estimate.raw(bytes), raw, 0.02 * raw) << gigabits << overlap;
        EXPECT_NEAR(estimate.encoded(bytes, 1.33), encoded, 0.02 * encoded) << gigabits << overlap;
      }
    }
  }
}

}  // namespace
}  // namespace splitbench
