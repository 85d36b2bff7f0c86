#include "codec/predicted/frame_adjustments.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>

#include "codec/predicted/prediction.hpp"
#include "codec/predicted/token_sample.hpp"

namespace splitbench {
namespace {

/// The powers of 2 by 0 to -15 sixteenths.
constexpr std::array<float, 16> kFractions = {
    1.0f,         0.95760328f,  0.917004043f, 0.878126080f, 0.840896415f, 0.805245166f,
    0.771105413f, 0.738413073f, 0.707106781f, 0.677127773f, 0.648419777f, 0.620928906f,
    0.594603558f, 0.569394317f, 0.545253866f, 0.522136891f};

/// The mean size of what is left of a channel whose scale is 1, in 256ths: that of a normal
/// distribution.
constexpr std::int64_t kMeanSize = 204;

/// The ratios of mean sizes, by 2^12, from which on a scale is a quarter of an octave more: of -7
/// to 7 quarters.
constexpr std::array<std::int64_t, 15> kScaleSteps = {
    1117, 1328, 1579, 1878, 2233, 2656, 3158, 3756, 4467, 5312, 6317, 7512, 8933, 10624, 12634};

/// Returns a / b rounded to the next integer, a half up; b is positive.
constexpr std::int64_t rounded_quotient(std::int64_t a, std::int64_t b) {
  const std::int64_t twice = 2 * a + b;
  return twice / (2 * b) - (twice % (2 * b) < 0 ? 1 : 0);
}

// Sums of a sample's differences fit 32 bits.
static_assert(std::int64_t{kAdjustmentSample} * 3 * kMaxPrediction < std::int64_t{1} << 31);

std::int8_t scale_step(std::int64_t sizes, std::int64_t tokens) {
  int step = -8;
  for (const std::int64_t ratio : kScaleSteps)
    if (sizes << 12 >= ratio * kMeanSize * tokens) ++step;
  return static_cast<std::int8_t>(step);
}

}  // namespace

float units_of_scale(std::int32_t log_scale) {
  return std::ldexp(kFractions[static_cast<std::size_t>(log_scale & 15)], 8 - (log_scale >> 4));
}

std::optional<Adjustments> adjustments_for(std::span<const std::uint16_t> elements,
                                           const Predictor& predictor, std::uint32_t layer, Fit fit,
                                           const References& references, const Pages& pages) {
  const std::uint32_t row = predictor.row();
  if (elements.size() / row < kAdjustedTokens) return std::nullopt;
  const TokenSample sample(elements, references, pages, row, kAdjustmentSample);
  const std::uint32_t tokens = sample.tokens();
  const PredictedArea all{.first_token = 0, .tokens = tokens, .first_channel = 0, .channels = row};
  const auto& channels = predictor.layers[layer].fits[static_cast<std::size_t>(fit)].channels;
  const bool is_key = fit != Fit::value_mean && fit != Fit::value_from_before;
  std::vector<float> units(row);
  for (std::uint32_t i = 0; i < row; ++i) units[i] = units_of_scale(channels[i].log_scale);

  const TokenRotations rotations(predictor, fit, sample.pages(), tokens);
  const TensorPrediction unadjusted(predictor, layer, fit, sample.references(), rotations, tokens,
                                    nullptr);
  std::vector<std::int32_t> predictions(std::size_t{tokens} * row);
  unadjusted.predict_before_rope(all, predictions.data());
  std::vector<std::int32_t> sums(row);
  std::vector<float> values(row);
  std::vector<std::int32_t> in_units(row);
  for (std::uint32_t token = 0; token < tokens; ++token) {
    unrotate(predictor, is_key ? TensorRole::key : TensorRole::value,
             sample.elements().data() + std::size_t{token} * row, rotations.at(token), values);
    to_units(values.data(), units.data(), row, in_units.data());
    for (std::uint32_t i = 0; i < row; ++i)
      sums[i] += in_units[i] - predictions[std::size_t{token} * row + i];
  }
  Adjustments adjustments{.means = std::vector<std::int8_t>(row),
                          .scales = std::vector<std::int8_t>(row)};
  for (std::uint32_t i = 0; i < row; ++i)
    adjustments.means[i] = static_cast<std::int8_t>(
        std::clamp<std::int64_t>(rounded_quotient(sums[i], 16 * std::int64_t{tokens}), -32, 31));

  const TensorPrediction centered(predictor, layer, fit, sample.references(), rotations, tokens,
                                  &adjustments);
  centered.predict(all, predictions.data());
  std::vector<std::int32_t> sizes(row);
  for (std::uint32_t token = 0; token < tokens; ++token) {
    const std::size_t begin = std::size_t{token} * row;
    for (std::uint32_t i = 0; i < row; ++i)
      values[i] =
          std::bit_cast<float>(static_cast<std::uint32_t>(sample.elements()[begin + i]) << 16);
    to_units(values.data(), units.data(), row, in_units.data());
    for (std::uint32_t i = 0; i < row; ++i)
      sizes[i] += std::abs(in_units[i] - predictions[begin + i]);
  }
  for (std::uint32_t i = 0; i < row; ++i) adjustments.scales[i] = scale_step(sizes[i], tokens);
  return adjustments;
}

}  // namespace splitbench
