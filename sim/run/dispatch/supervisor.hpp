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

/// How long to wait before another attempt: twice as long after each that failed, up to a bound.
inline Time backoff(Time first, Time longest, std::uint32_t failed) {
  return std::min(longest, first * (std::int64_t{1} << std::min(failed, 16u)));
}

/// Knows which workers and flows of a fleet are up, in either kind of time, and does what
/// `on_fault` says when one is not: under `fail-fast` it throws WorkerLost; under `retry` it starts
/// workers anew, at most max_restarts times each, connects lost flows again, and tells its
/// listener which jobs are undone. It outlives runs, as the fleet does.
class Supervisor {
 public:
  /// Names an incident of the current run.
  struct Ticket {
    std::size_t incident;
  };

  /// The run that the fleet works for.
  class Listener {
   public:
    virtual ~Listener() = default;
    virtual void worker_lost(const Member&, Ticket, const std::string& why) = 0;
    virtual void flow_lost(const FlowId&, Ticket, const std::string& why) = 0;
    virtual void flow_up() = 0;
    /// There is nobody left to send requests to.
    virtual void give_up(const std::string& why) = 0;
  };

  Supervisor(EventLoop&, const Scenario&, Fleet&);

  /// From now on incidents are this run's; nullptr between runs.
  void serve(Listener*);

  /// Connects every flow anew, so that nothing of the past is on its way.
  void renew();

  // What a fleet tells.
  /// The worker can be connected to, for the first time or again.
  void returned(const Member&);
  /// A worker that is up, or was to come up, is not there any more.
  void lost(const Member&, const std::string& why);
  /// Of flows, only what concerns their present session counts.
  void flow_up(const FlowId&, std::uint64_t session);
  void flow_lost(const FlowId&, std::uint64_t session, const std::string& why);

  bool is_up(const FlowId& flow) const { return flows_[index(flow)].state == FlowState::up; }
  bool all_up() const;  ///< but for workers that are gone for good
  bool is_alive(const Member& member) const { return worker(member).alive; }
  std::uint64_t session(const FlowId& flow) const { return flows_[index(flow)].session; }

  // What injected faults are, as they strike.
  Ticket struck(const std::string& fault, const Member&);
  Ticket struck(const std::string& fault, const FlowId&);
  /// One that is over as it strikes, but for the requests that it undoes.
  Ticket struck_and_over(const std::string& fault, const std::string& target,
                         const std::string& seen);
  /// Something was noticed that is no loss: a job refused, a message that came twice. It belongs to
  /// a fault that struck there, or is an incident of its own.
  Ticket noticed(const FlowId&, const std::string& seen);

  // What the dispatcher tells of a request that an incident undid: that it has to wait for it, that
  // it is sent again, and at last that it is through, or given up.
  void undoes(Ticket);
  void sends_again(Ticket);
  void is_through(Ticket);
  void gives_up(Ticket);

  /// Of the current run; moments count from `epoch`.
  std::vector<Incident> incidents(Time epoch) const;

 private:
  enum class FlowState { down, connecting, up };
  struct Flow {
    FlowState state = FlowState::down;
    std::uint64_t session = 0;
    std::uint32_t attempts = 0;  // to connect, since it was up
  };
  struct Worker {
    bool alive = false;
    bool gone = false;  // for good
    std::uint32_t restarts = 0;
  };
  struct Open {
    Incident incident;
    std::optional<Member> member;        // whom it concerns
    std::optional<FlowId> flow;          // or which flow
    std::set<std::size_t> down;          // flows that are down because of it
    std::uint64_t pending = 0;           // requests that it undid and that are not through
    std::optional<std::size_t> part_of;  // another incident, as it turned out
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
  /// The incident that explains what was seen there, now noticed; a new one where none does.
  Ticket explain(const Member&, const std::string& seen);
  Ticket explain(const FlowId&, const std::string& seen);
  Ticket see(std::size_t incident, const std::string& seen);
  /// Its peers noticed a worker's end first, each for itself.
  void fold(std::size_t part, std::size_t whole);
  /// Both ends of a flow tell of its loss; only one of them may know why.
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
