#include "codec/predicted/calibration.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <optional>
#include <utility>

#include "codec/errors.hpp"
#include "codec/predicted/features.hpp"
#include "codec/predicted/prediction.hpp"
#include "codec/predicted/ridge.hpp"

namespace splitbench {
namespace {

/// More parts than this cost time and tell nothing.
constexpr std::uint32_t kMostFolds = 4;

/// A feature reaches this many standard deviations.
constexpr double kFeatureReach = 4.5;

/// The scale of a normal distribution whose mean size is 1.
constexpr double kScaleOfMeanSize = 1.2533;

constexpr std::array kRidges = {0.003, 0.01, 0.03, 0.1, 0.3, 1.0};

/// The rows of floats that regression sees: features of the layer before and of this one, then
/// what is to be predicted, K and V without their centers.
struct JointColumns {
  std::size_t row;

  Columns before_key() const { return {0, row}; }
  Columns own_key() const { return {2 * row, row}; }
  Columns own_values() const { return {3 * row, row}; }
  Columns target(TensorRole role) const { return {(role == TensorRole::key ? 4 : 5) * row, row}; }
  std::size_t features() const { return 4 * row; }
  std::size_t all() const { return 6 * row; }

  /// Returns the features of a fit, which lie side by side.
  Columns of(Fit fit) const {
    const FitSources sources = sources_of(fit);
    const Columns first = sources.before ? before_key() : own_values();
    return {first.begin, sources.rows() * row};
  }
};

constexpr TensorRole role_of(Fit fit) {
  return fit == Fit::value_mean || fit == Fit::value_from_before ? TensorRole::value
                                                                 : TensorRole::key;
}

/// A part of a text that is predicted by what other parts than its fold's teach.
struct Part {
  std::size_t text;
  std::uint32_t first_token;
  std::uint32_t tokens;
  std::uint32_t fold;
};

std::vector<Part> parts_of(std::span<const CalibrationText> texts) {
  std::vector<Part> parts;
  if (texts.size() == 1) {
    const std::uint32_t tokens = texts[0].tokens, folds = std::min(kMostFolds, tokens);
    for (std::uint32_t fold = 0; fold < folds; ++fold) {
      const auto begin = static_cast<std::uint32_t>(std::uint64_t{tokens} * fold / folds);
      const auto end = static_cast<std::uint32_t>(std::uint64_t{tokens} * (fold + 1) / folds);
      parts.push_back({0, begin, end - begin, fold});
    }
    return parts;
  }
  for (std::size_t i = 0; i < texts.size(); ++i)
    parts.push_back({i, 0, texts[i].tokens, static_cast<std::uint32_t>(i % kMostFolds)});
  return parts;
}

/// Returns a part in pieces that are handled at once, so that few floats are in memory.
std::vector<Part> pieces_of(const Part& part) {
  constexpr std::uint32_t kTokens = 256;
  std::vector<Part> pieces;
  for (std::uint32_t begin = 0; begin < part.tokens; begin += kTokens)
    pieces.push_back(
        {part.text, part.first_token + begin, std::min(kTokens, part.tokens - begin), part.fold});
  return pieces;
}

/// A tensor of a text: as it is, before RoPE, and as features.
struct TextTensor {
  std::vector<std::uint16_t> elements;
  std::vector<float> values;
  std::vector<std::int8_t> features;
};

/// A layer of all texts.
using TextLayers = std::vector<std::array<TextTensor, 2>>;

/// One calibration, layer by layer.
class Calibration {
 public:
  Calibration(const CalibrationModel& model, std::span<const CalibrationText> texts)
      : model_(model),
        texts_(texts),
        parts_(parts_of(texts)),
        columns_{std::size_t{model.heads} * model.head_dim} {
    predictor_.mode = model.mode;
    predictor_.heads = model.heads;
    predictor_.head_dim = model.head_dim;
    predictor_.rope = model.rope;
    if (model.rope != RopeStyle::none) predictor_.rotations = Rotations(model.frequencies);
    for (const CalibrationText& text : texts)
      rotations_.emplace_back(predictor_, Fit::key_mean, text.pages, text.tokens);
    for (const Part& part : parts_) folds_ = std::max(folds_, part.fold + 1);
  }

