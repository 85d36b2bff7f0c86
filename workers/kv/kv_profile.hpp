#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "workers/kv/kv_dump.hpp"

namespace splitbench {

/// The distribution of the values of one tensor of a cache. A value is
///   scale * channel * element * Gaussian
/// where ln(channel) is normal with deviation `spread`, the same for all tokens, and ln(element) is
/// normal with deviation `tail`, each element's own.
struct TensorProfile {
  double scale = 1;          ///< scale of the median channel
  double spread = 0;         ///< deviation of channels' scales, in ln
  double tail = 0;           ///< deviation within a channel, in ln; 0: elements are Gaussian
  double outlier_share = 0;  ///< share of channels that are outliers
  double outlier_scale = 1;  ///< factor by which outliers stand apart
  double sink = 1;           ///< factor of a sequence's first token
  double zeros = 0;          ///< share of elements that are exactly 0, padding aside
  double padding = 0;        ///< share of tokens, at a sequence's end, that are all 0

  bool operator==(const TensorProfile&) const = default;
};

/// The exponent statistics of a model's cache (configs/kv_profiles/). It fits any number of layers:
/// layer l of L has the statistics of its layer floor(l * layers() / L).
struct KvProfile {
  std::string name;
  std::string provenance;  ///< origin of its figures: fitted on what, or published where
  /// Statistics by layer: as many of K as of V, at least one.
  std::vector<TensorProfile> k = std::vector<TensorProfile>(1), v = k;

  std::size_t layers() const { return k.size(); }

  bool operator==(const KvProfile&) const = default;
};

/// Returns a bf16 cache of the profile, one sequence in each layer, `width` elements per token in
/// each of K and V. The bytes for a seed are the same on every machine.
KvDump make_kv(const KvProfile&, std::uint32_t layers, std::uint64_t tokens, std::uint32_t width,
               std::uint64_t seed);

/// Returns the profile of a bf16 cache, without a name, by the moments of ln|x| in each channel.
/// The cache must not be empty. A profile's own cache gives it back as well as its size allows; its
/// outliers only if they stand clear of the other channels.
KvProfile fit_kv_profile(const KvDump&);

enum class KvSourceKind { profile, dump };

/// The source of KV bytes.
struct KvSpec {
  KvSourceKind source = KvSourceKind::profile;
  KvProfile profile;  ///< used by source profile
  /// Used by source dump: a .bf16, .e5m2 or .e4m3 file, its shape in the .json beside it; or a
  /// .safetensors file.
  std::filesystem::path dump;
  /// A codebook file, whose codebooks the KV is encoded with; empty: calibrated on the KV.
  std::filesystem::path codebook;

  bool operator==(const KvSpec&) const = default;
};

}  // namespace splitbench
