#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "workloads/generators/arrivals.hpp"
#include "workloads/generators/request_stream.hpp"
#include "workloads/generators/workload.hpp"
#include "workloads/request.hpp"

namespace splitbench {

struct Join;

/// A session that is under way, or one of its sub-agents: the state from which its next request is
/// made.
struct Session {
  std::size_t traffic = 0;    ///< index of its traffic class
  std::string name{};         ///< empty: a session of one turn
  Time due{0};                ///< earliest arrival of the next request, if serving took no time
  std::uint64_t turns = 1;    ///< turns still to come
  std::uint64_t prompt = 0;   ///< length of the next prompt
  std::uint64_t context = 0;  ///< tokens that questions are about, in a session without history
  std::uint64_t window = 0;   ///< prompts longer than this are compacted; 0: no limit
  std::uint64_t shared = 0;   ///< tokens at the head of each of its prompts
  std::size_t group = 0;      ///< group, from 1, of a session that has not asked yet; 0: none
  std::uint64_t prefix_of = kNoRequest, prefix_tokens = 0, answer_tokens = 0;
  std::vector<std::uint64_t> after{};
  Time delay{0};
  std::shared_ptr<Join> join{};  ///< set for a sub-agent only
};

/// A session that waits for its sub-agents.
struct Join {
  Session session;
  std::uint64_t running = 0;
};

/// Begins the sessions of one class and makes their requests. The state of a group of sessions
/// lives here: the length of its shared prompt, and the request that had it last. Not thread-safe.
class Sessions {
 public:
  Sessions(const TrafficClass&, std::size_t number, std::uint64_t seed);

  Session begin();
  /// Returns the session's next request; the session moves on to the one after it. Ids ascend over
  /// all classes of a workload.
  Request ask(Session&, std::uint64_t id);
  /// Returns the sub-agents that the session starts now, none most of the time; at most `most`, as
  /// many as there are requests left for them.
  std::vector<Session> fan_out(const Session&, std::uint64_t most);

 private:
  struct Group {
    std::uint64_t shared = 0;
    std::uint64_t last = kNoRequest;
  };

  void join_group(Session&);
  void grow(Session&, const Request&);

  SessionSpec spec_;
  std::size_t number_;
  Sampler context_, output_, turns_, added_, think_time_, shared_, resumed_context_, window_,
      compacted_, branches_, branch_turns_, branch_context_;
  Random group_, resumed_, compactions_, resets_, fan_out_;
  std::vector<Group> groups_;
};

/// The requests of sessions that begin as the arrivals determine, or one after the other for each
/// client of a closed loop, and that run side by side. It holds those that are under way.
class SessionStream final : public RequestStream {
 public:
  SessionStream(const WorkloadSpec&, std::uint64_t seed);

  bool next(Request&) override;

 private:
  struct Waiting {
    std::uint64_t order;  // order among those due at the same time
    Session session;
  };
  static bool later(const Waiting&, const Waiting&);

  Session begin();
  void wait(Session);
  Session take();
  void go_on(Session, std::uint64_t id);
  void end(const Session&, std::uint64_t id);

  std::uint64_t left_;  // requests still to come
  bool bound_;          // sessions are bound to clients
  std::vector<Sessions> traffic_;
  std::vector<std::string> names_;
  std::vector<double> share_below_;  // share of each class and those before it
  Random choice_;
  ArrivalProcess arrivals_;
  Sampler think_time_;
  Time next_begin_{0};
  std::uint64_t begun_ = 0, waited_ = 0, asked_ = 0;
  std::vector<Waiting> waiting_;  // a heap
};

}  // namespace splitbench