  Predictor calibrate() {
    TextLayers before;
    for (std::uint32_t layer = 0; layer < model_.layers; ++layer) {
      PredictorLayer& fitted = predictor_.layers.emplace_back();
      TextLayers texts = read_layer(layer, fitted);
      fit_layer(layer, fitted, texts, before);
      before = std::move(texts);
    }
    for (std::size_t fit = 0; fit < kFits; ++fit)
      if (predictor_.has(Fit{static_cast<std::uint8_t>(fit)}))
        predictor_.shares[fit] = shares_of(counts_[fit]);
    return std::move(predictor_);
  }

 private:
  bool is_fitted(std::size_t text, std::uint32_t token) const {
    return texts_[text].pages.position(token) != 0;
  }

  TextLayers read_layer(std::uint32_t layer, PredictorLayer& fitted) {
    const std::size_t row = columns_.row;
    TextLayers read(texts_.size());
    for (const TensorRole role : {TensorRole::key, TensorRole::value}) {
      const auto which = static_cast<std::size_t>(role);
      for (std::size_t i = 0; i < texts_.size(); ++i) {
        TextTensor& tensor = read[i][which];
        tensor.elements = texts_[i].read(layer, role);
        require(tensor.elements.size() == texts_[i].tokens * row,
                "a tensor to calibrate on is not as long as its text");
        tensor.values.resize(tensor.elements.size());
        for (std::uint32_t token = 0; token < texts_[i].tokens; ++token)
          unrotate(predictor_, role, tensor.elements.data() + token * row, rotations_[i].at(token),
                   std::span(tensor.values).subspan(token * row, row));
      }
      fitted.features[which] = feature_channels(read, which);
      for (auto& text : read) {
        TextTensor& tensor = text[which];
        tensor.features.resize(tensor.values.size());
        for (std::size_t at = 0; at < tensor.values.size(); at += row)
          to_features(std::span(tensor.values).subspan(at, row), fitted.features[which],
                      tensor.features.data() + at);
      }
    }
    return read;
  }

  std::vector<FeatureChannel> feature_channels(const TextLayers& texts, std::size_t which) const {
    const std::size_t row = columns_.row;
    std::vector<double> sums(row), squares(row);
    double count = 0;
    for (std::size_t i = 0; i < texts.size(); ++i) {
      for (std::uint32_t token = 0; token < texts_[i].tokens; ++token) {
        if (!is_fitted(i, token)) continue;
        const float* const values = texts[i][which].values.data() + token * row;
        ++count;
        for (std::size_t channel = 0; channel < row; ++channel) {
          const double value = std::isfinite(values[channel]) ? values[channel] : 0;
          sums[channel] += value;
          squares[channel] += value * value;
        }
      }
    }
    std::vector<FeatureChannel> channels(row);
    for (std::size_t channel = 0; channel < row; ++channel) {
      const double mean = sums[channel] / std::max(count, 1.0);
      const double variance = squares[channel] / std::max(count, 1.0) - mean * mean;
      const double scale = 127 / (kFeatureReach * std::sqrt(std::max(variance, 1e-30)));
      channels[channel] = {.center = static_cast<float>(mean),
                           .scale = static_cast<float>(std::clamp(scale, 0x1p-99, 0x1p99))};
    }
    return channels;
  }

