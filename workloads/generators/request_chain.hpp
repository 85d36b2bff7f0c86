#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "workloads/generators/workload.hpp"
#include "workloads/request.hpp"
#include "workloads/traces/trace_request.hpp"

namespace splitbench {

/// Returns whether requests of the workload wait for others or share a prefix.
bool has_sessions(const WorkloadSpec&);

/// Turns requests into those of trace files: names of the requests that they wait for, and ids of
/// 512-token blocks that show what they share. It remembers the last 100,000 requests: a prefix of
/// an older one is written as new, so that memory does not grow with the trace. Not thread-safe.
class RequestChain {
 public:
  /// Makes a chain that writes names and ids only if there are sessions.
  explicit RequestChain(bool sessions);

  /// Writes the next request; they come in order of their ids. `written` may be reused, which saves
  /// allocations.
  void write(const Request&, TraceRequest& written);

 private:
  /// The origin of the blocks of a prompt: those from `first_block` on are new with the request
  /// `owner`, the ones before them belong to an earlier request.
  struct Link {
    std::uint64_t owner;
    std::uint64_t first_block;
    std::shared_ptr<const Link> before;
  };

  std::shared_ptr<const Link> link_of(const Request&) const;

  bool sessions_;
  std::vector<std::shared_ptr<const Link>> recent_;  // link of request i at i modulo their number
};

}  // namespace splitbench
