#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "codec/codebook_file.hpp"

namespace splitbench {

// Files that a codec command was given. What the user named wrongly is an InputError; a full disk
// is a std::system_error.

/// One tensor of a dump.
struct Tensor {
  CodebookKey key;
  std::span<const std::uint16_t> elements;
};

/// The elements of a file, and the tensors that they are.
struct Dump {
  std::string path;
  std::vector<std::uint16_t> elements;
  std::vector<Tensor> tensors;  ///< spans of elements, in order, all of them
};

/// A file of bf16: split by layer and class when a .json beside it gives the shape, else one
/// tensor.
Dump read_dump(const std::filesystem::path&);

std::vector<std::byte> read_bytes(const std::filesystem::path&);

/// All or nothing: the bytes go to a file beside the path, which then takes its name.
void write_bytes(const std::filesystem::path&, std::span<const std::byte>);

}  // namespace splitbench