  /// Returns the rows that regression sees of a part.
  std::vector<float> joint_rows(const Part& part, const TextLayers& texts, const TextLayers& before,
                                const PredictorLayer& fitted, bool fitted_tokens_alone) const {
    const std::size_t row = columns_.row;
    std::vector<float> rows;
    rows.reserve(part.tokens * columns_.all());
    for (std::uint32_t i = 0; i < part.tokens; ++i) {
      const std::uint32_t token = part.first_token + i;
      if (fitted_tokens_alone && !is_fitted(part.text, token)) continue;
      const auto add_features = [&](const TextTensor* tensor) {
        if (tensor == nullptr) {
          rows.resize(rows.size() + row);
          return;
        }
        const std::int8_t* const from = tensor->features.data() + token * row;
        rows.insert(rows.end(), from, from + row);
      };
      for (std::size_t which = 0; which < 2; ++which)
        add_features(before.empty() ? nullptr : &before[part.text][which]);
      for (std::size_t which = 0; which < 2; ++which) add_features(&texts[part.text][which]);
      for (const TensorRole role : {TensorRole::key, TensorRole::value}) {
        const auto which = static_cast<std::size_t>(role);
        const float* const values = texts[part.text][which].values.data() + token * row;
        for (std::size_t channel = 0; channel < row; ++channel) {
          const float distance = values[channel] - fitted.features[which][channel].center;
          rows.push_back(std::isfinite(distance) ? distance : 0);
        }
      }
    }
    return rows;
  }

  void fit_layer(std::uint32_t layer, PredictorLayer& fitted, const TextLayers& texts,
                 const TextLayers& before) {
    const Moments none(columns_.features(), columns_.all());
    std::vector<Moments> folds(folds_, none);
    for (const Part& part : parts_)
      for (const Part& piece : pieces_of(part))
        folds[part.fold].add(joint_rows(piece, texts, before, fitted, true));
    Moments all = none;
    for (const Moments& fold : folds) all += fold;
    for (std::size_t i = 0; i < kFits; ++i) {
      const Fit fit{static_cast<std::uint8_t>(i)};
      if (!predictor_.has(fit)) continue;
      if (sources_of(fit).before && layer == 0) {
        fitted.fits[i] = {.map = std::vector<std::int8_t>(columns_.of(fit).count * columns_.row),
                          .channels = std::vector<PredictedChannel>(columns_.row)};
        continue;
      }
      fit_tensor(fit, fitted, texts, before, folds, all);
    }
  }

  /// The rows of predictions of each part, by what other parts have taught.
  using Predictions = std::vector<std::vector<float>>;

  Predictions left_out(Fit fit, double ridge, const PredictorLayer& fitted, const TextLayers& texts,
                       const TextLayers& before, const std::vector<Moments>& folds,
                       const Moments& all) const {
    Predictions predictions(parts_.size());
    for (std::uint32_t fold = 0; fold < folds_; ++fold) {
      Moments others = all;
      if (folds_ > 1) others -= folds[fold];
      const LinearMap map =
          ridge_regression(others, columns_.of(fit), columns_.target(role_of(fit)), ridge);
      for (std::size_t i = 0; i < parts_.size(); ++i) {
        if (parts_[i].fold != fold) continue;
        predictions[i].resize(parts_[i].tokens * columns_.row);
        for (const Part& piece : pieces_of(parts_[i])) {
          const std::vector<float> rows = joint_rows(piece, texts, before, fitted, false);
          const std::size_t begin = piece.first_token - parts_[i].first_token;
          add_predictions(map, rows.data() + columns_.of(fit).begin, columns_.all(), piece.tokens,
                          predictions[i].data() + begin * columns_.row);
        }
      }
    }
    return predictions;
  }

  /// Calls take(part, token, channel, what is left, prediction) for each element that is fitted.
  template <typename Take>
  void for_each_residual(Fit fit, const PredictorLayer& fitted, const TextLayers& texts,
                         const Predictions& predictions, const Take& take) const {
    const std::size_t row = columns_.row, which = static_cast<std::size_t>(role_of(fit));
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      for (std::uint32_t t = 0; t < parts_[i].tokens; ++t) {
        const std::uint32_t token = parts_[i].first_token + t;
        if (!is_fitted(parts_[i].text, token)) continue;
        const float* const values = texts[parts_[i].text][which].values.data() + token * row;
        for (std::size_t channel = 0; channel < row; ++channel) {
          const float value = values[channel] - fitted.features[which][channel].center;
          const float left = value - predictions[i][t * row + channel];
          if (std::isfinite(left)) take(channel, left);
        }
      }
    }
  }

