#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "workers/plan/model.hpp"

namespace splitbench {

/// Work of a model's shape on the current device, for `compute: gemm`: the model's matrix products,
/// in its order and of its sizes, by cuBLAS. Values mean nothing, and all layers share one layer's
/// weights. prefill() and decode_step() put work into a stream and make the device the calling
/// thread's current one. They share one working memory, so their work must go into one stream or be
/// ordered by events. Not thread-safe. Calls throw CudaError.
class ComputeLoad {
 public:
  struct Spec {
    ModelGeometry model;
    double scale = 1;              ///< devices that share each layer; this is one of them
    std::uint64_t max_tokens = 0;  ///< limit of the tokens of all prompts of one call
  };

  /// Throws Unavailable without CUDA or cuBLAS, CudaError when memory does not suffice.
  explicit ComputeLoad(const Spec&);
  ~ComputeLoad();

  /// Launches the prefill of these prompts through some layers. Attention is causal within each
  /// prompt. Throws std::invalid_argument for more than max_tokens tokens.
  void prefill(std::span<const std::uint64_t> prompt_tokens, std::uint32_t layers, void* stream);
  /// Returns the floating-point operations of that prefill, counted as it is launched.
  double flops(std::span<const std::uint64_t> prompt_tokens, std::uint32_t layers) const;

  /// Launches a decode step: reads the batch's KV, spans of device memory, and so many bytes of
  /// weights at the speed of memory. The bytes at the ends of a span that do not fill an aligned
  /// 16-byte word are left out.
  void decode_step(std::span<const std::span<const std::byte>> kv, std::uint64_t weight_bytes,
                   void* stream);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace splitbench
