#pragma once
#include <cstdint>

#include "sim/bench/link/link_bench_board.hpp"

namespace splitbench {

/// How the bytes of the transfers of a case are divided; those that warm up come first.
struct TransferPlan {
  explicit TransferPlan(const LinkBenchCase&);

  static constexpr std::uint32_t kWarmUps = 3;

  std::uint32_t transfers() const { return kWarmUps + repeats; }
  std::uint64_t bytes_of(std::uint32_t transfer) const {
    return transfer < kWarmUps ? warm_up_bytes : bytes;
  }
  std::uint32_t chunks_of(std::uint32_t transfer) const;
  /// On the wire, header included.
  std::uint64_t chunk_bytes(std::uint32_t transfer, std::uint32_t chunk) const;

  std::uint32_t repeats;
  std::uint64_t bytes;
  std::uint64_t warm_up_bytes;  ///< few enough not to take long
};

// The work of the processes of a bench: the product's transport, with slots that are filled once
// and for all in the place of an engine. Both return when all transfers are done.
void send_transfers(const LinkBenchCase&, const Wire&, SharedLink&, BenchBoard&,
                    std::uint32_t sender);
void receive_transfers(const LinkBenchCase&, const Wire&, SharedLink&, BenchBoard&);

}  // namespace splitbench
