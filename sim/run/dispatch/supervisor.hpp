#pragma once
#include <algorithm>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "configs/scenario.hpp"
#include "network/event_loop.hpp"
#include "sim/run/dispatch/fleet.hpp"
#include "workloads/request.hpp"
#include "workloads/timeline.hpp"

namespace splitbench {

/// Returns how long to wait before another attempt: `first`, doubled with each of the `failed`
/// attempts before, but at most `longest`.
inline Time backoff(Time first, Time longest, std::uint32_t failed) {
  return std::min(longest, first * (std::int64_t{1} << std::min(failed, 16u)));
}

/// Tracks which workers and flows of a fleet are up, in either kind of time, and does what
/// `on_fault` says when one is not: under `fail-fast` it throws WorkerLost; under `retry` it
/// restarts workers, at most max_restarts times each, connects lost flows again, and notifies its
/// listener, which undoes the jobs concerned. It outlives runs, as the fleet does. Not thread-safe:
/// every call comes from the event loop's thread.
class Supervisor {
 public:
  /// The handle of an incident of the current run.
  struct Ticket {
    std::size_t incident;
  };

  /// The run that the fleet works for, as the supervisor notifies it.
  class Listener {
   public:
    virtual ~Listener() = default;
    virtual void worker_lost(const Member&, Ticket, const std::string& why) = 0;
    virtual void flow_lost(const FlowId&, Ticket, const std::string& why) = 0;
    virtual void flow_up() = 0;
    /// Called when no worker of one role is left to send requests to.
    virtual void give_up(const std::string& why) = 0;
  };

  /// The references must outlive this object.
  Supervisor(EventLoop&, const Scenario&, Fleet&);

  /// Begins the incidents of a new run, which `listener` follows; nullptr between runs. The
  /// listener must stay valid until the next call.
  void serve(Listener*);

  /// Connects every flow again, so that nothing of the past is in flight.
  void renew();

  // Reports of the fleet.
  /// Reports that the worker can be connected to, for the first time or again.
  void returned(const Member&);
  /// Reports that a worker that was up, or was to come up, is gone. Throws WorkerLost under
  /// fail-fast.
  void lost(const Member&, const std::string& why);
  /// Reports that a flow came up or was lost; only its present session counts. flow_lost throws
  /// WorkerLost under fail-fast.
  void flow_up(const FlowId&, std::uint64_t session);
  void flow_lost(const FlowId&, std::uint64_t session, const std::string& why);

  bool is_up(const FlowId& flow) const { return flows_[index(flow)].state == FlowState::up; }
  bool all_up() const;  ///< ignores workers that are gone for good
  bool is_alive(const Member& member) const { return worker(member).alive; }
  std::uint64_t session(const FlowId& flow) const { return flows_[index(flow)].session; }

  // Injected faults, reported at the moment of injection.
  Ticket injected(const std::string& fault, const Member&);
  Ticket injected(const std::string& fault, const FlowId&);
  /// Opens the incident of a fault that is over when it is injected, except for the requests that
  /// it undoes.
  Ticket injected_and_over(const std::string& fault, const std::string& target,
                           const std::string& seen);
  /// Reports something that is no loss: a job refused, a message that came twice. It belongs to a
  /// fault that was injected there, or is an incident of its own.
  Ticket noticed(const FlowId&, const std::string& seen);

  // Reports of the dispatcher on a request that an incident undid: the incident waits for it, the
  // request is sent again, and in the end it is completed, or given up.
  void undoes(Ticket);
  void sends_again(Ticket);
  void is_through(Ticket);
  void gives_up(Ticket);

  /// Returns the incidents of the current run, with times counted from `epoch`.
  std::vector<Incident> incidents(Time epoch) const;

 private:
  enum class FlowState { down, connecting, up };
  struct Flow {
    FlowState state = FlowState::down;
    std::uint64_t session = 0;
    std::uint32_t attempts = 0;  // connection attempts since it was up
  };
  struct Worker {
    bool alive = false;
    bool gone = false;  // permanently
    std::uint32_t restarts = 0;
  };
  struct Open {
    Incident incident;
    std::optional<Member> member;        // worker that it concerns
    std::optional<FlowId> flow;          // or the flow
    std::set<std::size_t> down;          // flows that are down because of it
    std::uint64_t pending = 0;           // requests that it undid and that are not completed
    std::optional<std::size_t> part_of;  // incident that it was merged into
  };

  std::size_t index(const FlowId& flow) const {
    return std::size_t{flow.sender} * decode_.size() + flow.receiver;
  }
  FlowId flow_at(std::size_t i) const {
    return {static_cast<std::uint32_t>(i / decode_.size()),
            static_cast<std::uint32_t>(i % decode_.size())};
  }
  const Worker& worker(const Member& m) const {
    return m.prefill ? prefill_[m.index] : decode_[m.index];
  }
  Worker& worker(const Member& m) { return m.prefill ? prefill_[m.index] : decode_[m.index]; }
  std::vector<FlowId> flows_of(const Member&) const;
  Open& at(Ticket);
  Ticket open(Incident, std::optional<Member>, std::optional<FlowId>);
  /// Returns the incident that explains what was seen there and marks it as detected; opens one if
  /// none does.
  Ticket explain(const Member&, const std::string& seen);
  Ticket explain(const FlowId&, const std::string& seen);
  Ticket see(std::size_t incident, const std::string& seen);
  /// Merges one incident into another: the remote ends of a worker's flows notice its end first,
  /// each by itself.
  void fold(std::size_t part, std::size_t whole);
  /// Adds the other end's reason to a loss that is known: both ends report it, and only one of them
  /// may know why.
  void hear_other_end(const FlowId&, const std::string& why);
  void take_down(const FlowId&, Ticket);
  void close_if_over(Open&);
  void connect(const FlowId&);
  void connect_later(const FlowId&);

  EventLoop& loop_;
  const Scenario& scenario_;
  Fleet& fleet_;
  Listener* listener_ = nullptr;
  std::vector<Worker> prefill_, decode_;
  std::vector<Flow> flows_;
  std::vector<Open> incidents_;
};

}  // namespace splitbench
