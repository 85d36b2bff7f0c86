#include "codec/errors.hpp"
#include "workers/device/cuda/compute_load.hpp"

namespace splitbench {

struct ComputeLoad::State {};

ComputeLoad::ComputeLoad(const Spec&) {
  throw Unavailable("this program was built without CUDA");
}
ComputeLoad::~ComputeLoad() = default;

void ComputeLoad::prefill(std::span<const std::uint64_t>, std::uint32_t, void*) {}
double ComputeLoad::flops(std::span<const std::uint64_t>, std::uint32_t) const {
  return 0;
}
void ComputeLoad::decode_step(std::span<const std::span<const std::byte>>, std::uint64_t, void*) {}

}  // namespace splitbench
