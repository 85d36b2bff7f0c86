#include "codec/predicted/adjustments.hpp"

namespace splitbench {
namespace {

constexpr std::int32_t kMeanStep = 16;  // 256ths of a scale
constexpr std::int32_t kScaleStep = 4;  // 16ths of an octave
constexpr int kLowestMean = -32, kLowestScale = -8;

void write_field(std::byte* out, std::size_t at, unsigned value) {
  out[at / 8] |= static_cast<std::byte>(value << at % 8);
  if (value << at % 8 > 0xff) out[at / 8 + 1] |= static_cast<std::byte>(value >> (8 - at % 8));
}

unsigned read_field(const std::byte* from, std::size_t at, unsigned bits) {
  unsigned value = std::to_integer<unsigned>(from[at / 8]) >> at % 8;
  if (at % 8 + bits > 8) value |= std::to_integer<unsigned>(from[at / 8 + 1]) << (8 - at % 8);
  return value & ((1u << bits) - 1);
}

}  // namespace

void write_adjustments(const Adjustments& adjustments, std::byte* out) {
  const std::size_t row = adjustments.means.size();
  for (std::size_t i = 0; i < row; ++i)
    write_field(out, i * kMeanBits, static_cast<unsigned>(adjustments.means[i] - kLowestMean));
  out += plane_bytes(row, kMeanBits);
  for (std::size_t i = 0; i < row; ++i)
    write_field(out, i * kScaleBits, static_cast<unsigned>(adjustments.scales[i] - kLowestScale));
}

Adjustments read_adjustments(const std::byte* from, std::uint32_t row) {
  Adjustments adjustments{.means = std::vector<std::int8_t>(row),
                          .scales = std::vector<std::int8_t>(row)};
  const std::byte* const scales = from + plane_bytes(row, kMeanBits);
  for (std::size_t i = 0; i < row; ++i) {
    adjustments.means[i] = static_cast<std::int8_t>(
        static_cast<int>(read_field(from, i * kMeanBits, kMeanBits)) + kLowestMean);
    adjustments.scales[i] = static_cast<std::int8_t>(
        static_cast<int>(read_field(scales, i * kScaleBits, kScaleBits)) + kLowestScale);
  }
  return adjustments;
}

std::vector<FrameChannel> adjusted(std::span<const PredictedChannel> channels,
                                   const Adjustments* adjustments) {
  std::vector<FrameChannel> result;
  result.reserve(channels.size());
  for (std::size_t i = 0; i < channels.size(); ++i) {
    FrameChannel frame{.channel = channels[i],
                       .factor = kNoFactor,
                       .exponents = exponent_range(channels[i].log_scale)};
    if (adjustments != nullptr) {
      const int mean = adjustments->means[i], scale = adjustments->scales[i];
      frame.channel.bias = clamp_prediction(channels[i].bias + kMeanStep * mean);
      frame.factor = kScaleFactors[static_cast<std::size_t>(scale - kLowestScale)];
      frame.exponents = exponent_range(channels[i].log_scale + kScaleStep * scale);
    }
    result.push_back(frame);
  }
  return result;
}

}  // namespace splitbench
