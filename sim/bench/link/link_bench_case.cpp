#include "sim/bench/link/link_bench_case.hpp"

#include <algorithm>
#include <cmath>

namespace splitbench {

Time LinkBenchCase::ideal() const {
  const double bits = 8e9 * static_cast<double>(bytes) * flows;
  return Time(std::llround(bits / static_cast<double>(rate))) + link.latency;
}

TransferPlan::TransferPlan(const LinkBenchCase& bench)
    : repeats(static_cast<std::uint32_t>(bench.repeats)), bytes(bench.bytes) {
  constexpr std::uint64_t kTenthsOfASecond = 10, kAtLeast = 64 << 10;
  const std::uint64_t quick = bench.rate / 8 / kTenthsOfASecond / bench.flows;
  warm_up_bytes = std::clamp(quick, std::min(kAtLeast, bytes), bytes);
}

std::uint32_t TransferPlan::chunks_of(std::uint32_t transfer) const {
  return static_cast<std::uint32_t>((bytes_of(transfer) + kBenchChunk - 1) / kBenchChunk);
}

std::uint64_t TransferPlan::chunk_bytes(std::uint32_t transfer, std::uint32_t chunk) const {
  const std::uint64_t all = bytes_of(transfer), chunks = chunks_of(transfer);
  return all * (chunk + 1) / chunks - all * chunk / chunks;
}

}  // namespace splitbench
