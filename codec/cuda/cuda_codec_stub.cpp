#include "codec/cuda/cuda_codec.hpp"
#include "codec/errors.hpp"

namespace splitbench {
namespace {

[[noreturn]] void refuse() {
  throw Unavailable("this program was built without CUDA");
}

}  // namespace

struct CudaCodec::State {};

CudaCodec::CudaCodec(Limits) {
  refuse();
}
CudaCodec::~CudaCodec() = default;

void CudaCodec::encode(std::span<const EncodeTask>, EncodedFrame*, void*, LaunchOptions) {
  refuse();
}
void CudaCodec::decode(std::span<const DecodeTask>, DecodeStatus*, void*, LaunchOptions) {
  refuse();
}
void CudaCodec::digest(std::span<const std::byte>, std::uint64_t, std::uint64_t*, void*) {
  refuse();
}

}  // namespace splitbench
