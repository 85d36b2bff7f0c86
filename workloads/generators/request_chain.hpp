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

/// Turns a request into that of a trace file. `sessions` says that requests may wait for others and
/// share prefixes: then their names are written, and what they share, to the token.
void write_request(const Request&, bool sessions, TraceRequest& written);

/// The ids of blocks of 512 tokens that show what prompts share, for formats that have no other
/// way. It remembers the last 100,000 requests: a prefix of an older one is written as new, so that
/// memory does not grow with the trace. Not thread-safe.
class PrefixBlocks {
 public:
  PrefixBlocks();

  /// Puts ids in place of what a request states of its prefix; requests come in order of their ids.
  /// The last block of a prefix counts only if it is full.
  void write(const Request&, TraceRequest& written);

  /// Returns how many tokens of prefixes lay in blocks that are not full, and in all.
  std::uint64_t lost_tokens() const { return lost_; }
  std::uint64_t prefix_tokens() const { return all_; }

 private:
  /// The origin of the blocks of a prompt: those from `first_block` on are new with the request
  /// `owner`, the ones before them belong to an earlier request.
  struct Link {
    std::uint64_t owner;
    std::uint64_t first_block;
    std::shared_ptr<const Link> before;
  };

  std::shared_ptr<const Link> link_of(const Request&) const;

  std::vector<std::shared_ptr<const Link>> recent_;  // link of request i at i modulo their number
  std::uint64_t lost_ = 0, all_ = 0;
};

}  // namespace splitbench
