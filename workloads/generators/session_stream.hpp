#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "workloads/generators/arrivals.hpp"
#include "workloads/generators/request_stream.hpp"
#include "workloads/generators/sessions.hpp"

namespace splitbench {

/// Sessions that begin as the arrivals say, or one after the other for each client of a closed
/// loop, and run side by side. It holds those that are under way.
class SessionStream final : public RequestStream {
 public:
  SessionStream(const WorkloadSpec&, std::uint64_t seed);

  bool next(Request&) override;

 private:
  struct Waiting {
    std::uint64_t order;  // among those due at the same time
    Session session;
  };
  static bool later(const Waiting&, const Waiting&);

  Session begin();
  void wait(Session);
  Session take();
  void go_on(Session, std::uint64_t id);
  void end(const Session&, std::uint64_t id);

  std::uint64_t left_;  // requests
  bool bound_;          // to clients
  std::vector<Sessions> traffic_;
  std::vector<std::string> names_;
  std::vector<double> share_below_;  // of each class and those before it
  Random choice_;
  ArrivalProcess arrivals_;
  Sampler think_time_;
  Time next_begin_{0};
  std::uint64_t begun_ = 0, waited_ = 0, asked_ = 0;
  std::vector<Waiting> waiting_;  // a heap
};

}  // namespace splitbench
