#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "workers/kv/kv_dump.hpp"

namespace splitbench {

/// How the values of one tensor of a cache spread. A value is
///   scale * channel * element * Gaussian
/// where ln(channel) is normal with deviation `spread`, the same for all tokens, and ln(element) is
/// normal with deviation `tail`, each element's own.
struct TensorProfile {
  double scale = 1;          ///< of the median channel
  double spread = 0;         ///< of channels, in ln
  double tail = 0;           ///< of elements within a channel, in ln; 0: they are Gaussian
  double outlier_share = 0;  ///< of channels, that stand apart ...
  double outlier_scale = 1;  ///< ... by this factor
  double sink = 1;           ///< factor of a sequence's first token
  double zeros = 0;          ///< share of elements that are exactly 0, padding aside
  double padding = 0;        ///< share of tokens, at a sequence's end, that are all 0

  bool operator==(const TensorProfile&) const = default;
};

/// The exponent statistics of a model's cache (configs/kv_profiles/). It stands for any number of
/// layers: layer l of L is layer floor(l * layers() / L) of it.
struct KvProfile {
  std::string name;
  std::string provenance;  ///< of its figures: fitted on what, or published where
  /// by layer; as many of each, at least one
  std::vector<TensorProfile> k = std::vector<TensorProfile>(1), v = k;

  std::size_t layers() const { return k.size(); }

  bool operator==(const KvProfile&) const = default;
};

/// A bf16 cache of that profile, one sequence in each layer; the same bytes for a seed on every
/// machine.
KvDump make_kv(const KvProfile&, std::uint32_t layers, std::uint64_t tokens, std::uint32_t width,
               std::uint64_t seed);

/// The profile that a bf16 cache has, by the moments of ln|x| in each channel; nameless. A
/// profile's own cache gives it back as well as its size allows; where it has outliers, only those
/// that stand clear of the other channels.
KvProfile fit_kv_profile(const KvDump&);

enum class KvSourceKind { profile, dump };

/// Where KV bytes come from.
struct KvSpec {
  KvSourceKind source = KvSourceKind::profile;
  KvProfile profile;  ///< profile only
  /// dump only: a .bf16, .e5m2 or .e4m3 file, its shape in the .json beside it; or a .safetensors
  std::filesystem::path dump;
};

}  // namespace splitbench
