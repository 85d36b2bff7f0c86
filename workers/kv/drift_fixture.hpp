#pragma once
#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "codec/exponent_statistics.hpp"
#include "workers/kv/drift.hpp"

namespace splitbench::drift_fixture {

// A small cache, and what tests measure on its drifted copies.

using Words = std::vector<std::uint16_t>;

inline constexpr std::uint32_t kLayers = 4, kWidth = 64;
inline constexpr std::uint64_t kTokens = 1024;
inline constexpr std::uint64_t kSeed = 7;
inline KvProfile profile(double k, double v) {
  return {.name = "test",
          .provenance = "invented",
          .k = {TensorProfile{.scale = k, .spread = 0.5}},
          .v = {TensorProfile{.scale = v, .spread = 0.5}}};
}

inline const KvDump& cache() {
  static const KvDump made = make_kv(profile(1, 0.01), kLayers, kTokens, kWidth, 1);
  return made;
}

inline Words words_of(const KvDump& dump) {
  Words words(dump.elements());
  std::memcpy(words.data(), dump.values.data(), dump.values.size());
  return words;
}

inline KvDump dump_of(const Words& words, std::uint32_t width) {
  KvDump dump{.layers = 1, .tokens = words.size() / width / 2, .width = width, .values = {}};
  dump.values.resize(2 * words.size());
  std::memcpy(dump.values.data(), words.data(), dump.values.size());
  return dump;
}

inline DriftSpec spec(DriftKind kind, double share = 0.5) {
  return {.kind = kind, .amount = 3, .share = share, .to = profile(30, 20)};
}

inline Words drift(const DriftSpec& spec, std::uint32_t level = kDriftLevels,
                   std::uint64_t seed = kSeed) {
  return words_of(drifted(cache(), spec, level, seed));
}

inline std::vector<bool> changed(const Words& words) {
  const Words before = words_of(cache());
  std::vector<bool> differs(words.size());
  for (std::size_t i = 0; i < words.size(); ++i) differs[i] = words[i] != before[i];
  return differs;
}

inline double share_of(const std::vector<bool>& flags) {
  return static_cast<double>(std::ranges::count(flags, true)) / static_cast<double>(flags.size());
}

inline float value_of(std::uint32_t word) {
  return std::bit_cast<float>(word << 16);
}

inline int exponent_of(std::uint16_t word) {
  return word >> 7 & 0xff;
}

/// Returns the escape rate of the words with the codebook of the cache before it drifted.
inline double escape_rate_of(const Words& words) {
  const Codebook codebook = calibrate(exponent_histogram(words_of(cache())));
  return escape_rate(exponent_histogram(words), codebook);
}

/// Returns one row of a tensor; tensors are numbered layer * 2 + (V ? 1 : 0).
inline Words row(const Words& words, std::uint32_t tensor, std::uint64_t token) {
  const auto first =
      words.begin() + static_cast<std::ptrdiff_t>((tensor * kTokens + token) * kWidth);
  return {first, first + kWidth};
}

}  // namespace splitbench::drift_fixture
