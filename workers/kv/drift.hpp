#pragma once
#include <chrono>
#include <cstdint>
#include <string_view>
#include <vector>

#include "codec/codebook_file.hpp"
#include "workers/kv/kv_profile.hpp"
#include "workloads/enum_names.hpp"

namespace splitbench {

/// The change that the exponents of a cache undergo.
enum class DriftKind : std::uint8_t {
  none,
  scale_shift,        ///< all values times 2^amount
  tail_growth,        ///< elements are scaled by factors that spread by `amount` in ln
  outlier_onset,      ///< a share of channels grows by 2^amount
  other_model,        ///< a share of tokens comes from another profile
  kv_mixup,           ///< K and V of a share of tokens are swapped
  layer_mixup,        ///< a share of tokens comes from the layer half a model away
  padding,            ///< a share of tokens is all zeros
  nan_burst,          ///< a share of tokens, in bursts, is NaN with payloads, or infinite
  all_escapes,        ///< a share of elements has exponents that no calibrated codebook holds
  alternating,        ///< scale_shift of requests with odd numbers only
  uniform_exponents,  ///< a share of elements has uniformly distributed exponents
};
inline constexpr EnumNames<DriftKind, 12> kDriftKindNames = {{{
    {DriftKind::none, "none"},
    {DriftKind::scale_shift, "scale_shift"},
    {DriftKind::tail_growth, "tail_growth"},
    {DriftKind::outlier_onset, "outlier_onset"},
    {DriftKind::other_model, "other_model"},
    {DriftKind::kv_mixup, "kv_mixup"},
    {DriftKind::layer_mixup, "layer_mixup"},
    {DriftKind::padding, "padding"},
    {DriftKind::nan_burst, "nan_burst"},
    {DriftKind::all_escapes, "all_escapes"},
    {DriftKind::alternating, "alternating"},
    {DriftKind::uniform_exponents, "uniform_exponents"},
}}};
constexpr std::string_view name_of(DriftKind kind) {
  return kDriftKindNames[kind];
}

/// The course of a run's drift, over its requests' numbers or their intended arrivals.
struct DriftPath {
  enum class Shape : std::uint8_t {
    step,      ///< no drift before `begin`, full drift from then on
    ramp,      ///< grows evenly from `begin` on, for `length`
    periodic,  ///< a raised cosine of period `length` from `begin` on
  };
  Shape shape = Shape::step;
  /// True if begin and length are nanoseconds from the run's start, not requests.
  bool timed = false;
  std::uint64_t begin = 0;
  std::uint64_t length = 0;  ///< unused by a step

  bool operator==(const DriftPath&) const = default;
};

/// The response to drift, once codebooks are calibrated on KV that has not drifted.
enum class DriftPolicy : std::uint8_t {
  none,         ///< no response; frames that would not shrink are stored, as the format requires
  fixed,        ///< the codec as published: no response, and nothing is ever stored
  fallback,     ///< frames that would not pay are stored
  recalibrate,  ///< fallback, and codebooks follow the drift
};
inline constexpr EnumNames<DriftPolicy, 4> kDriftPolicyNames = {{{
    {DriftPolicy::none, "none"},
    {DriftPolicy::fixed, "fixed"},
    {DriftPolicy::fallback, "fallback"},
    {DriftPolicy::recalibrate, "recalibrate"},
}}};
inline constexpr EnumNames<CodebookScope, 4> kCodebookScopeNames = {{{
    {CodebookScope::per_layer_kv, "per_layer_kv"},
    {CodebookScope::per_layer, "per_layer"},
    {CodebookScope::kv, "kv"},
    {CodebookScope::global, "global"},
}}};

/// The drift of a run and the response to it.
struct DriftSpec {
  DriftKind kind = DriftKind::none;
  double amount = 0;  ///< binades; tail_growth: in ln
  double share = 1;   ///< share of channels, tokens or elements that full drift alters
  KvProfile to;       ///< profile that other_model drifts to
  DriftPath path;
  DriftPolicy policy = DriftPolicy::none;
  CodebookScope scope = CodebookScope::per_layer_kv;

  bool operator==(const DriftSpec&) const = default;
};

/// The level of full drift; levels are steps of an eighth.
inline constexpr std::uint32_t kDriftLevels = 8;
/// Returns how far a request's cache has drifted at its intended arrival, from 0 (not at all) to
/// kDriftLevels (entirely). The level depends on the request alone, so it is the same in every arm.
std::uint32_t drift_level(const DriftSpec&, std::uint64_t request,
                          std::chrono::nanoseconds arrival);

/// Returns the levels that drift_level() can give, ascending.
std::vector<std::uint32_t> levels_of(const DriftSpec&);

/// Returns the cache as it is at a level, 0 to kDriftLevels. `base` must be bf16; level 0 gives it
/// back unchanged. The bytes for a seed are the same on every machine.
KvDump drifted(const KvDump& base, const DriftSpec&, std::uint32_t level, std::uint64_t seed);

}  // namespace splitbench
