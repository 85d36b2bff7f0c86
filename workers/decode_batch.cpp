#include "workers/decode_batch.hpp"

#include <algorithm>
#include <iterator>
#include <limits>
#include <utility>

namespace splitbench {

void DecodeBatch::join(const Job& job) {
  for (const JobRequest& request : job.requests) {
    Generating generating{.job = job.id, .request = request, .report = {}};
    generating.report.job = job.id;
    generating.report.request = request.id;
    joining_.push_back(std::move(generating));
  }
  stepping_ ? engine_.end_steps() : step();
}

void DecodeBatch::drop(std::uint64_t job) {
  const auto of_job = [job](const Generating& g) { return g.job == job; };
  if (std::erase_if(batch_, of_job) > 0 && stepping_) engine_.end_steps();
  std::erase_if(joining_, of_job);
}

void DecodeBatch::step() {
  std::ranges::move(joining_, std::back_inserter(batch_));
  joining_.clear();
  if (batch_.empty()) return;

  stepping_ = true;
  std::uint64_t most = std::numeric_limits<std::uint64_t>::max();  // until a request is through
  context_.clear();
  for (const Generating& g : batch_) {
    const std::uint64_t tokens = g.report.tokens.size();
    context_.push_back(g.request.prompt_tokens + tokens);
    most = std::min(most, std::max(g.request.output_tokens, tokens + 1) - tokens);
  }
  engine_.steps(context_, most, [this](std::span<const Span> steps) { end_steps(steps); });
}

void DecodeBatch::end_steps(std::span<const Span> steps) {
  stepping_ = false;
  for (Generating& g : batch_) {
    if (g.report.tokens.empty()) {
      g.report.first_step = steps.front();
      g.report.tokens.reserve(g.request.output_tokens);
    }
    for (const Span& step : steps) g.report.tokens.push_back(step.end);
  }
  std::size_t kept = 0;
  for (Generating& g : batch_) {
    if (g.report.tokens.size() >= g.request.output_tokens)
      observer_.on(std::move(g.report));
    else if (Generating& place = batch_[kept++]; &place != &g)
      place = std::move(g);
  }
  batch_.erase(batch_.begin() + static_cast<std::ptrdiff_t>(kept), batch_.end());
  if (!stepping_) step();
}

}  // namespace splitbench
