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

}  // namespace splitbench
