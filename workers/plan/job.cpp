#include "workers/plan/job.hpp"

#include <numeric>

namespace splitbench {
namespace {

std::uint64_t aligned(std::uint64_t bytes) {
  constexpr std::uint64_t kStep = KvLayout::kTensorAlignment;
  return (bytes + kStep - 1) / kStep * kStep;
}

}  // namespace

KvLayout::KvLayout(const ModelGeometry& model, ElementType type,
                   std::span<const std::uint64_t> request_tokens)
    : element_bytes_(element_bytes(type)), shapes_(model.tensors(type)) {
  offsets_.reserve(shapes_.size());
  bytes_.reserve(shapes_.size());
  for (const CacheTensor& tensor : shapes_) {
    offsets_.push_back(end_);
    bytes_.push_back(tensor.elements(request_tokens) * element_bytes_);
    end_ += aligned(bytes_.back());
  }
}

std::uint64_t kv_memory(const ModelGeometry& model, ElementType type,
                        std::span<const std::uint64_t> request_tokens) {
  if (!model.has_equal_tensors()) return KvLayout(model, type, request_tokens).bytes();
  const std::uint64_t tokens =
      std::accumulate(request_tokens.begin(), request_tokens.end(), std::uint64_t{0});
  return std::uint64_t{model.layers} * model.kv_tensors() *
         aligned(tokens * model.width() * element_bytes(type));
}

}  // namespace splitbench
