#pragma once
#include <cstdint>

#include "network/link/link_spec.hpp"
#include "workloads/request.hpp"

namespace splitbench {

/// The bandwidth of a link that delays nothing: any moment that it names is past.
inline constexpr std::uint64_t kUnshaped = kUnlimited;

/// The bytes that a chunk takes on the wire, its header included, and that a staging slot holds.
inline constexpr std::uint64_t kBenchChunk = 1 << 20;
inline constexpr std::uint32_t kBenchSlots = 16;  ///< slots per sender, at both ends

/// Transfers of one kind: each from `flows` senders at once to one receiver.
struct LinkBenchCase {
  LinkSpec link;
  std::uint64_t rate = 0;   ///< bit/s that transfers are compared with: the link's or the kernel's
  std::uint64_t bytes = 0;  ///< bytes of each flow, message headers included
  std::uint32_t flows = 1;
  int repeats = 100;
  Time spin{0};  ///< how long before a moment the thread that waits for it begins to spin

  /// Returns whether the link decides when a chunk has arrived.
  bool shaped() const { return link.bandwidth < kUnshaped; }
  /// Returns whether the kernel's pacing decides when a chunk has arrived.
  bool paced() const { return !shaped() && rate < kUnshaped; }
  /// Returns the ideal time of a transfer, all flows together, from the first offer to the last
  /// chunk handed on.
  Time ideal() const;
};

/// The times of one flow in one transfer, as the processes saw them.
struct FlowStamps {
  Time offered{0};                ///< first chunk offered to the transport
  Time handed_on{0};              ///< last chunk handed on by the transport
  std::uint32_t late_chunks = 0;  ///< chunks that landed after the moment that the link named
  Time sender_cpu{0};             ///< CPU time since the previous transfer
  Time receiver_cpu{0};
};

/// The division of a case's transfers into chunks; the transfers that warm up come first.
struct TransferPlan {
  explicit TransferPlan(const LinkBenchCase&);

  static constexpr std::uint32_t kWarmUps = 3;

  std::uint32_t transfers() const { return kWarmUps + repeats; }
  std::uint64_t bytes_of(std::uint32_t transfer) const {
    return transfer < kWarmUps ? warm_up_bytes : bytes;
  }
  std::uint32_t chunks_of(std::uint32_t transfer) const;
  /// Returns the bytes of a chunk on the wire, header included.
  std::uint64_t chunk_bytes(std::uint32_t transfer, std::uint32_t chunk) const;

  std::uint32_t repeats;
  std::uint64_t bytes;
  std::uint64_t warm_up_bytes;  ///< few enough not to take long
};

}  // namespace splitbench
