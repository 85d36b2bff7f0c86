#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
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
  std::string dtype;  ///< as the file has it: "BF16", "F32"
  /// The type of its elements, if it is one of the codec's. Those of F8_E4M3FNUZ and F8_E5M2FNUZ
  /// have the same bits with other biases.
  std::optional<ElementType> type;
  std::uint64_t offset;  ///< offset of its first byte in the file
  std::uint64_t bytes;
  std::vector<std::uint64_t> shape;

  /// Returns whether it holds integers as wide as an element of this type, which is how programs
  /// without a name for the type keep it.
  bool may_hold(ElementType) const;
};

/// The layout of a .safetensors file: its header, then the tensors, back to back.
struct SafetensorsLayout {
  /// The length of the header, its length field included.
  std::uint64_t header_bytes;
  /// Tensors in the order in which they lie in the file.
  std::vector<SafetensorsTensor> tensors;
};

/// Returns the layout of a file of `file_bytes` bytes that begins with `start`, which holds at
/// least its whole header. Everything in the header is checked: tensors are as long as their
/// shapes, where the width of their type is known, and together fill the file without gap or
/// overlap. Throws std::runtime_error that describes the fault; it does not know the file's name.
SafetensorsLayout read_safetensors_layout(std::span<const std::byte> start,
                                          std::uint64_t file_bytes);

/// Returns whether the file has the suffix .safetensors.
bool is_safetensors(const std::filesystem::path&);

}  // namespace splitbench
