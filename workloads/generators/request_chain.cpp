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

PrefixBlocks::PrefixBlocks() : recent_(kRemembered) {}

std::shared_ptr<const PrefixBlocks::Link> PrefixBlocks::link_of(const Request& request) const {
  const bool remembered =
      request.prefix_of != kNoRequest && request.id - request.prefix_of < kRemembered;
  if (!remembered) return std::make_shared<const Link>(Link{request.id, 0, nullptr});
  const std::uint64_t first_block = request.prefix_tokens / kBlock;
  std::shared_ptr<const Link> before = recent_[request.prefix_of % kRemembered];
  while (before && before->first_block >= first_block) before = before->before;
  return std::make_shared<const Link>(Link{request.id, first_block, std::move(before)});
}

void write_request(const Request& request, bool sessions, TraceRequest& written) {
  written.timestamp = request.arrival;
  written.input_tokens = request.prompt_tokens;
  written.output_tokens = request.output_tokens;
  written.session = request.session;
  if (!sessions) return;

  written.delay = request.delay;
  written.request_id = std::to_string(request.id);
  written.wait_for.clear();
  for (const std::uint64_t id : request.after) written.wait_for.push_back(std::to_string(id));
  written.states_prefix = true;
  written.prefix_of =
      request.prefix_of == kNoRequest ? std::string() : std::to_string(request.prefix_of);
  written.prefix_tokens = request.prefix_tokens;
  written.answer_tokens = request.answer_tokens;
}

void PrefixBlocks::write(const Request& request, TraceRequest& written) {
  all_ += request.prefix_tokens;
  lost_ += request.prefix_tokens % kBlock;
  written.states_prefix = false;
  written.prefix_of.clear();
  written.prefix_tokens = written.answer_tokens = 0;
  written.block_tokens = kBlock;
  written.hash_ids.resize((request.prompt_tokens + kBlock - 1) / kBlock);
  const auto link = recent_[request.id % kRemembered] = link_of(request);
  std::uint64_t end = written.hash_ids.size();
  for (const Link* owner = link.get(); owner; end = owner->first_block, owner = owner->before.get())
    for (std::uint64_t block = owner->first_block; block < end; ++block)
      written.hash_ids[block] = owner->owner * kBlocksOfOne + block;
}

}  // namespace splitbench
