#pragma once
#include <cstdint>
#include <filesystem>
#include <vector>

#include "codec/predicted/pages.hpp"
#include "codec/predicted/rotation.hpp"

namespace splitbench {

/// The part of the .json beside a dump of raw bf16 that predictions need.
struct RopeSidecar {
  std::uint32_t layers;
  std::uint32_t tokens;
  std::uint32_t width;  ///< elements of a token's K or V
  Pages pages;          ///< one, or as many as there are contexts

  // Only calibration needs these: a predictor has them.
  std::uint32_t heads = 0;
  RopeStyle rope = RopeStyle::none;
  std::vector<double> frequencies;  ///< of each pair of a head

  std::uint32_t head_dim() const { return width / heads; }
};

/// Returns the shape and the positions: "first_position", else 0, at the start and after each
/// "seq_len" tokens. Throws InputError that names the file.
RopeSidecar read_positions(const std::filesystem::path& dump);

/// Returns all of it: "kv_heads" and "rope_style" (half, interleaved, none) with "rope_theta", or
/// "rope_frequencies" where a model scales them. Throws InputError that names the file.
RopeSidecar read_rope(const std::filesystem::path& dump);

}  // namespace splitbench