  double size_of_residuals(Fit fit, const PredictorLayer& fitted, const TextLayers& texts,
                           const Predictions& predictions) const {
    std::vector<double> sizes(columns_.row);
    for_each_residual(fit, fitted, texts, predictions,
                      [&](std::size_t channel, float left) { sizes[channel] += std::abs(left); });
    double bits = 0;
    for (const double size : sizes) bits += std::log2(size + 1e-30);
    return bits;
  }

  /// Returns the predictions of a fit, with the ridge that is best where it was first asked for.
  Predictions best_left_out(Fit fit, const PredictorLayer& fitted, const TextLayers& texts,
                            const TextLayers& before, const std::vector<Moments>& folds,
                            const Moments& all) {
    auto& ridge = ridges_[static_cast<std::size_t>(fit)];
    const auto predict = [&](double value) {
      return left_out(fit, value, fitted, texts, before, folds, all);
    };
    if (sources_of(fit).rows() == 0) ridge = 1;
    if (ridge) return predict(*ridge);
    Predictions best;
    double least = std::numeric_limits<double>::infinity();
    for (const double candidate : kRidges) {
      Predictions predictions = predict(candidate);
      const double bits = size_of_residuals(fit, fitted, texts, predictions);
      if (bits >= least) continue;
      least = bits;
      ridge = candidate;
      best = std::move(predictions);
    }
    return best;
  }

  /// Returns 16 times the logarithm of each channel's scale; the channels of a pair, which RoPE
  /// mixes, share one.
  std::vector<std::int16_t> log_scales(Fit fit, const PredictorLayer& fitted,
                                       const TextLayers& texts,
                                       const Predictions& predictions) const {
    std::vector<double> sizes(columns_.row), counts(columns_.row);
    for_each_residual(fit, fitted, texts, predictions, [&](std::size_t channel, float left) {
      sizes[channel] += std::abs(left);
      ++counts[channel];
    });
    if (role_of(fit) == TensorRole::key && model_.rope != RopeStyle::none) {
      for (std::uint32_t head = 0; head < model_.heads; ++head) {
        for (std::uint32_t pair = 0; pair < predictor_.rotations.pairs(); ++pair) {
          const auto [a, b] = channel_pair(model_.rope, model_.head_dim, pair);
          const std::size_t first = head * model_.head_dim + a, second = head * model_.head_dim + b;
          sizes[first] = sizes[second] = sizes[first] + sizes[second];
          counts[first] = counts[second] = counts[first] + counts[second];
        }
      }
    }
    std::vector<std::int16_t> scales(columns_.row);
    for (std::size_t i = 0; i < scales.size(); ++i) {
      const double scale = kScaleOfMeanSize * sizes[i] / std::max(counts[i], 1.0);
      const double logarithm = scale > 0 ? std::round(16 * std::log2(scale)) : kLowestLogScale;
      scales[i] = static_cast<std::int16_t>(
          std::clamp<double>(logarithm, kLowestLogScale, kHighestLogScale));
    }
    return scales;
  }

