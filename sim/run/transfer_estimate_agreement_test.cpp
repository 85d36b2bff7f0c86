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
  const RunRecord record = run_virtually(scenario, source, trace, arm, 0);
  const Transfer& transfer = record.transfers.at(0);
  return std::chrono::duration<double>(transfer.applied - transfer.ready).count();
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
        const std::uint64_t bytes = 16'384 * pipeline.bytes_per_token();
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
