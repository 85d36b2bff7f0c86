#pragma once
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "codec/codebook_file.hpp"
#include "workers/plan/model.hpp"

namespace splitbench {

/// The tensors of a model by the scopes of codebooks. Under `kv` the layers of each window and all
/// their K, V or latent tensors are a scope of their own, since what a layer attends to shows in
/// its exponents. Tensors that no codec is for have none.
class TensorScopes {
 public:
  static constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();

  TensorScopes() = default;
  TensorScopes(CodebookScope, std::span<const CacheTensor>);

  /// Returns the number of a tensor's scope, or kNone; scopes are numbered by their first tensors.
  std::uint32_t of(std::uint32_t tensor) const { return scopes_[tensor]; }
  /// Returns how many tensors before this one have the same scope.
  std::uint32_t index_in(std::uint32_t tensor) const { return indices_[tensor]; }
  std::uint32_t count() const { return count_; }

 private:
  std::vector<std::uint32_t> scopes_, indices_;
  std::uint32_t count_ = 0;
};

}  // namespace splitbench
