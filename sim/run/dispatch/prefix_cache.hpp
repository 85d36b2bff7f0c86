#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "workloads/request.hpp"

namespace splitbench {

/// What one worker has the KV of: the prompts (on a decode worker with their outputs) of requests
/// that it served. It forgets nothing until clear(): capacity is not modelled.
class PrefixCache {
 public:
  /// The trace must outlive it.
  PrefixCache(std::span<const Request> trace, bool with_outputs);

  void hold(std::uint64_t request) { held_[request] = true; }
  void clear();

  /// How many leading tokens of the prompt are here, at least: those that the request shares with
  /// the nearest of its forerunners (prefix_of, and of that one again) that was served here. Always
  /// less than the whole prompt, whose last token makes the first output.
  std::uint64_t tokens_of(std::uint64_t request) const;

 private:
  std::span<const Request> trace_;
  bool with_outputs_;
  std::vector<bool> held_;  // by request
};

}  // namespace splitbench
