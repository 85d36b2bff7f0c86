#pragma once
#include <chrono>
#include <cstdint>
#include <fmt/format.h>
#include <stdexcept>
#include <string>

#include "network/link/link.hpp"
#include "workers/plan/job.hpp"
#include "workloads/request.hpp"

namespace splitbench {

/// A worker of a run, by its role and its index among the workers of that role.
struct Member {
  bool prefill = false;
  std::uint32_t index = 0;

  auto operator<=>(const Member&) const = default;
};

/// Returns the name that messages use, such as "prefill worker 0".
inline std::string name_of(const Member& member) {
  return (member.prefill ? "prefill worker " : "decode worker ") + std::to_string(member.index);
}
/// Returns the prefill worker at one end of a flow, and decode_end the decode worker at the other.
inline Member prefill_end(const FlowId& flow) {
  return {.prefill = true, .index = flow.sender};
}
inline Member decode_end(const FlowId& flow) {
  return {.prefill = false, .index = flow.receiver};
}
inline std::string name_of(const FlowId& flow) {
  return name_of(prefill_end(flow)) + " -> " + name_of(decode_end(flow));
}

/// Returns whether the worker is at either end of the flow.
inline bool is_end(const Member& member, const FlowId& flow) {
  return member == prefill_end(flow) || member == decode_end(flow);
}

/// Returns the text on a worker that was silent for longer than `patience`.
inline std::string was_not_heard_of(Time patience) {
  return fmt::format("was not heard of for {} s", std::chrono::duration<double>(patience).count());
}

/// The error of a worker that is gone or unreachable while the run is to end with it; what() names
/// the worker and the reason.
class WorkerLost : public std::runtime_error {
 public:
  WorkerLost(Member lost, const std::string& what) : std::runtime_error(what), member(lost) {}

  Member member;
};

/// The workers of a run as its policies see them, in either kind of time. Calls return at once and
/// come from the event loop's thread. The fate of workers is reported to a Supervisor, and that of
/// jobs to the observers.
class Fleet {
 public:
  virtual ~Fleet() = default;

  /// Starts the job at its prefill worker.
  virtual void start(const Job&) = 0;
  /// Asks the worker to forget the job; it answers with Dropped unless it is lost before.
  virtual void drop(Member, std::uint64_t job) = 0;
  /// Ends what is left of a worker.
  virtual void end(Member) = 0;
  /// Starts an ended worker again; its flows come up one after another.
  virtual void restart(Member) = 0;
  /// Connects a flow that is down. Later reports on the flow carry `session`.
  virtual void connect(const FlowId&, std::uint64_t session) = 0;
};

}  // namespace splitbench
