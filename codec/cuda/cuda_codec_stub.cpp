#include "codec/cuda/cuda_codec.hpp"
#include "codec/errors.hpp"

namespace splitbench {
namespace {

[[noreturn]] void refuse() {
  throw Unavailable("this program was built without CUDA");
}

}  // namespace

template <typename Task>
struct CodecPlan<Task>::State {};

template <typename Task>
CodecPlan<Task>::CodecPlan(CodecPlan&&) noexcept = default;
template <typename Task>
CodecPlan<Task>& CodecPlan<Task>::operator=(CodecPlan&&) noexcept = default;
template <typename Task>
CodecPlan<Task>::~CodecPlan() = default;
template class CodecPlan<EncodeTask>;
template class CodecPlan<DecodeTask>;

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
EncodePlan CudaCodec::plan(std::span<const EncodeTask>, EncodedFrame*) {
  refuse();
}
DecodePlan CudaCodec::plan(std::span<const DecodeTask>, DecodeStatus*) {
  refuse();
}
void CudaCodec::encode(const EncodePlan&, void*, LaunchOptions) {
  refuse();
}
void CudaCodec::decode(const DecodePlan&, void*, LaunchOptions) {
  refuse();
}
void CudaCodec::digest(std::span<const std::byte>, std::uint64_t, std::uint64_t*, void*) {
  refuse();
}

}  // namespace splitbench
