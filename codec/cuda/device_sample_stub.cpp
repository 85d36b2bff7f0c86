#include "codec/cuda/device_sample.hpp"
#include "codec/errors.hpp"

namespace splitbench {

void sample_exponents(std::span<const SampleTask>, SampledExponents*, void*) {
  throw Unavailable("this program was built without CUDA");
}

}  // namespace splitbench
