#include "workers/kv/drift.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <cmath>
#include <cstring>
#include <span>
#include <utility>
#include <vector>

#include "codec/digest.hpp"
#include "workloads/generators/random.hpp"

namespace splitbench {

namespace {

constexpr std::uint32_t kClasses = 2;  // K, V
constexpr std::uint64_t kBurstTokens = 64;
constexpr std::uint16_t kExponent = 0x7f80, kSignMantissa = 0x807f;  // bits of a bf16 element
constexpr unsigned kMantissaBits = 7;

/// The purposes of hashes; each purpose has its own.
enum Purpose : std::uint64_t { kAltered, kPayload, kOtherModel };

using Words = std::span<std::uint16_t>;

/// Returns word * factor, rounded to nearest, ties to even. Infinities and NaNs are unchanged,
/// payload included.
std::uint16_t scaled(std::uint16_t word, float factor) {
  if ((word & kExponent) == kExponent) return word;
  const float product = std::bit_cast<float>(std::uint32_t{word} << 16) * factor;
  const auto bits = std::bit_cast<std::uint32_t>(product);
  return static_cast<std::uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

std::uint16_t with_exponent(std::uint16_t word, std::uint64_t exponent) {
  return static_cast<std::uint16_t>((word & kSignMantissa) | exponent << kMantissaBits);
}

/// Returns an infinity for one hash in 14 or so, else a quiet or signalling NaN of any payload and
/// sign.
std::uint16_t not_finite(std::uint64_t hash) {
  const bool infinite = (hash >> 8 & 15) == 0;
  const std::uint64_t sign_mantissa = (hash << 8 & 0x8000) | (infinite ? 0 : hash & 0x7f);
  return static_cast<std::uint16_t>(kExponent | sign_mantissa);
}

float binades(double count) {
  constexpr double kLog2 = 0x1.62e42fefa39efp-1;
  return static_cast<float>(exponential_of(count * kLog2));
}

/// A cache that is changed to what it is at a level. A token, channel or element is altered if its
/// hash is below the altered share, so what one level alters the next one alters, too.
class Drifting {
 public:
  Drifting(const KvDump& base, const DriftSpec& spec, std::uint32_t level, std::uint64_t seed)
      : dump_(base),
        spec_(spec),
        seed_(seed),
        progress_(static_cast<double>(level) / kDriftLevels),
        before_(base.elements()),
        after_(base.elements()) {
    std::memcpy(before_.data(), base.values.data(), base.values.size());
    after_ = before_;
  }

  KvDump result() {
    change();
    std::memcpy(dump_.values.data(), after_.data(), dump_.values.size());
    return std::move(dump_);
  }

 private:
  void change() {
    switch (spec_.kind) {
      case DriftKind::none:
        return;
      case DriftKind::scale_shift:
      case DriftKind::alternating:
        return scale_all(binades(spec_.amount * progress_));
      case DriftKind::tail_growth:
        return spread_elements();
      case DriftKind::outlier_onset:
        return scale_channels(binades(spec_.amount));
      case DriftKind::other_model:
        return take_tokens_of(
            make_kv(spec_.to, dump_.layers, dump_.tokens, dump_.width, hash(kOtherModel, 0)));
      case DriftKind::kv_mixup:
        return take_rows([](std::uint32_t tensor) { return tensor ^ 1; });
      case DriftKind::layer_mixup:
        return take_rows([tensors = kClasses * dump_.layers, half = kClasses * (dump_.layers / 2)](
                             std::uint32_t tensor) { return (tensor + half) % tensors; });
      case DriftKind::padding:
        return each_altered_token([](Words row, auto...) { std::ranges::fill(row, 0); });
      case DriftKind::nan_burst:
        return alter_bursts();
      case DriftKind::all_escapes:
        return alter_elements([](std::uint16_t word, std::uint64_t payload) {
          return with_exponent(word, 192 + payload % 48);
        });
      case DriftKind::uniform_exponents:
        return alter_elements([](std::uint16_t word, std::uint64_t payload) {
          return with_exponent(word, payload % 256);
        });
    }
  }

  void scale_all(float factor) {
    for (std::uint16_t& word : after_) word = scaled(word, factor);
  }

  /// Scales each element by a lognormal factor from a table, which is as good as a factor of its
  /// own and a hundred times quicker.
  void spread_elements() {
    constexpr std::size_t kFactors = 1 << 16;
    Random random(seed_, "drift tail");
    std::vector<float> factors(kFactors);
    for (float& factor : factors)
      factor = static_cast<float>(exponential_of(spec_.amount * progress_ * random.normal()));
    for (std::size_t i = 0; i < after_.size(); ++i)
      after_[i] = scaled(after_[i], factors[hash(kPayload, i) % kFactors]);
  }

  void scale_channels(float factor) {
    for (std::uint32_t tensor = 0; tensor < tensors(); ++tensor) {
      std::vector<float> factors(dump_.width);
      for (std::uint32_t channel = 0; channel < dump_.width; ++channel)
        factors[channel] = altered(std::uint64_t{tensor} * dump_.width + channel) ? factor : 1;
      for (std::uint64_t token = 0; token < dump_.tokens; ++token) {
        const Words row = row_of(after_, tensor, token);
        for (std::uint32_t channel = 0; channel < dump_.width; ++channel)
          row[channel] = scaled(row[channel], factors[channel]);
      }
    }
  }

  void take_tokens_of(const KvDump& other) {
    std::memcpy(before_.data(), other.values.data(), other.values.size());
    take_rows([](std::uint32_t tensor) { return tensor; });
  }

  template <class Source>
  void take_rows(Source source_of) {
    each_altered_token([&](Words row, std::uint32_t tensor, std::uint64_t token) {
      std::ranges::copy(row_of(before_, source_of(tensor), token), row.begin());
    });
  }

  void alter_bursts() {
    const std::uint64_t bursts = (dump_.tokens + kBurstTokens - 1) / kBurstTokens;
    for (std::uint32_t tensor = 0; tensor < tensors(); ++tensor)
      for (std::uint64_t token = 0; token < dump_.tokens; ++token)
        if (altered(tensor * bursts + token / kBurstTokens))
          for (std::uint16_t& word : row_of(after_, tensor, token))
            word = not_finite(hash(kPayload, static_cast<std::uint64_t>(&word - after_.data())));
  }

  /// Changes the rows of each altered token, in all layers, K and V.
  template <class Change>
  void each_altered_token(Change change_row) {
    for (std::uint64_t token = 0; token < dump_.tokens; ++token)
      if (altered(token))
        for (std::uint32_t tensor = 0; tensor < tensors(); ++tensor)
          change_row(row_of(after_, tensor, token), tensor, token);
  }

  template <class Change>
  void alter_elements(Change change_word) {
    for (std::size_t i = 0; i < after_.size(); ++i)
      if (altered(i)) after_[i] = change_word(after_[i], hash(kPayload, i));
  }

  std::uint32_t tensors() const { return kClasses * dump_.layers; }

  Words row_of(std::vector<std::uint16_t>& words, std::uint32_t tensor, std::uint64_t token) const {
    return std::span(words).subspan((tensor * dump_.tokens + token) * dump_.width, dump_.width);
  }

  std::uint64_t hash(Purpose purpose, std::uint64_t number) const {
    return mix(mix(seed_, purpose), number);
  }

  bool altered(std::uint64_t number) const {
    return static_cast<double>(hash(kAltered, number) >> 11) * 0x1p-53 < spec_.share * progress_;
  }

  KvDump dump_;
  const DriftSpec& spec_;
  std::uint64_t seed_;
  double progress_;  ///< 0 to 1
  std::vector<std::uint16_t> before_, after_;
};

}  // namespace

KvDump drifted(const KvDump& base, const DriftSpec& spec, std::uint32_t level, std::uint64_t seed) {
  assert(base.element_type == ElementType::bf16 && level <= kDriftLevels);
  if (level == 0) return base;
  return Drifting(base, spec, level, seed).result();
}

namespace {

/// The shares of a period after which a raised cosine comes to half of the first eighth, of the
/// second, and so on: acos(1 - (2k - 1) / 8) / 2 pi. They are constants because libraries' cosines
/// differ in their last bits.
constexpr std::array<double, kDriftLevels> kRises = {
    0.08043062325516624, 0.14254947929586267, 0.18882135323043847, 0.2300534561626159,
    0.26994654383738415, 0.3111786467695616,  0.35745052070413735, 0.4195693767448338};

/// Returns the level of a ramp, rounded to the nearest eighth; a ramp of length 0 is at its end.
std::uint32_t ramp_level(std::uint64_t since, std::uint64_t length) {
  if (since >= length) return kDriftLevels;
  const double share = static_cast<double>(since) / static_cast<double>(length);
  return static_cast<std::uint32_t>(std::lround(share * kDriftLevels));
}

std::uint32_t periodic_level(std::uint64_t since, std::uint64_t period) {
  if (period == 0) return 0;
  const std::uint64_t phase = since % period;
  const double share =
      static_cast<double>(std::min(phase, period - phase)) / static_cast<double>(period);
  return static_cast<std::uint32_t>(std::ranges::upper_bound(kRises, share) - kRises.begin());
}

}  // namespace

std::uint32_t drift_level(const DriftSpec& spec, std::uint64_t request,
                          std::chrono::nanoseconds arrival) {
  const DriftPath& path = spec.path;
  const std::uint64_t now = path.timed ? static_cast<std::uint64_t>(arrival.count()) : request;
  if (spec.kind == DriftKind::none || now < path.begin) return 0;
  if (spec.kind == DriftKind::alternating && request % 2 == 0) return 0;
  switch (path.shape) {
    case DriftPath::Shape::step:
      return kDriftLevels;
    case DriftPath::Shape::ramp:
      return ramp_level(now - path.begin, path.length);
    case DriftPath::Shape::periodic:
      return periodic_level(now - path.begin, path.length);
  }
  return 0;
}

std::vector<std::uint32_t> levels_of(const DriftSpec& spec) {
  if (spec.kind == DriftKind::none) return {0};
  if (spec.path.shape == DriftPath::Shape::step) return {0, kDriftLevels};
  std::vector<std::uint32_t> levels;
  for (std::uint32_t level = 0; level <= kDriftLevels; ++level) levels.push_back(level);
  return levels;
}

}  // namespace splitbench
