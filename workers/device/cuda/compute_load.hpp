#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "workers/plan/model.hpp"

namespace splitbench {

/// Work of a model's shape on the current device, for `compute: gemm`: its matrix products, in its
/// order and of its sizes, by cuBLAS. Values mean nothing, and all layers share one layer's
/// weights. Calls put work into the stream and make the device the calling thread's; the memory in
/// which they work serves one at a time, so all go into one stream, or are ordered by events.
class ComputeLoad {
 public:
  struct Spec {
    ModelGeometry model;
    double scale = 1;              ///< devices that share each layer; this is one of them
    std::uint64_t max_tokens = 0;  ///< of the prompts of one call together
  };

  /// Throws Unavailable without CUDA or cuBLAS, CudaError when memory does not suffice.
  explicit ComputeLoad(const Spec&);
  ~ComputeLoad();

  /// Some layers of these prompts' prefill. Attention is causal by prompt.
  void prefill(std::span<const std::uint64_t> prompt_tokens, std::uint32_t layers, void* stream);
  /// What that is, counted as it is launched.
  double flops(std::span<const std::uint64_t> prompt_tokens, std::uint32_t layers) const;

  /// A decode step: reads the batch's KV and so many bytes of weights, as fast as memory gives
  /// them. A span's first and last bytes, where they share 16 aligned bytes with others, are left
  /// out.
  void decode_step(std::span<const std::span<const std::byte>> kv, std::uint64_t weight_bytes,
                   void* stream);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace splitbench
