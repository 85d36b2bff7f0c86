#pragma once
#include <chrono>
#include <cstdint>
#include <string_view>
#include <vector>

#include "codec/codebook_file.hpp"
#include "workers/kv/kv_profile.hpp"
#include "workloads/enum_names.hpp"

namespace splitbench {

/// What happens to the exponents of a cache.
enum class DriftKind : std::uint8_t {
  none,
  scale_shift,        ///< all values times 2^amount
  tail_growth,        ///< an element's scale spreads by `amount` in ln
  outlier_onset,      ///< a share of channels grows by 2^amount
  other_model,        ///< a share of tokens is another profile's
  kv_mixup,           ///< of a share of tokens, K lies where V should and V where K should
  layer_mixup,        ///< a share of tokens is of the layer half a model away
  padding,            ///< a share of tokens is all zeros
  nan_burst,          ///< a share of tokens, in bursts, is NaN with payloads, or infinite
  all_escapes,        ///< a share of elements has exponents that no calibrated codebook holds
  alternating,        ///< as scale_shift, but of requests with an odd number only
  uniform_exponents,  ///< a share of elements has any exponent, each as likely
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

/// How far a run has drifted, by its requests' numbers or their intended arrivals.
struct DriftPath {
  enum class Shape : std::uint8_t {
    step,      ///< not at all, and from `begin` on entirely
    ramp,      ///< evenly more, from `begin` on for `length`
    periodic,  ///< from `begin` on to and fro as a raised cosine, each time in `length`
  };
  Shape shape = Shape::step;
  bool timed = false;  ///< begin and length are nanoseconds from the run's start, not requests
  std::uint64_t begin = 0;
  std::uint64_t length = 0;  ///< of a step: nothing

  bool operator==(const DriftPath&) const = default;
};

/// What is done about it, once codebooks are calibrated on what there was before.
enum class DriftPolicy : std::uint8_t {
  none,         ///< nothing; frames that would not shrink are stored, as the format wants it
  fixed,        ///< the codec as published: nothing, and nothing is ever stored
  fallback,     ///< what would not pay is stored
  recalibrate,  ///< and codebooks follow
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

struct DriftSpec {
  DriftKind kind = DriftKind::none;
  double amount = 0;  ///< in binades, or, of tail_growth, in ln
  double share = 1;   ///< of channels, tokens or elements, when it has drifted entirely
  KvProfile to;       ///< other_model only
  DriftPath path;
  DriftPolicy policy = DriftPolicy::none;
  CodebookScope scope = CodebookScope::per_layer_kv;

  bool operator==(const DriftSpec&) const = default;
};

/// How far a request's cache has drifted, in steps of an eighth: 0 not at all, kDriftLevels
/// entirely. It depends on the request alone, so it is the same in every arm.
inline constexpr std::uint32_t kDriftLevels = 8;
std::uint32_t drift_level(const DriftSpec&, std::uint64_t request,
                          std::chrono::nanoseconds arrival);

/// The levels that drift_level can give, ascending.
std::vector<std::uint32_t> levels_of(const DriftSpec&);

/// The cache as it is at a level; `base` is bf16. The same bytes for a seed on every machine. Level
/// 0 gives `base` back.
KvDump drifted(const KvDump& base, const DriftSpec&, std::uint32_t level, std::uint64_t seed);

}  // namespace splitbench
