#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "codec/element.hpp"

namespace splitbench {

/// A tensor as the header of a .safetensors file describes it.
struct SafetensorsTensor {
  std::string name;
  ElementType type;
  std::uint64_t offset;  ///< of its first byte in the file
  std::uint64_t bytes;
  std::vector<std::uint64_t> shape;
};

/// What lies where in a .safetensors file: its header, then the tensors, back to back.
struct SafetensorsLayout {
  std::uint64_t header_bytes;
  std::vector<SafetensorsTensor> tensors;  ///< in the order in which they lie in the file
};

/// Of a file of `file_bytes` that begins with `start`, which holds at least its whole header.
/// Nothing that the header says is believed unchecked: tensors are of the codec's types, as long as
/// their shapes, and together fill the file without gap or overlap. Throws std::runtime_error that
/// says what is wrong; it does not know the file's name.
SafetensorsLayout read_safetensors_layout(std::span<const std::byte> start,
                                          std::uint64_t file_bytes);

bool is_safetensors(const std::filesystem::path&);  ///< by its suffix

}  // namespace splitbench
