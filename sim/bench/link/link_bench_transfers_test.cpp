#include "sim/bench/link/link_bench_transfers.hpp"

#include <gtest/gtest.h>
#include <numeric>
#include <vector>

#include "network/tcp/message.hpp"
#include "sim/bench/link/link_bench_case.hpp"
#include "sim/bench/link/link_bench_rows.hpp"

namespace splitbench {
namespace {

using std::chrono::microseconds;

/// Returns a case of 1 MB at 8 Gbit/s, which takes 1 ms, or as many times longer as there are
/// flows.
LinkBenchCase megabyte(std::uint32_t flows) {
  return {.link = {.bandwidth = 8'000'000'000, .latency = microseconds(50)},
          .rate = 8'000'000'000,
          .bytes = 1'000'000,
          .flows = flows};
}

FlowStamps stamps(Time offered, Time took, std::uint32_t late = 0) {
  return {.offered = offered, .handed_on = offered + took, .late_chunks = late};
}

TEST(LinkBenchTest, AnErrorIsWhatATransferTookBeyondItsBytesAtTheRateAndTheLatency) {
  EXPECT_EQ(megabyte(1).ideal(), microseconds(1050));
  const std::vector seen = {stamps(microseconds(7), microseconds(1050)),
                            stamps(microseconds(9000), microseconds(1052)),
                            stamps(microseconds(20000), microseconds(1060))};
  const LinkBenchRow row = summarize_transfers(megabyte(1), seen);
  EXPECT_EQ(row.min_error, 0);
  EXPECT_EQ(row.median_error, 2000);
  EXPECT_NEAR(row.p99_error, 9840, 1e-6);
  EXPECT_NEAR(row.achieved, 8e9 / 1.002, 1);
  EXPECT_FALSE(row.share_error);
}

TEST(LinkBenchTest, CompetingFlowsAreOneTransferFromTheFirstOfferToTheLastHandOver) {
  EXPECT_EQ(megabyte(2).ideal(), microseconds(2050));
  const std::vector seen = {stamps(microseconds(10), microseconds(1650)),
                            stamps(microseconds(0), microseconds(2051))};
  const LinkBenchRow row = summarize_transfers(megabyte(2), seen);
  EXPECT_EQ(row.median_error, 1000);
  EXPECT_NEAR(row.share_error.value(), 0.25, 1e-9);  // the first had 5/4 of its half
}

TEST(LinkBenchTest, ARowIsValidWhileFewTransfersHadChunksThatLandedLate) {
  std::vector seen(100, stamps(Time{0}, microseconds(1050)));
  seen[0].late_chunks = 3;
  seen[1].late_chunks = 1;
  EXPECT_TRUE(summarize_transfers(megabyte(1), seen).valid);
  seen[2].late_chunks = 1;
  const LinkBenchRow row = summarize_transfers(megabyte(1), seen);
  EXPECT_EQ(row.invalid_transfers, 3);
  EXPECT_FALSE(row.valid);
}

TEST(LinkBenchTest, ChunksOfATransferAreItsBytesAndFitIntoSlots) {
  for (const std::uint64_t bytes : {std::uint64_t{4096}, kBenchChunk, kBenchChunk + 1,
                                    17 * kBenchChunk - 1, std::uint64_t{1} << 40}) {
    LinkBenchCase bench = megabyte(1);
    bench.bytes = bytes;
    const TransferPlan plan(bench);
    constexpr std::uint32_t kTimed = TransferPlan::kWarmUps;
    std::uint64_t sum = 0;
    for (std::uint32_t chunk = 0; chunk < plan.chunks_of(kTimed); ++chunk) {
      const std::uint64_t of_chunk = plan.chunk_bytes(kTimed, chunk);
      ASSERT_GT(of_chunk, kMessageHeaderBytes);
      ASSERT_LE(of_chunk, kBenchChunk);
      sum += of_chunk;
    }
    EXPECT_EQ(sum, bytes);
  }
}

TEST(LinkBenchTest, NoTransferIsHandedOnBeforeTheLinkSays) {
  LinkBenchCase bench = megabyte(2);
  bench.repeats = 5;
  const std::vector seen = time_transfers(bench, {});
  ASSERT_EQ(seen.size(), 10u);
  EXPECT_GE(summarize_transfers(bench, seen).min_error, 0);
}

}  // namespace
}  // namespace splitbench
