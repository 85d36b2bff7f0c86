#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "workloads/generators/workload.hpp"
#include "workloads/request.hpp"
#include "workloads/traces/trace_request.hpp"

namespace splitbench {

/// Whether requests of the workload wait for others or share a prefix.
bool has_sessions(const WorkloadSpec&);

/// Makes of requests what trace files have: names of whom they wait for, and ids of 512-token
/// blocks that say what they share. It remembers the last 100,000 requests: a prefix of one that is
/// longer ago is written as new, so that memory does not grow with the trace.
class RequestChain {
 public:
  /// Without sessions there are neither names nor ids.
  explicit RequestChain(bool sessions);

  /// Requests come in order of their ids. `written` may be reused, which saves allocations.
  void write(const Request&, TraceRequest& written);

 private:
  /// Who brought the blocks of a prompt: those from `first_block` on its owner, the ones before
  /// them a request that had them already.
  struct Link {
    std::uint64_t owner;
    std::uint64_t first_block;
    std::shared_ptr<const Link> before;
  };

  std::shared_ptr<const Link> link_of(const Request&) const;

  bool sessions_;
  std::vector<std::shared_ptr<const Link>> recent_;  // of request i at i modulo their number
};

}  // namespace splitbench
