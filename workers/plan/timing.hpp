#pragma once
#include <cstdint>
#include <span>

#include "codec/element.hpp"
#include "workers/plan/hardware.hpp"
#include "workers/plan/job.hpp"
#include "workers/plan/model.hpp"
#include "workers/plan/pipeline.hpp"
#include "workloads/request.hpp"

namespace splitbench {

/// Returns the duration rounded to the nearest nanosecond.
Time from_seconds(double seconds);

/// The time that a model's layers take on a device, from geometry and speed alone: the larger of
/// arithmetic and memory traffic. `scale` devices share the work without loss.
struct ComputeModel {
  ModelGeometry model;
  HardwareProfile hardware;
  double scale = 1;
  ElementType kv_type = ElementType::bf16;  ///< weights are bf16
  std::uint32_t kv_copies = 1;              ///< of the devices, so many hold, and read, the same KV

  /// Returns the time of `layers` layers, from `first` on, of these prompts' prefill together.
  /// Weights are read once, and attention is causal within each prompt, and within the layer's
  /// window; cached tokens are attended to and not computed. What a layer without attention does
  /// with a token counts as its weights' alone.
  Time prefill(std::span<const JobRequest> requests, std::uint32_t first,
               std::uint32_t layers) const;
  /// Returns the same of all layers in seconds, also where they are more than a Time holds.
  double prefill_seconds(std::span<const JobRequest> requests) const {
    return prefill_seconds(requests, 0, model.layers);
  }

  /// Returns the time of one decode step of requests with these context lengths: all weights and
  /// every request's KV are read once. Where layers keep the last tokens alone, each request counts
  /// as one of the mean length.
  Time decode_step(std::span<const std::uint64_t> context_tokens) const;
  double decode_step_seconds(std::span<const std::uint64_t> context_tokens) const;
  /// Returns the same of so many requests whose contexts have so many tokens together.
  Time decode_step(std::uint64_t requests, std::uint64_t context_tokens) const;
  double decode_step_seconds(std::uint64_t requests, std::uint64_t context_tokens) const;

 private:
  double prefill_seconds(std::span<const JobRequest> requests, std::uint32_t first,
                         std::uint32_t layers) const;
  /// Returns the bytes that all devices read of the KV of so many requests whose contexts have so
  /// many tokens together.
  double kv_bytes(std::uint64_t requests, std::uint64_t context_tokens) const;
};

/// Returns the time of a group of a job's prefill: of some layers, or of all layers of a prefill
/// chunk's tokens, which attend to those before them. Tokens before the first that is sent count
/// with the first chunk, and cached ones take no time.
Time prefill_of_group(const ComputeModel&, const Pipeline&, const Job&, std::uint32_t group);

}  // namespace splitbench
