#include "sim/run/dispatch/prefix_cache.hpp"

#include <algorithm>

namespace splitbench {

PrefixCache::PrefixCache(std::span<const Request> trace, bool with_outputs)
    : trace_(trace), with_outputs_(with_outputs), held_(trace.size()) {}

void PrefixCache::clear() {
  held_.assign(held_.size(), false);
}

std::uint64_t PrefixCache::tokens_of(std::uint64_t request) const {
  const Request& asked = trace_[request];
  std::uint64_t shared = std::min(asked.prefix_tokens, asked.prompt_tokens - 1);
  for (std::uint64_t id = asked.prefix_of; id != kNoRequest && shared > 0;) {
    const Request& forerunner = trace_[id];
    if (held_[id])
      return std::min(shared,
                      forerunner.prompt_tokens + (with_outputs_ ? forerunner.output_tokens : 0));
    shared = std::min(shared, forerunner.prefix_tokens);
    id = forerunner.prefix_of;
  }
  return 0;
}

}  // namespace splitbench
