#pragma once
#include <cstdint>
#include <string>

#include "codec/element.hpp"

namespace splitbench {

/// The tensors of a model's cache as a tensor-parallel rank holds and sends them.
struct BenchShape {
  std::string text;               ///< as it was given: "qwen3-32b:tp=4:page=16:layers=8"
  std::uint32_t tensors = 0;      ///< of all its layers
  std::uint64_t row = 0;          ///< elements of a token in each of them
  std::uint32_t page_tokens = 0;  ///< 0: no pages

  /// Returns the bytes of a tensor if all of them have no more than these, in whole tokens or
  /// pages. Throws InputError if that is none.
  std::uint64_t tensor_bytes(std::uint64_t bytes, ElementType) const;
  /// Returns the bytes of a page of a tensor, 0 if there are no pages.
  std::uint64_t page_bytes(ElementType type) const { return page_tokens * token_bytes(type); }

 private:
  std::uint64_t token_bytes(ElementType type) const { return row * element_bytes(type); }
};

/// Returns the shape of MODEL[:tp=N][:page=TOKENS][:layers=N]: all of its layers that keep K and V
/// or a latent tensor, or the first of them; one rank's share of heads; and no pages. Throws
/// InputError.
BenchShape parse_shape(const std::string& text);

}  // namespace splitbench
