#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "codec/codebook_file.hpp"
#include "codec/predicted/residual.hpp"
#include "codec/predicted/rotation.hpp"
#include "codec/predicted/symbol_table.hpp"

namespace splitbench {

/// A way to predict a tensor of a layer.
enum class Fit : std::uint8_t {
  key_mean,
  value_mean,
  key_from_values,
  key_from_before,
  value_from_before,
};
inline constexpr std::size_t kFits = 5;

/// The tensors that predict in a fit, in this order, each a row of features.
struct FitSources {
  bool before = false;  ///< K and V of the layer before
  bool own_key = false;
  bool own_values = false;

  constexpr std::uint32_t rows() const { return 2u * before + own_key + own_values; }
};

constexpr FitSources sources_of(Fit fit) {
  switch (fit) {
    case Fit::key_from_values:
      return {.own_values = true};
    case Fit::key_from_before:
      return {.before = true};
    case Fit::value_from_before:
      return {.before = true, .own_key = true};
    case Fit::key_mean:
    case Fit::value_mean:
      break;
  }
  return {};
}

/// Returns the fit of a mode. A frame whose layer is the first is never of mode layer_before.
constexpr Fit fit_of(PredictionMode mode, TensorRole role) {
  if (mode == PredictionMode::layer_before)
    return role == TensorRole::key ? Fit::key_from_before : Fit::value_from_before;
  if (role == TensorRole::value) return Fit::value_mean;
  return mode == PredictionMode::own_values ? Fit::key_from_values : Fit::key_mean;
}

/// Returns the least of the modes that has a fit.
constexpr PredictionMode mode_of(Fit fit) {
  if (sources_of(fit).before) return PredictionMode::layer_before;
  return sources_of(fit).own_values ? PredictionMode::own_values : PredictionMode::means;
}

/// "1", "1b" or "2b".
constexpr std::string_view name(PredictionMode mode) {
  switch (mode) {
    case PredictionMode::means:
      return "1";
    case PredictionMode::own_values:
      return "1b";
    case PredictionMode::layer_before:
      break;
  }
  return "2b";
}

/// Brings a channel's value, of K before RoPE, to a feature: (value - center) * scale, rounded to
/// an integer from -127 to 127.
struct FeatureChannel {
  float center = 0;
  float scale = 1;  ///< from 2^-100 to 2^100

  bool operator==(const FeatureChannel&) const = default;
};

/// The way in which a layer's tensor is predicted from features.
struct LayerFit {
  std::vector<std::int8_t> map;            ///< [channel][feature], none below -127
  std::vector<PredictedChannel> channels;  ///< a row; empty if there is no such fit

  bool operator==(const LayerFit&) const = default;
};

struct PredictorLayer {
  std::array<std::vector<FeatureChannel>, 2> features;  ///< a row of K's, a row of V's
  std::array<LayerFit, kFits> fits;

  bool operator==(const PredictorLayer&) const = default;
};

/// All that predicts the KV cache of one model: calibrated once on texts, the same on both ends of
/// a transfer. Nothing in it is changed once it was made or read, so threads may share one.
struct Predictor {
  PredictionMode mode = PredictionMode::means;  ///< the one that predicts best; it has those below
  std::uint32_t heads = 0;
  std::uint32_t head_dim = 0;
  RopeStyle rope = RopeStyle::none;
  Rotations rotations;
  std::array<SymbolShares, kFits> shares{};  ///< those of fits beyond its mode are zero
  std::vector<PredictorLayer> layers;

  std::string tool;                     ///< program and version that calibrated it
  std::vector<CodebookSource> sources;  ///< the dumps that it was calibrated on

  std::uint32_t row() const { return heads * head_dim; }
  bool has(Fit fit) const { return mode_of(fit) <= mode; }
  /// Returns the best mode, up to the one wanted, for a layer's tensor.
  PredictionMode mode_for(std::uint32_t layer, PredictionMode wanted) const {
    const PredictionMode most = wanted < mode ? wanted : mode;
    return layer == 0 && most == PredictionMode::layer_before ? PredictionMode::own_values : most;
  }

  bool operator==(const Predictor&) const = default;
};

}  // namespace splitbench
