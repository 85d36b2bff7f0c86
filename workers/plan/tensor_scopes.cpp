#include "workers/plan/tensor_scopes.hpp"

#include <map>
#include <tuple>

namespace splitbench {
namespace {

using Key = std::tuple<std::uint32_t, std::uint32_t, TensorClass>;

/// Returns what the tensors of a scope have in common.
Key key_of(CodebookScope scope, std::uint32_t tensor, const CacheTensor& shape) {
  switch (scope) {
    case CodebookScope::per_layer_kv:
      return {tensor, 0, {}};
    case CodebookScope::per_layer:
      return {shape.layer, 0, {}};
    case CodebookScope::kv:
      return {0, shape.window, shape.tensor_class};
    case CodebookScope::global:
      break;
  }
  return {};
}

}  // namespace

TensorScopes::TensorScopes(CodebookScope scope, std::span<const CacheTensor> tensors)
    : scopes_(tensors.size(), kNone), indices_(tensors.size()) {
  std::map<Key, std::uint32_t> known;
  std::vector<std::uint32_t> sizes;
  for (std::uint32_t tensor = 0; tensor < tensors.size(); ++tensor) {
    if (!tensors[tensor].coded()) continue;
    const auto [found, is_new] = known.try_emplace(key_of(scope, tensor, tensors[tensor]), count_);
    if (is_new) {
      ++count_;
      sizes.push_back(0);
    }
    scopes_[tensor] = found->second;
    indices_[tensor] = sizes[found->second]++;
  }
}

}  // namespace splitbench
