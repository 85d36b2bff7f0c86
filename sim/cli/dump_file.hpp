#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "codec/codebook_file.hpp"
#include "codec/element.hpp"

namespace splitbench {

/// One tensor of a dump.
struct Tensor {
  std::string name;  ///< in its file; of raw elements, what its key says
  CodebookKey key;
  /// The type of its elements; nothing if it is none of the codec's, and the tensor is bytes.
  std::optional<ElementType> type;
  std::string dtype;  ///< what a .safetensors file calls the type: "F32"
  std::span<const std::byte> raw;
};

/// A file of tensors, read whole. Preface and tensors are spans of it, and together all of it.
struct Dump {
  std::string path;
  std::vector<std::byte> file;
  std::span<const std::byte> preface;  ///< bytes before the elements: a .safetensors header
  std::vector<Tensor> tensors;         ///< in order
};

/// A .safetensors file, in which integers as wide as the type wanted are taken for elements of it;
/// or raw elements: of the type wanted, else of that which the suffix .bf16, .e5m2 or .e4m3 says,
/// else bf16; split by layer and class when a .json beside the file gives the shape, else one
/// tensor. Throws InputError.
Dump read_dump(const std::filesystem::path&, std::optional<ElementType> wanted = {});

}  // namespace splitbench
