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

/// The resources that a flow passes, as indices into a list of capacities: its sender's NIC, its
/// receiver's NIC and the spine.
using Route = std::array<std::uint32_t, 3>;

/// Computes max-min fair rates. Keeps its memory from one call to the next. Not thread-safe.
class MaxMinRates {
 public:
  /// Returns the rates, in bit/s, of flows over resources with capacities of their own: no rate can
  /// grow unless another that is no larger shrinks. Rates are at least 1, and otherwise rounded
  /// down to whole bit/s, so that a full resource has less left over than it has flows. The rates
  /// are valid until the next call.
  std::span<const std::uint64_t> of(std::span<const Route> flows,
                                    std::span<const std::uint64_t> capacities);

 private:
  struct Resource {
    std::uint64_t free;        // bit/s not assigned yet
    std::uint64_t demand = 0;  // number of flows through it without a rate yet
    bool tightest = false;

    std::uint64_t share() const { return free / demand; }
  };

  std::vector<Resource> resources_;
  std::vector<std::uint32_t> waiting_;
  std::vector<std::uint64_t> rates_;
};

/// Returns the same by a MaxMinRates of its own.
std::vector<std::uint64_t> max_min_rates(std::span<const Route> flows,
                                         std::span<const std::uint64_t> capacities);

/// Returns the jitter of one chunk, uniform in [0, bound]. It depends on nothing but the seed, the
/// flow and the chunk's number. The mixing is that of SplitMix64.
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

/// A view of the memory of a Link: its layout, and how it changes. Times are in nanoseconds,
/// bandwidths in bit/s. Not thread-safe.
///
/// The state that cannot be computed again stands in a snapshot, of which there are two. A change
/// is written into the spare one and then published by a single store, so that a process killed
/// before that store changed nothing. The effect of a published change on the rest (its flow's
/// counters, its chunks) and every predicted time follow from the snapshot alone: the next process
/// after a killed one computes them once more.
struct LinkTable {
  /// The unit of a backlog: nanoseconds at one bit/s. A byte takes kUnitsPerByte / r nanoseconds at
  /// r bit/s.
  using Units = unsigned __int128;
  static constexpr Units kUnitsPerByte = Units{8} * 1'000'000'000;
  static constexpr std::int64_t kNever = std::chrono::nanoseconds::max().count();
  /// The end of all predictions, 73 years: what is not served until then never is, and no sum of
  /// two such times overflows.
  static constexpr std::int64_t kEndOfTime = std::int64_t{1} << 61;

  struct Chunk {
    std::uint64_t bytes;
    std::uint64_t end_byte;  ///< end, counted in bytes of the flow
    std::uint64_t order;     ///< position among the chunks of all flows
    std::int64_t ready, start, end, arrival;
  };

  struct Flow {
    std::uint64_t run;  ///< the counters of another run than the current one count as zero
    std::uint64_t offered;
    std::uint64_t chunks;
  };

  /// A flow with bytes that are ready and not served.
  struct Active {
    Units backlog;
    std::uint64_t delivered;  ///< number of chunks served to the end
    std::uint32_t flow;
  };

  /// The change that a snapshot makes to the memory beside itself.
  struct Change {
    enum class Kind { none, offer, abandon } kind = Kind::none;
    std::uint32_t flow = 0;
    Flow counters{};               ///< counters of the flow, after the change
    Chunk chunk{};                 ///< offer: the last chunk of the flow
    std::uint64_t first_lost = 0;  ///< abandon: number of the first chunk that is lost
  };

  struct Snapshot {
    std::uint64_t offered;  ///< number of chunks offered in this run, of all flows
    std::int64_t origin, now;
    std::uint64_t run;
    std::uint64_t actives;
    Change change;
  };

  /// The rate of every NIC at a time, and the moment until which it stays.
  struct Rate {
    std::uint64_t bandwidth;
    std::int64_t until;
  };

  /// The spec, with efficiency multiplied in. It never changes.
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

    /// Returns the rate of every NIC at a time that counts from the start of the run.
    Rate rate_at(std::int64_t time) const;
  };

  static std::size_t bytes_needed(std::uint32_t senders, std::uint32_t receivers);
  static LinkTable initialize(std::byte* memory, const LinkSpec&, std::uint32_t senders,
                              std::uint32_t receivers, std::int64_t origin);
  explicit LinkTable(std::byte* memory);

  /// Returns the index of a flow in `flows`.
  std::uint32_t index(FlowId) const;
  /// Returns the counters of a flow in the current run.
  Flow flow(std::uint32_t index) const;
  /// Returns one of the last kLinkWindow chunks of a flow.
  Chunk& chunk(std::uint32_t flow, std::uint64_t number) const {
    return rings[std::size_t{flow} * kLinkWindow + number % kLinkWindow];
  }

  const Snapshot& state() const { return *snapshots[*current]; }
  std::span<const Active> active() const { return {actives[*current], state().actives}; }
  /// Returns the spare snapshot, made a copy of the current one without actives and change. Its
  /// time is `now`, or the current one's if that is later.
  Snapshot& draft(std::int64_t now);
  void add_active(Snapshot&, const Active&);
  /// Returns the change that offers a flow one chunk more, whose times are not known yet.
  Change offer(std::uint32_t flow, std::uint64_t bytes, std::int64_t now) const;
  /// Makes the draft the current snapshot, and applies its change.
  void publish();
  /// Applies the change of the current snapshot, which may be repeated; the times are to be
  /// predicted afterwards.
  void apply_change();

  Rate rate_at(std::int64_t time) const;
  /// Returns the capacities of everything that a route may name, while NICs have that bandwidth.
  std::vector<std::uint64_t> capacities(std::uint64_t bandwidth) const;
  Route route(std::uint32_t flow) const;

  /// Writes the times of a chunk that is served from `free_at` or, if it is ready later, from then,
  /// to `end`; it arrives no earlier than the chunk before it. The receiver's epoch grows if it
  /// arrives earlier than predicted before.
  void predict(std::uint32_t flow, std::uint64_t number, std::int64_t free_at, std::int64_t end);

  Wire* wire;
  std::uint64_t* current;  ///< index of the current snapshot
  Snapshot* snapshots[2];
  Active* actives[2];
  std::span<std::uint64_t> limits;  ///< limits of senders' NICs, then of receivers'
  std::span<std::uint64_t> epochs;  ///< one for each receiver
  std::span<Flow> flows;
  Chunk* rings;
};

/// Returns the wire of a spec between that many workers.
LinkTable::Wire make_wire(const LinkSpec&, std::uint32_t senders, std::uint32_t receivers);
/// Returns the spec's own limit of each sender's NIC, then of each receiver's, in bit/s, with
/// efficiency multiplied in; the largest number where there is none.
std::vector<std::uint64_t> nic_limits(const LinkSpec&, std::uint32_t senders,
                                      std::uint32_t receivers);

/// Returns the time, rounded up, that a backlog takes at a rate in bit/s; at most kEndOfTime.
inline std::int64_t nanoseconds_to_serve(LinkTable::Units units, std::uint64_t rate) {
  if (const auto few = static_cast<std::uint64_t>(units); few == units && few < 1ull << 62)
    return static_cast<std::int64_t>(  // the same without the division of 128 bits
        std::min<std::uint64_t>((few + (rate - 1)) / rate, LinkTable::kEndOfTime));
  const LinkTable::Units time = (units + rate - 1) / rate;
  return static_cast<std::int64_t>(std::min(time, LinkTable::Units{LinkTable::kEndOfTime}));
}

}  // namespace splitbench
