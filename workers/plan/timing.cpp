#include "workers/plan/timing.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace splitbench {
namespace {

/// Returns how many keys the computed tokens attend to together if each sees at most so many of
/// those up to itself.
double keys_within(double cached, double computed, double window) {
  const double growing = std::clamp(window - cached, 0.0, computed);  // tokens that see all
  return growing * (cached + growing / 2) + (computed - growing) * window;
}

}  // namespace

Time from_seconds(double seconds) {
  return Time(std::llround(seconds * 1e9));
}

Time ComputeModel::prefill(std::span<const JobRequest> requests, std::uint32_t first,
                           std::uint32_t layers) const {
  return from_seconds(prefill_seconds(requests, first, layers));
}

double ComputeModel::prefill_seconds(std::span<const JobRequest> requests, std::uint32_t first,
                                     std::uint32_t layers) const {
  double tokens = 0, attention = 0;  // attention: of all of these layers
  const double attention_width = double{1} * model.attention_heads * model.head_dim;
  for (const JobRequest& r : requests) {
    const auto cached = static_cast<double>(r.cached_tokens);
    const double computed = static_cast<double>(r.prompt_tokens) - cached;
    tokens += computed;
    // Scores and values: all of the cached keys, and half of the computed ones, since the rest is
    // masked.
    const double full = 4 * computed * (cached + computed / 2) * attention_width;
    if (model.is_uniform()) {
      attention += full * layers;
      continue;
    }
    for (std::uint32_t layer = first; layer < first + layers; ++layer) {
      const LayerKind kind = model.kind_of(layer);
      if (!kind.attends()) continue;
      attention += kind.window == 0
                       ? full
                       : 4 * keys_within(cached, computed, kind.window) * attention_width;
    }
  }
  const double share = static_cast<double>(layers) / model.layers;
  const double flops = 2 * model.active_parameters * tokens * share + attention;
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

double ComputeModel::kv_bytes(std::uint64_t requests, std::uint64_t context_tokens) const {
  if (requests == 0) return 0;
  const auto bytes_of = [this](std::uint64_t tokens) {
    return static_cast<double>(model.elements(kv_type, tokens) * element_bytes(kv_type) *
                               kv_copies);
  };
  if (model.is_uniform()) return static_cast<double>(context_tokens) * bytes_of(1);
  return static_cast<double>(requests) * bytes_of(context_tokens / requests);
}

double ComputeModel::decode_step_seconds(std::uint64_t batch, std::uint64_t context_tokens) const {
  const auto requests = static_cast<double>(batch);
  const double bytes = model.weight_bytes(requests) + kv_bytes(batch, context_tokens);
  const double flops = 2 * model.active_parameters * requests;
  return std::max(flops / hardware.flops, bytes / hardware.memory_bandwidth) / scale;
}

Time prefill_of_group(const ComputeModel& compute, const Pipeline& pipeline, const Job& job,
                      std::uint32_t group) {
  const auto [first, layers] = pipeline.layers_of_group(group);
  const std::uint64_t each = pipeline.tokens_per_group();
  if (each == 0) return compute.prefill(job.requests, first, layers);
  const JobRequest& whole = job.requests.front();
  const bool last = group + 1 == pipeline.groups(whole.kv_tokens());
  const std::uint64_t begin = group == 0 ? 0 : whole.resident_tokens + group * each;
  const std::uint64_t end = last ? whole.prompt_tokens : whole.resident_tokens + (group + 1) * each;
  JobRequest chunk = whole;
  chunk.cached_tokens = std::clamp(whole.cached_tokens, begin, end);
  chunk.prompt_tokens = end;
  return compute.prefill({&chunk, 1}, first, layers);
}

}  // namespace splitbench
