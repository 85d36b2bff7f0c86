#include "workers/plan/timing.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace splitbench {

Time from_seconds(double seconds) {
  return Time(std::llround(seconds * 1e9));
}

Time ComputeModel::prefill(std::span<const JobRequest> requests, std::uint32_t layers) const {
  return from_seconds(prefill_seconds(requests, layers));
}

double ComputeModel::prefill_seconds(std::span<const JobRequest> requests,
                                     std::uint32_t layers) const {
  double tokens = 0, attention = 0;
  const double attention_width = double{1} * model.attention_heads * model.head_dim;
  for (const JobRequest& r : requests) {
    const auto cached = static_cast<double>(r.cached_tokens);
    const double computed = static_cast<double>(r.prompt_tokens) - cached;
    tokens += computed;
    // Scores and values: all of the cached keys, and half of the computed ones, since the rest is
    // masked.
    attention += 4 * computed * (cached + computed / 2) * attention_width;
  }
  const double share = static_cast<double>(layers) / model.layers;
  const double flops = 2 * model.active_parameters * tokens * share + attention * layers;
  const double bytes = model.weight_bytes(tokens) * share;
  return std::max(flops / hardware.flops, bytes / hardware.memory_bandwidth) / scale;
}

Time ComputeModel::decode_step(std::span<const std::uint64_t> context_tokens) const {
  return from_seconds(decode_step_seconds(context_tokens));
}

double ComputeModel::decode_step_seconds(std::span<const std::uint64_t> context_tokens) const {
  return decode_step_seconds(
      context_tokens.size(),
      std::accumulate(context_tokens.begin(), context_tokens.end(), std::uint64_t{0}));
}

Time ComputeModel::decode_step(std::uint64_t requests, std::uint64_t context_tokens) const {
  return from_seconds(decode_step_seconds(requests, context_tokens));
}

double ComputeModel::decode_step_seconds(std::uint64_t batch, std::uint64_t context_tokens) const {
  const auto kv_tokens = static_cast<double>(context_tokens);
  const auto requests = static_cast<double>(batch);
  const auto kv_bytes = static_cast<double>(model.elements_per_token() * element_bytes(kv_type));
  const double bytes = model.weight_bytes(requests) + kv_tokens * kv_bytes;
  const double flops = 2 * model.active_parameters * requests;
  return std::max(flops / hardware.flops, bytes / hardware.memory_bandwidth) / scale;
}

}  // namespace splitbench
