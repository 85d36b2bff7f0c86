#pragma once
#include <cstddef>
#include <cstdint>
#include <cub/device/device_reduce.cuh>
#include <thrust/iterator/counting_iterator.h>
#include <thrust/iterator/transform_iterator.h>

#include "codec/cuda/device.cuh"
#include "codec/digest.hpp"

namespace splitbench {

// The digest of memory alone, without a frame.

/// The function from a word's index to its share of a digest.
struct DigestShare {
  const std::byte* bytes;
  std::uint64_t size;
  std::uint64_t first_position;

  __device__ std::uint64_t operator()(std::uint64_t index) const {
    if (8 * index + 8 <= size) {
      return digest_share(reinterpret_cast<const std::uint64_t*>(bytes)[index],
                          first_position + index);
    }
    std::uint64_t word = 0;
    for (std::uint64_t i = 8 * index; i < size; ++i)
      word |= static_cast<std::uint64_t>(bytes[i]) << 8 * (i % 8);
    return digest_share(word, first_position + index);
  }
};

inline cudaError_t sum_words(void* scratch, std::size_t& scratch_bytes, const DigestShare& words,
                             std::uint64_t* result, cudaStream_t stream) {
  const auto shares =
      thrust::make_transform_iterator(thrust::make_counting_iterator(std::uint64_t{0}), words);
  const auto count = static_cast<std::int64_t>((words.size + 7) / 8);
  return cub::DeviceReduce::Sum(scratch, scratch_bytes, shares, result, count, stream);
}

inline std::size_t digest_scratch_bytes(std::uint64_t bytes) {
  std::size_t scratch_bytes = 0;
  const DigestShare words{.bytes = nullptr, .size = bytes, .first_position = 0};
  check(sum_words(nullptr, scratch_bytes, words, nullptr, nullptr), "size the digest's scratch");
  return scratch_bytes;
}

}  // namespace splitbench
