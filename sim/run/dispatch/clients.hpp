#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <unordered_map>
#include <vector>

#include "network/event_loop.hpp"
#include "workloads/generators/workload.hpp"
#include "workloads/request.hpp"

namespace splitbench {

/// The users of a run, who decide when each request arrives:
///
///   open loop     at its arrival in the trace
///   closed loop   as soon as one of `concurrency` clients is free
///   a later turn  `delay` after the last of the requests in its `after` was answered
///
/// A closed loop's client is free when all turns of its session have been answered. Not
/// thread-safe: everything happens on the event loop's thread.
class Clients {
 public:
  /// `arrive` is called with a request's id, which is its index in the trace, and its intended
  /// arrival, counted from begin(). The references and the trace must outlive this object.
  Clients(EventLoop&, const WorkloadSpec&, std::span<const Request> trace,
          std::function<void(std::uint64_t request, Time arrival)> arrive);

  /// Starts the run's time and the first arrivals.
  void begin();

  /// Reports that the request was answered or refused, so that its client goes on. To be called
  /// once per request.
  void answered(std::uint64_t request);

  std::size_t arrived() const { return arrived_; }
  bool all_arrived() const { return arrived_ == trace_.size(); }
  /// Returns whether no arrival is scheduled: nothing arrives before another request is answered.
  bool wait_for_answers() const { return scheduled_ == 0; }

 private:
  void come_at(std::uint64_t request, Time arrival);
  void come(std::uint64_t request, Time arrival);
  void let_next_in();
  Time now() const { return loop_.now() - epoch_; }

  EventLoop& loop_;
  const WorkloadSpec& spec_;
  std::span<const Request> trace_;
  std::function<void(std::uint64_t, Time)> arrive_;

  Time epoch_{0};
  std::size_t arrived_ = 0;
  std::size_t scheduled_ = 0;  // arrivals scheduled on the loop
  std::size_t next_ = 0;       // closed loop: index from which to look for the next first turn
  std::unordered_map<std::uint64_t, std::vector<std::uint64_t>>
      later_;  // turns, keyed by a request that they wait for
  std::unordered_map<std::uint64_t, std::size_t> waits_for_;  // answers that a turn waits for
  std::vector<std::uint64_t> first_turn_;  // first turn of each request's session
  std::vector<std::uint32_t> open_;        // unanswered turns, indexed by first turn
};

}  // namespace splitbench
