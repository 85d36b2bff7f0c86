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

/// The users of a run: they say when each request comes.
///
///   open loop     at its arrival
///   closed loop   as soon as one of `concurrency` clients is free
///   a later turn  `delay` after the last of the requests that it comes `after` was answered
///
/// In a closed loop a client is free when all turns of its session have been answered.
class Clients {
 public:
  /// `arrive` is told the request and its intended arrival, from the run's start. References must
  /// outlive the clients.
  Clients(EventLoop&, const WorkloadSpec&, std::span<const Request> trace,
          std::function<void(std::uint64_t request, Time arrival)> arrive);

  void begin();

  /// The request's client has what it can get, an answer or a refusal, and goes on. Once a request.
  void answered(std::uint64_t request);

  std::size_t arrived() const { return arrived_; }
  bool all_arrived() const { return arrived_ == trace_.size(); }
  /// Nothing comes any more unless something is answered.
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
  std::size_t scheduled_ = 0;  // arrivals that the loop has in store
  std::size_t next_ = 0;       // closed loop: where to look for the next first turn
  std::unordered_map<std::uint64_t, std::vector<std::uint64_t>>
      later_;                                                 // turns, by what they wait for
  std::unordered_map<std::uint64_t, std::size_t> waits_for_;  // answers that a turn still waits for
  std::vector<std::uint64_t> first_turn_;                     // of each request's session
  std::vector<std::uint32_t> open_;                           // by first turn: turns without answer
};

}  // namespace splitbench