  void fit_tensor(Fit fit, PredictorLayer& fitted, const TextLayers& texts,
                  const TextLayers& before, const std::vector<Moments>& folds, const Moments& all) {
    const Predictions predictions = best_left_out(fit, fitted, texts, before, folds, all);
    const std::vector<std::int16_t> scales = log_scales(fit, fitted, texts, predictions);
    count_symbols(fit, fitted, texts, predictions, scales);
    const LinearMap map = ridge_regression(all, columns_.of(fit), columns_.target(role_of(fit)),
                                           ridges_[static_cast<std::size_t>(fit)].value());
    const auto& centers = fitted.features[static_cast<std::size_t>(role_of(fit))];
    LayerFit& result = fitted.fits[static_cast<std::size_t>(fit)];
    const std::size_t width = columns_.of(fit).count, row = columns_.row;
    result.map.resize(row * width);
    for (std::size_t channel = 0; channel < row; ++channel) {
      float most = 0;
      for (std::size_t i = 0; i < width; ++i)
        most = std::max(most, std::abs(map.weights[i * row + channel]));
      for (std::size_t i = 0; i < width && most > 0; ++i)
        result.map[channel * width + i] =
            static_cast<std::int8_t>(std::lround(map.weights[i * row + channel] / most * 127));
      const double unit = 256 / std::exp2(scales[channel] / 16.0);
      const double center = centers[channel].center;
      const double multiplier = most / 127.0 * unit * 0x1p24;
      const double bias = (map.intercepts[channel] + center) * unit;
      result.channels.push_back({.multiplier = static_cast<std::int32_t>(
                                     std::lround(std::min<double>(multiplier, kMaxMultiplier))),
                                 .bias = static_cast<std::int32_t>(std::lround(
                                     std::clamp<double>(bias, -kMaxPrediction, kMaxPrediction))),
                                 .log_scale = scales[channel]});
    }
  }

  /// Counts the symbols of all elements, each as it is coded, but by what others taught.
  void count_symbols(Fit fit, const PredictorLayer& fitted, const TextLayers& texts,
                     const Predictions& predictions, std::span<const std::int16_t> scales) {
    const std::size_t row = columns_.row, which = static_cast<std::size_t>(role_of(fit));
    const bool rotated = role_of(fit) == TensorRole::key && model_.rope != RopeStyle::none;
    SymbolCounts& counts = counts_[static_cast<std::size_t>(fit)];
    std::vector<std::int32_t> expected(row);
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      const Part& part = parts_[i];
      for (std::uint32_t t = 0; t < part.tokens; ++t) {
        const std::uint32_t token = part.first_token + t;
        for (std::size_t channel = 0; channel < row; ++channel) {
          const double predicted =
              predictions[i][t * row + channel] + double{fitted.features[which][channel].center};
          const double units = predicted * 256 / std::exp2(scales[channel] / 16.0);
          expected[channel] = static_cast<std::int32_t>(
              std::lround(std::clamp<double>(units, -kMaxPrediction, kMaxPrediction)));
        }
        if (rotated)
          rotate_heads(model_.rope, model_.head_dim, predictor_.rotations.pairs(),
                       rotations_[part.text].at(token), expected);
        for (std::size_t channel = 0; channel < row; ++channel) {
          const auto [lowest, fraction] = exponent_range(scales[channel]);
          const std::int32_t prediction = expected[channel];
          ++counts[size_class(prediction) * 2 + fraction][symbol_of(
              texts[part.text][which].elements[token * row + channel], prediction < 0, lowest)];
        }
      }
    }
  }

  const CalibrationModel& model_;
  const std::span<const CalibrationText> texts_;
  const std::vector<Part> parts_;
  const JointColumns columns_;
  std::uint32_t folds_ = 1;
  Predictor predictor_;
  std::vector<TokenRotations> rotations_;
  std::array<std::optional<double>, kFits> ridges_;
  std::array<SymbolCounts, kFits> counts_{};
};

}  // namespace

std::vector<double> rope_frequencies(double theta, std::uint32_t head_dim) {
  std::vector<double> frequencies;
  for (std::uint32_t pair = 0; pair < head_dim / 2; ++pair)
    frequencies.push_back(std::pow(theta, -2.0 * pair / head_dim));
  return frequencies;
}

Predictor calibrate_predictor(const CalibrationModel& model,
                              std::span<const CalibrationText> texts) {
  require(!texts.empty(), "there is no text to calibrate on");
  return Calibration(model, texts).calibrate();
}

}  // namespace splitbench
