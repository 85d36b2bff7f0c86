#pragma once
#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "network/link/link_spec.hpp"

namespace splitbench {

/// What a flow passes, as indices into a list of capacities: its sender's NIC, its receiver's NIC
/// and the spine.
using Route = std::array<std::uint32_t, 3>;

/// Max-min fair rates, in bit/s, of flows over resources with capacities of their own: nobody's
/// rate can grow without one that is no larger shrinking. Rounded down to whole bit/s, so that a
/// full resource has less left over than it has flows, and at least 1.
std::vector<std::uint64_t> max_min_rates(std::span<const Route> flows,
                                         std::span<const std::uint64_t> capacities);

/// The jitter of one chunk, uniform in [0, bound]: the same for a seed, a flow and a chunk's
/// number, whoever asks and whenever. The mixing is that of SplitMix64.
inline std::int64_t jitter_of(std::uint64_t seed, std::uint32_t flow, std::uint64_t chunk,
                              std::int64_t bound) {
  if (bound == 0) return 0;
  constexpr std::uint64_t kStep = 0x9E3779B97F4A7C15;
  std::uint64_t mixed = seed;
  for (const std::uint64_t part : {std::uint64_t{flow}, chunk}) {
    mixed += kStep * (part + 1);
    mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
    mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
    mixed ^= mixed >> 31;
  }
  const auto choices = static_cast<std::uint64_t>(bound) + 1;
  return static_cast<std::int64_t>(static_cast<unsigned __int128>(mixed) * choices >> 64);
}

/// The memory of a Link, as a view: where everything lies in it, and how it changes.
///
/// What cannot be computed again stands in a snapshot, of which there are two. A change is written
/// into the spare one, beside the one that counts, and then published by a single store, so that a
/// process killed before that store changed nothing. What a published change does to the rest (its
/// flow's counters, its chunks) and every time foretold follow from the snapshot alone: whoever
/// comes after a killed process does them once more.
struct LinkTable {
  /// A byte takes kUnitsPerByte / r nanoseconds at r bit/s: what waits is counted in nanoseconds at
  /// one bit/s.
  using Units = unsigned __int128;
  static constexpr Units kUnitsPerByte = Units{8} * 1'000'000'000;
  static constexpr std::int64_t kNever = std::chrono::nanoseconds::max().count();
  /// 73 years: what is not served until then never is, and no sum of two such times overflows.
  static constexpr std::int64_t kEndOfTime = std::int64_t{1} << 61;

  struct Chunk {
    std::uint64_t bytes;
    std::uint64_t end_byte;  ///< counted from the first of its flow; of fifo, of the wire
    std::int64_t ready, start, end, arrival;
  };

  struct Flow {
    std::uint64_t run;  ///< another run's numbers are nobody's: all zero
    std::uint64_t offered;
    std::uint64_t chunks;
  };

  /// A flow with bytes that are ready and not served. Only `fair` keeps a list of them.
  struct Active {
    Units backlog;
    std::uint64_t delivered;  ///< chunks served to the end
    std::uint32_t flow;
  };

  /// What a snapshot changes beside itself.
  struct Change {
    enum class Kind { none, offer, abandon } kind = Kind::none;
    std::uint32_t flow = 0;
    Flow counters{};               ///< the flow's, after the change
    Chunk chunk{};                 ///< of an offer, the last of them
    std::uint64_t first_lost = 0;  ///< of what was abandoned, the first chunk
  };

  struct Snapshot {
    Units backlog;          ///< fifo: of the wire
    std::uint64_t offered;  ///< fifo: bytes
    std::int64_t origin, now;
    std::uint64_t run;
    std::uint64_t actives;
    Change change;
  };

  /// The spec, with efficiency multiplied in. Never changes.
  struct Wire {
    struct Period {
      std::int64_t from;
      std::uint64_t bandwidth;
    };
    std::uint32_t senders, receivers;
    Discipline discipline;
    std::int64_t latency, jitter;
    std::uint64_t seed, spine;
    std::uint64_t periods;
    Period period[kMaxRateChanges + 1];
  };

  static std::size_t bytes_needed(std::uint32_t senders, std::uint32_t receivers);
  static LinkTable initialize(std::byte* memory, const LinkSpec&, std::uint32_t senders,
                              std::uint32_t receivers, std::int64_t origin);
  explicit LinkTable(std::byte* memory);

  std::uint32_t index(FlowId) const;
  Flow flow(std::uint32_t index) const;
  Chunk& chunk(std::uint32_t flow, std::uint64_t number) const {
    return rings[std::size_t{flow} * kLinkWindow + number % kLinkWindow];
  }

  const Snapshot& state() const { return *snapshots[*current]; }
  std::span<const Active> active() const { return {actives[*current], state().actives}; }
  /// The spare snapshot as a copy of the other one, at a time that is not earlier. Without actives.
  Snapshot& draft(std::int64_t now);
  void add_active(Snapshot&, const Active&);
  /// The change that offers a flow one chunk more, whose times are not known yet.
  Change offer(std::uint32_t flow, std::uint64_t bytes, std::int64_t now) const;
  /// The draft counts from here on, and so does what it changes.
  void publish();
  void apply_change();

  /// The rate of every NIC at a time, and until when it stays.
  struct Rate {
    std::uint64_t bandwidth;
    std::int64_t until;
  };
  Rate rate_at(std::int64_t time) const;
  /// Of everything that a route may name, while NICs have that bandwidth.
  std::vector<std::uint64_t> capacities(std::uint64_t bandwidth) const;
  Route route(std::uint32_t flow) const;

  /// A chunk will be served from `free_at`, or when it is ready, to `end`.
  void foretell(std::uint32_t flow, std::uint64_t number, std::int64_t free_at, std::int64_t end);

  Wire* wire;
  std::uint64_t* current;  ///< which of the snapshots counts
  Snapshot* snapshots[2];
  Active* actives[2];
  std::span<std::uint64_t> limits;  ///< of senders' NICs, then of receivers'
  std::span<std::uint64_t> epochs;  ///< of receivers
  std::span<Flow> flows;
  Chunk* rings;
};

inline std::int64_t nanoseconds_to_serve(LinkTable::Units units, std::uint64_t rate) {
  const LinkTable::Units time = (units + rate - 1) / rate;
  return static_cast<std::int64_t>(std::min(time, LinkTable::Units{LinkTable::kEndOfTime}));
}

}  // namespace splitbench
