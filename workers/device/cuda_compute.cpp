#include "workers/device/cuda_compute.hpp"

#include <algorithm>
#include <vector>

#include "network/real_loop.hpp"

namespace splitbench {

CudaCompute::CudaCompute(const BackendSpec& spec, const DeviceBuffer& kv, double scale)
    : pipeline_(spec.pipeline),
      kv_(kv),
      scale_(scale),
      load_(
          {.model = spec.pipeline.model,
           .scale = scale,
           .max_tokens = std::max<std::uint64_t>(spec.pipeline.tokens_within(spec.kv_bytes), 1)}) {}

Span CudaCompute::prefill(std::span<const JobRequest> requests, std::uint32_t layers) {
  std::vector<std::uint64_t> prompts;
  for (const JobRequest& r : requests) prompts.push_back(r.prompt_tokens);
  return timed(Stage::prefill_compute,
               [&](void* stream) { load_.prefill(prompts, layers, stream); });
}

Span CudaCompute::decode_step(std::span<const std::uint64_t> context_tokens) {
  // The amount of KV that is read matters, but not whose it is.
  std::vector<std::span<const std::byte>> kv;
  std::uint64_t at = 0;
  for (const std::uint64_t tokens : context_tokens) {
    const std::uint64_t bytes = std::min<std::uint64_t>(pipeline_.raw_bytes(tokens), kv_.size());
    if (at + bytes > kv_.size()) at = 0;
    kv.emplace_back(kv_.data() + at, bytes);
    at += bytes;
  }
  const auto requests = static_cast<double>(context_tokens.size());
  const auto weight_bytes =
      static_cast<std::uint64_t>(pipeline_.model.weight_bytes(requests) / scale_);
  return timed(Stage::first_decode_step,
               [&](void* stream) { load_.decode_step(kv, weight_bytes, stream); });
}

Span CudaCompute::timed(Stage stage, const std::function<void(void* stream)>& put) {
  const auto anchor = clock_.anchor();
  const Time issued = RealLoop::clock_now();
  begun_.record(stream_.get());
  put(stream_.get());
  done_.record(stream_.get());
  synchronize(stream_.get());
  return stage_clock_.span(stage, *anchor, issued, begun_, done_);
}

}  // namespace splitbench
