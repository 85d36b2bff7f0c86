#pragma once
#include <array>
#include <cstdint>
#include <string_view>

namespace splitbench {

/// What shares a codebook: each layer's K and V apart, the tensors of a layer, all K and all V, or
/// everything. Types never do.
enum class CodebookScope : std::uint8_t { per_layer_kv, per_layer, kv, global };
inline constexpr std::array<std::string_view, 4> kCodebookScopeNames = {"per_layer_kv", "per_layer",
                                                                        "kv", "global"};

/// The scope of a tensor, which is numbered layer * classes + class.
constexpr std::uint32_t scope_of(CodebookScope scope, std::uint32_t tensor, std::uint32_t classes) {
  switch (scope) {
    case CodebookScope::per_layer_kv:
      return tensor;
    case CodebookScope::per_layer:
      return tensor / classes;
    case CodebookScope::kv:
      return tensor % classes;
    case CodebookScope::global:
      break;
  }
  return 0;
}

}  // namespace splitbench
