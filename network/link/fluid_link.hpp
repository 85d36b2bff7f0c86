#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <utility>
#include <vector>

#include "network/fifo.hpp"
#include "network/link/link.hpp"
#include "network/link/link_table.hpp"

namespace splitbench {

/// The wire of a Link, for a single process that goes along with it from event to event: the same
/// times to the nanosecond, but no memory that others share, and no prediction of what is still to
/// come. A chunk costs no more where the flows beside it do not change, however many there are:
/// rates are computed again only where a flow starts or ends, for the flows that share a NIC with
/// it or with one that does (in the order of offers and with a spine, for all). Not thread-safe.
class FluidLink {
 public:
  using Time = std::chrono::nanoseconds;

  /// A chunk that has left its sender.
  struct Ended {
    FlowId flow;
    Delivery delivery;
  };

  /// The run begins at time zero.
  FluidLink(const LinkSpec&, std::uint32_t senders, std::uint32_t receivers);

  /// Offers `bytes` (at least one) of a flow, which are ready at `now`. The calls' `now` never
  /// decreases.
  void offer(Time now, FlowId id, std::uint64_t bytes) {
    advance(now);
    offer_ahead(now, {now, offered_++}, id, bytes);
  }
  /// Decides between chunks of two flows that are ready at one moment: the lesser one goes first.
  using Turn = std::pair<Time, std::uint64_t>;
  /// Offers `bytes` (at least one) of a flow that will be ready at `ready`, which is not past: not
  /// before the last advance(), nor before what the flow was offered already.
  void offer_ahead(Time ready, Turn, FlowId, std::uint64_t bytes);
  /// Abandons the chunks of the flow that have not ended by `now`.
  void abandon(Time now, FlowId);
  /// Goes on to `now`.
  void advance(Time now) { serve_until(now.count()); }

  /// Returns when the next chunk ends if nothing else is offered or abandoned until then, or
  /// earlier if the rates of the wire change before that or a flow begins; Time::max() if nothing
  /// is on its way.
  Time next_event() {
    while (!ends_.empty() && flows_[ends_.front().flow].end != ends_.front().at) drop_first(ends_);
    const std::int64_t start = starts_.empty() ? kNever : starts_.front().at;
    if (active_.empty()) return Time(start);
    return Time(std::min({start, ends_.empty() ? kNever : ends_.front().at, nic_rate_.until}));
  }
  /// Returns the chunks that ended since they were forgotten last, those of a flow in the order of
  /// their offers.
  std::span<const Ended> ended() const { return ended_; }
  void forget_ended() { ended_.clear(); }

 private:
  using Units = LinkTable::Units;
  static constexpr std::int64_t kNever = LinkTable::kNever;
  static constexpr std::uint32_t kNowhere = ~std::uint32_t{0};

  struct Chunk {
    std::uint64_t bytes;
    std::int64_t ready;
    Turn turn;
  };
  struct Flow {
    Fifo<Chunk> chunks;  // not ended; a flow is active from when the first of them is ready
    std::uint32_t place = kNowhere;  // in active_
    std::uint64_t gone = 0;          // number of chunks that ended or were abandoned
    std::int64_t arrival = 0;        // of the last chunk that ended
    std::int64_t begun = 0;          // the first chunk began to be served then; kNever: it waits
    std::int64_t since = 0;          // the moment from which the rate holds
    std::uint64_t rate = 0;
    Units left = 0;             // of the first chunk, at that moment
    std::int64_t end = kNever;  // of the first chunk, at this rate
    std::uint64_t visit = 0;    // the last search that found it
  };
  /// The moment at which a flow's first chunk ends.
  struct End {
    std::int64_t at;
    std::uint32_t flow;
    bool operator>(const End& other) const { return at > other.at; }
  };
  /// The moment at which a flow begins.
  struct Start {
    std::int64_t at;
    Turn turn;
    std::uint32_t flow;
    bool operator>(const Start& other) const {
      return at != other.at ? at > other.at : turn > other.turn;
    }
  };
  template <class Moment>
  static void add(std::vector<Moment>& heap, const Moment& moment) {
    heap.push_back(moment);
    std::ranges::push_heap(heap, std::greater());
  }
  template <class Moment>
  static void drop_first(std::vector<Moment>& heap) {
    std::ranges::pop_heap(heap, std::greater());
    heap.pop_back();
  }

  void serve_until(std::int64_t now) {
    if (next_event().count() <= now) serve_events(now);
    go_on_to(now);
  }
  void go_on_to(std::int64_t now) {
    now_ = now;
    if (now >= nic_rate_.until && active_.empty()) nic_rate_ = wire_.rate_at(now);
  }
  /// Serves what ends and begins by `now`.
  void serve_events(std::int64_t now);
  /// Ends the chunks that end now, and lets the rates of the wire change that do.
  void serve_ends();
  void end_first_chunk(std::uint32_t flow);
  /// Lets a flow begin that has a chunk, once that is ready: in serve_events().
  void begin_when_ready(std::uint32_t flow);
  void begin_flow(std::uint32_t flow);
  void end_flow(std::uint32_t flow);
  /// Computes the end of a flow's first chunk at its rate.
  void set_end(std::uint32_t flow);
  /// Returns whether one of so many flows may bear on every other: in the order of offers, and
  /// where the spine may be what limits them.
  bool bears_on_all(std::size_t flows) const;
  /// Computes the rates from now_ on of the flows that share a NIC with this one, which has just
  /// started or ended, or with one that does; or of all flows.
  void share_again(std::uint32_t flow, bool for_all);
  void find_sharers(std::uint32_t flow);
  void set_rates();
  void set_rate(std::uint32_t flow, std::uint64_t rate);
  std::span<const std::uint64_t> rates_in_order();
  std::array<std::uint32_t, 2> nics(std::uint32_t flow) const {
    return {flow / wire_.receivers, wire_.senders + flow % wire_.receivers};
  }

  const LinkTable::Wire wire_;
  const std::vector<std::uint64_t> limits_;  // of NICs: senders' first
  std::vector<Flow> flows_;
  std::vector<std::vector<std::uint32_t>> at_nic_;  // active flows of each NIC
  std::vector<std::uint32_t> active_;
  // Heaps, the first moment at the front.
  std::vector<End> ends_;      // one that is not its flow's end any more does not count
  std::vector<Start> starts_;  // of flows that have chunks and are not active
  std::vector<Ended> ended_;
  std::int64_t now_ = 0;
  LinkTable::Rate nic_rate_;
  std::uint64_t offered_ = 0;

  // What a computation of rates works on: the flows, and the resources that they pass.
  std::uint64_t visit_ = 0;
  std::vector<std::uint32_t> over_, sharers_, place_of_nic_;
  std::vector<std::uint64_t> visit_of_nic_, capacities_, rates_;
  std::vector<Route> routes_;
  MaxMinRates max_min_;
};

}  // namespace splitbench
