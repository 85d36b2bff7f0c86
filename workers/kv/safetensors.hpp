#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "codec/element.hpp"

namespace splitbench {

/// The longest header that is read. A tensor takes some 100 bytes, and a model's cache has a few
/// hundred; the format allows 100 MB, which as values in memory would be gigabytes.
inline constexpr std::uint64_t kMaxSafetensorsHeader = 8 << 20;

/// A tensor as the header of a .safetensors file describes it.
struct SafetensorsTensor {
  std::string name;
  ElementType type;
  std::uint64_t offset;  ///< offset of its first byte in the file
  std::uint64_t bytes;
  std::vector<std::uint64_t> shape;
};

/// The layout of a .safetensors file: its header, then the tensors, back to back.
struct SafetensorsLayout {
  /// The length of the header, its length field included.
  std::uint64_t header_bytes;
  /// Tensors in the order in which they lie in the file.
  std::vector<SafetensorsTensor> tensors;
};

/// Returns the layout of a file of `file_bytes` bytes that begins with `start`, which holds at
/// least its whole header. Everything in the header is checked: tensors are of the codec's types,
/// as long as their shapes, and together fill the file without gap or overlap. Throws
/// std::runtime_error that describes the fault; it does not know the file's name.
SafetensorsLayout read_safetensors_layout(std::span<const std::byte> start,
                                          std::uint64_t file_bytes);

/// Returns whether the file has the suffix .safetensors.
bool is_safetensors(const std::filesystem::path&);

}  // namespace splitbench
