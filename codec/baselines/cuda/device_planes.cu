#include <algorithm>

#include "codec/baselines/cuda/device_planes.hpp"
#include "codec/cuda/device.cuh"
#include "codec/element.hpp"

namespace splitbench {
namespace {

constexpr int kThreads = 256;
constexpr std::uint64_t kGroup = 8;  // elements that a thread loads at once: 16 bytes

__device__ std::uint8_t exponent_of(std::uint16_t element) {
  return static_cast<std::uint8_t>(element_format(ElementType::bf16).exponent(element));
}
__device__ std::uint8_t rest_of(std::uint16_t element) {
  return static_cast<std::uint8_t>(element_format(ElementType::bf16).sign_mantissa(element));
}
__device__ std::uint16_t joined(std::uint8_t exponent, std::uint8_t rest) {
  return static_cast<std::uint16_t>(element_format(ElementType::bf16).join(exponent, rest));
}

struct alignas(16) Elements {
  std::uint16_t element[kGroup];
};
struct alignas(8) Plane {
  std::uint8_t byte[kGroup];
};

/// Calls work(i) for the last elements, which do not fill a group.
template <typename Work>
__device__ void for_each_left(std::uint64_t elements, const Work& work) {
  const std::uint64_t i = elements / kGroup * kGroup + threadIdx.x;
  if (blockIdx.x == 0 && i < elements) work(i);
}

__global__ void split_groups(const std::uint16_t* raw, std::uint8_t* exponents, std::uint8_t* rest,
                             std::uint64_t elements) {
  const std::uint64_t group = blockIdx.x * std::uint64_t{kThreads} + threadIdx.x;
  if (group < elements / kGroup) {
    const Elements in = reinterpret_cast<const Elements*>(raw)[group];
    Plane high, low;
    for (unsigned i = 0; i < kGroup; ++i) {
      high.byte[i] = exponent_of(in.element[i]);
      low.byte[i] = rest_of(in.element[i]);
    }
    reinterpret_cast<Plane*>(exponents)[group] = high;
    reinterpret_cast<Plane*>(rest)[group] = low;
  }
  for_each_left(elements, [&](std::uint64_t i) {
    exponents[i] = exponent_of(raw[i]);
    rest[i] = rest_of(raw[i]);
  });
}

__global__ void join_groups(const std::uint8_t* exponents, const std::uint8_t* rest,
                            std::uint16_t* raw, std::uint64_t elements) {
  const std::uint64_t group = blockIdx.x * std::uint64_t{kThreads} + threadIdx.x;
  if (group < elements / kGroup) {
    const Plane high = reinterpret_cast<const Plane*>(exponents)[group];
    const Plane low = reinterpret_cast<const Plane*>(rest)[group];
    Elements out;
    for (unsigned i = 0; i < kGroup; ++i) out.element[i] = joined(high.byte[i], low.byte[i]);
    reinterpret_cast<Elements*>(raw)[group] = out;
  }
  for_each_left(elements, [&](std::uint64_t i) { raw[i] = joined(exponents[i], rest[i]); });
}

unsigned blocks_for(std::uint64_t elements) {
  const std::uint64_t each = kThreads * kGroup;
  return static_cast<unsigned>(std::max<std::uint64_t>((elements + each - 1) / each, 1));
}

/// Calls work(number, bytes) for every run of pieces that have no gaps between them, nor their
/// planes, with the number of its first piece.
template <typename Byte, typename Work>
void for_each_run(std::span<const std::span<Byte>> pieces, const PayloadLayout& layout,
                  const Work& work) {
  for (std::uint32_t first = 0, end = 0; first < pieces.size(); first = end) {
    std::uint64_t bytes = 0;
    const auto follows = [&] {
      return pieces[end].data() == pieces[first].data() + bytes &&
             2 * (layout.plane_at(end) - layout.plane_at(first)) == bytes;
    };
    for (end = first; end < pieces.size() && follows(); ++end) bytes += pieces[end].size();
    work(first, bytes);
  }
}

}  // namespace

void split_planes_on_device(const std::byte* raw, std::byte* exponents, std::byte* rest,
                            std::uint64_t elements, void* stream) {
  split_groups<<<blocks_for(elements), kThreads, 0, static_cast<cudaStream_t>(stream)>>>(
      reinterpret_cast<const std::uint16_t*>(raw), reinterpret_cast<std::uint8_t*>(exponents),
      reinterpret_cast<std::uint8_t*>(rest), elements);
  check_launch("split_groups");
}

void join_planes_on_device(const std::byte* exponents, const std::byte* rest, std::byte* raw,
                           std::uint64_t elements, void* stream) {
  join_groups<<<blocks_for(elements), kThreads, 0, static_cast<cudaStream_t>(stream)>>>(
      reinterpret_cast<const std::uint8_t*>(exponents), reinterpret_cast<const std::uint8_t*>(rest),
      reinterpret_cast<std::uint16_t*>(raw), elements);
  check_launch("join_groups");
}

void split_pieces(std::span<const std::span<const std::byte>> pieces, const PayloadLayout& layout,
                  std::byte* exponents, std::byte* rest, void* stream) {
  for_each_run(pieces, layout, [&](std::uint32_t first, std::uint64_t bytes) {
    const std::uint64_t at = layout.plane_at(first);
    split_planes_on_device(pieces[first].data(), exponents + at, rest + at, bytes / 2, stream);
  });
}

void join_pieces(std::span<const std::span<std::byte>> pieces, const PayloadLayout& layout,
                 const std::byte* exponents, const std::byte* rest, void* stream) {
  for_each_run(pieces, layout, [&](std::uint32_t first, std::uint64_t bytes) {
    const std::uint64_t at = layout.plane_at(first);
    join_planes_on_device(exponents + at, rest + at, pieces[first].data(), bytes / 2, stream);
  });
}

}  // namespace splitbench
