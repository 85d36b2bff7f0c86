#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "codec/element.hpp"

namespace splitbench {

/// The KV cache of a real model: little-endian [layers][K, V][tokens][width].
struct KvDump {
  std::uint32_t layers = 0;
  std::uint64_t tokens = 0;
  std::uint32_t width = 0;     ///< KV heads times head dimension
  std::uint64_t sequence = 0;  ///< tokens of a context, where that is known; else 0: all are one's
  ElementType element_type = ElementType::bf16;
  std::vector<std::byte> values;

  std::uint64_t elements() const { return std::uint64_t{layers} * 2 * tokens * width; }
};

}  // namespace splitbench
