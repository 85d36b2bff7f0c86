#include <cstdint>
#include <cuda_runtime_api.h>

#include "codec/plugin/splitbench_codec.h"

// The codec of test_codec.c on CUDA devices: it swaps the halves of each byte and leaves out a last
// run of equal bytes. With FAULT_OVERRUN it writes behind its output. For tests.

namespace {

constexpr int kThreads = 256;

__device__ unsigned char swapped(unsigned char byte) {
  return static_cast<unsigned char>(byte << 4 | byte >> 4);
}

/// Run by one block.
__global__ void encode(const unsigned char* raw, std::uint64_t raw_bytes, unsigned char* out,
                       std::uint64_t out_bytes, std::uint64_t* used) {
  __shared__ std::uint64_t length;
  if (threadIdx.x == 0) {
    length = raw_bytes;
    while (length > 1 && raw[length - 1] == raw[length - 2]) --length;
    *used = length;
#ifdef FAULT_OVERRUN
    for (int i = 0; i < 512; ++i) out[out_bytes + i] = 1;
#endif
  }
  __syncthreads();
  for (std::uint64_t i = threadIdx.x; i < length && i < out_bytes; i += kThreads)
    out[i] = swapped(raw[i]);
}

__global__ void decode(const unsigned char* encoded, std::uint64_t encoded_bytes,
                       unsigned char* raw, std::uint64_t raw_bytes, std::uint64_t* failed) {
  if (threadIdx.x == 0) *failed = encoded_bytes == 0 || encoded_bytes > raw_bytes;
  if (encoded_bytes == 0 || encoded_bytes > raw_bytes) return;
  for (std::uint64_t i = threadIdx.x; i < raw_bytes; i += kThreads)
    raw[i] = swapped(encoded[i < encoded_bytes ? i : encoded_bytes - 1]);
}

}  // namespace

std::uint32_t splitbench_codec_abi() {
  return SPLITBENCH_CODEC_ABI;
}
const char* splitbench_codec_name() {
  return "swap";
}
std::uint32_t splitbench_codec_capabilities() {
  return SPLITBENCH_CODEC_ON_CUDA;
}
std::uint64_t splitbench_codec_bound(std::uint64_t raw_bytes) {
  return raw_bytes + 1;
}
std::uint64_t splitbench_codec_chunk_bytes() {
  return 1 << 20;
}

int splitbench_codec_encode_cuda(void*, const void* raw, std::uint64_t raw_bytes, void* out,
                                 std::uint64_t out_bytes, std::uint64_t* used, void* stream) {
  encode<<<1, kThreads, 0, static_cast<cudaStream_t>(stream)>>>(
      static_cast<const unsigned char*>(raw), raw_bytes, static_cast<unsigned char*>(out),
      out_bytes, used);
  return cudaGetLastError() == cudaSuccess ? 0 : 1;
}

int splitbench_codec_decode_cuda(void*, const void* encoded, std::uint64_t encoded_bytes, void* raw,
                                 std::uint64_t raw_bytes, std::uint64_t* failed, void* stream) {
  decode<<<1, kThreads, 0, static_cast<cudaStream_t>(stream)>>>(
      static_cast<const unsigned char*>(encoded), encoded_bytes, static_cast<unsigned char*>(raw),
      raw_bytes, failed);
  return cudaGetLastError() == cudaSuccess ? 0 : 1;
}
