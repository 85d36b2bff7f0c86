#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "codec/predicted/pages.hpp"
#include "codec/predicted/predictor.hpp"

namespace splitbench {

/// The rotations of each token of a tensor.
class TokenRotations {
 public:
  /// The positions of so many tokens are below kMaxPositions. A fit that takes no K, nor predicts
  /// one, has no rotations.
  TokenRotations(const Predictor& predictor, Fit fit, const Pages& pages, std::uint32_t tokens);

  const Rotation* at(std::uint32_t token) const {
    return rows_.data() + std::size_t{token} * pairs_;
  }

 private:
  std::uint32_t pairs_;
  std::vector<Rotation> rows_;
};

/// Two channels of a head that RoPE rotates.
struct ChannelPair {
  std::uint32_t first;
  std::uint32_t second;
};
constexpr ChannelPair channel_pair(RopeStyle rope, std::uint32_t head_dim, std::uint32_t pair) {
  return rope == RopeStyle::halves ? ChannelPair{pair, pair + head_dim / 2}
                                   : ChannelPair{2 * pair, 2 * pair + 1};
}

/// Returns a token's values of a tensor before RoPE, from which features are made: not finite where
/// the elements, or sums of theirs, are not. Every product that is added up is exact, and none is
/// too large, so that it does not matter whether the two are fused.
void unrotate(const Predictor& predictor, TensorRole role, const std::uint16_t* elements,
              const Rotation* rotations, std::span<float> values);

/// Writes a token's features; NaN counts as the lowest.
void to_features(std::span<const float> values, std::span<const FeatureChannel> channels,
                 std::int8_t* features);

/// Rows of features, one behind the other for each token.
struct FeatureMatrix {
  std::uint32_t width = 0;  ///< features of a token
  std::vector<std::int8_t> values;

  const std::int8_t* at(std::uint32_t token) const {
    return values.data() + std::size_t{token} * width;
  }
};

/// The elements from which a frame is predicted, token by token as its own: those that its fit
/// takes must be as many, and others are not looked at.
struct References {
  std::span<const std::uint16_t> own_key, own_values;
  std::span<const std::uint16_t> key_before, values_before;
};

/// Returns the features of a layer's fit.
FeatureMatrix features_of(const Predictor& predictor, std::uint32_t layer, Fit fit,
                          const References& references, const TokenRotations& rotations,
                          std::uint32_t tokens);

}  // namespace splitbench
