#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "network/link/link.hpp"
#include "sim/bench/link/link_bench_wire.hpp"
#include "workloads/request.hpp"

namespace splitbench {

// The shaped link alone, between processes, against the clock: what `splitbench link bench`
// measures.

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

/// What came out. Errors are nanoseconds behind the ideal, of transfers that were timed.
struct LinkBenchRow {
  LinkBenchCase bench;
  double median_error = 0;
  double p99_error = 0;
  double min_error = 0;
  double achieved = 0;                ///< bit/s of the median transfer, all flows together
  std::optional<double> share_error;  ///< several flows: the worst deviation of one from its share
  int invalid_transfers = 0;
  bool valid = true;  ///< the host kept up in all but a few transfers
};

/// `stamps` are those of each transfer's flows, one transfer behind the other.
LinkBenchRow summarize_transfers(const LinkBenchCase&, std::span<const FlowStamps> stamps);

/// Runs a case in processes of its own; transfers that warm up are not in the stamps. Throws
/// std::runtime_error with what a process could not do.
std::vector<FlowStamps> time_transfers(const LinkBenchCase&, const WireOptions&);

/// How long a case will take, about.
Time expected_duration(const LinkBenchCase&);

std::string link_bench_table(const std::vector<LinkBenchRow>&);
std::string link_bench_json(const std::vector<LinkBenchRow>&, const WireOptions&);

/// `splitbench link bench`.
void link_bench(std::span<const std::string> arguments);

}  // namespace splitbench
