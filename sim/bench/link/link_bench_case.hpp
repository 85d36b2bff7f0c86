#pragma once
#include <cstdint>

#include "network/link/link_spec.hpp"
#include "workloads/request.hpp"

namespace splitbench {

/// A bandwidth so large that the link names no moment that is not past.
inline constexpr std::uint64_t kUnshaped = kUnlimited;

/// What a chunk takes of the wire, its header included, and what a staging slot holds.
inline constexpr std::uint64_t kBenchChunk = 1 << 20;
inline constexpr std::uint32_t kBenchSlots = 16;  ///< of each sender, and at the receiver for it

/// Transfers of one kind: from each of `flows` senders at once into one receiver.
struct LinkBenchCase {
  LinkSpec link;
  std::uint64_t rate = 0;   ///< bit/s that transfers are held against: the link's or the kernel's
  std::uint64_t bytes = 0;  ///< of each flow, message headers included
  std::uint32_t flows = 1;
  int repeats = 100;
  Time spin{0};  ///< how long before a moment its waiter begins to spin

  /// The link decides when a chunk has arrived.
  bool shaped() const { return link.bandwidth < kUnshaped; }
  /// The kernel does.
  bool paced() const { return !shaped() && rate < kUnshaped; }
  /// Of all flows together, from the first offer to the last chunk handed on.
  Time ideal() const;
};

/// One flow's part of one transfer, as the processes saw it.
struct FlowStamps {
  Time offered{0};                ///< its first chunk, to the transport
  Time handed_on{0};              ///< its last chunk, by the transport
  std::uint32_t late_chunks = 0;  ///< landed behind the moment that the link named
  Time sender_cpu{0};             ///< since the transfer before
  Time receiver_cpu{0};
};

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

}  // namespace splitbench
