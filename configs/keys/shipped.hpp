#pragma once
#include <span>
#include <string_view>

namespace splitbench {

/// A file of configs/models, configs/hardware or configs/kv_profiles, as it was when the program
/// was built.
struct ShippedFile {
  std::string_view path;  ///< "models/llama-3.1-8b.yaml"
  std::string_view text;
};

/// In the order of their paths.
std::span<const ShippedFile> shipped_files();

}  // namespace splitbench
