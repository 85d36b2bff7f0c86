#include "workloads/generators/request_chain.hpp"

#include <algorithm>
#include <string>

namespace splitbench {
namespace {

constexpr std::uint64_t kRemembered = 100'000;
constexpr std::uint32_t kBlock = 512;               // tokens
constexpr std::uint64_t kBlocksOfOne = 1ULL << 18;  // ids of one request, enough for kMaxTokens

bool shares(const SessionSpec& sessions) {
  return sessions.turns != fixed(1) || sessions.groups > 0;
}

}  // namespace

bool has_sessions(const WorkloadSpec& spec) {
  return shares(spec.sessions) || spec.think_time != Distribution() ||
         std::ranges::any_of(spec.mix, shares, &TrafficClass::sessions);
}

RequestChain::RequestChain(bool sessions)
    : sessions_(sessions), recent_(sessions ? kRemembered : 0) {}

std::shared_ptr<const RequestChain::Link> RequestChain::link_of(const Request& request) const {
  const bool remembered =
      request.prefix_of != kNoRequest && request.id - request.prefix_of < kRemembered;
  if (!remembered) return std::make_shared<const Link>(Link{request.id, 0, nullptr});
  const std::uint64_t first_block = request.prefix_tokens / kBlock;
  std::shared_ptr<const Link> before = recent_[request.prefix_of % kRemembered];
  while (before && before->first_block >= first_block) before = before->before;
  return std::make_shared<const Link>(Link{request.id, first_block, std::move(before)});
}

void RequestChain::write(const Request& request, TraceRequest& written) {
  written.timestamp = request.arrival;
  written.input_tokens = request.prompt_tokens;
  written.output_tokens = request.output_tokens;
  written.session = request.session;
  if (!sessions_) return;

  written.delay = request.delay;
  written.request_id = std::to_string(request.id);
  written.wait_for.clear();
  for (const std::uint64_t id : request.after) written.wait_for.push_back(std::to_string(id));
  written.block_tokens = kBlock;
  written.hash_ids.resize((request.prompt_tokens + kBlock - 1) / kBlock);
  const auto link = recent_[request.id % kRemembered] = link_of(request);
  std::uint64_t end = written.hash_ids.size();
  for (const Link* owner = link.get(); owner; end = owner->first_block, owner = owner->before.get())
    for (std::uint64_t block = owner->first_block; block < end; ++block)
      written.hash_ids[block] = owner->owner * kBlocksOfOne + block;
}

}  // namespace splitbench
