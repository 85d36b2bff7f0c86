#include "workers/kv/kv_profile.hpp"

#include <bit>
#include <cassert>
#include <cmath>
#include <cstring>
#include <span>

#include "codec/digest.hpp"
#include "workloads/generators/random.hpp"

namespace splitbench {
namespace {

std::uint16_t to_bf16(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  return static_cast<std::uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >>
                                    16);  // nearest, ties to even
}

/// Returns random numbers whose mean is exactly 0 and deviation exactly 1, so that a cache of few
/// channels has its profile's statistics as one of many channels has.
std::vector<double> normal_numbers(std::uint32_t count, Gaussian& random) {
  std::vector<double> numbers(count);
  double sum = 0, squares = 0;
  for (double& number : numbers) sum += number = random();
  for (double& number : numbers) {
    number -= sum / count;
    squares += number * number;
  }
  const double scale = squares > 0 ? std::sqrt(count / squares) : 1;
  for (double& number : numbers) number *= scale;
  return numbers;
}

/// Returns the scale of each channel. The number of outliers is exactly the profile's share; which
/// channels they are is random.
std::vector<double> channels(const TensorProfile& profile, std::uint32_t width, Gaussian& random) {
  std::vector<double> scales = normal_numbers(width, random);
  auto outliers = static_cast<std::uint64_t>(std::floor(profile.outlier_share * width + 0.5));
  for (std::uint32_t i = 0; i < width; ++i) {
    scales[i] = profile.scale * exponential_of(profile.spread * scales[i]);
    if (random.below(width - i) >= outliers) continue;
    scales[i] *= profile.outlier_scale;
    --outliers;
  }
  return scales;
}

void fill(std::span<std::uint16_t> values, const TensorProfile& profile, std::uint32_t width,
          std::uint64_t seed) {
  Gaussian random(seed);
  const std::vector<double> scales = channels(profile, width, random);
  const std::uint64_t tokens = values.size() / width;
  const auto padding =
      static_cast<std::uint64_t>(std::floor(profile.padding * static_cast<double>(tokens) + 0.5));
  for (std::uint64_t i = 0; i < (tokens - padding) * width; ++i) {
    double value = scales[i % width] * random();
    if (i < width) value *= profile.sink;
    if (profile.tail > 0) value *= exponential_of(profile.tail * random());
    if (profile.zeros > 0 && random.uniform() < profile.zeros) value = 0;
    values[i] = to_bf16(static_cast<float>(value));
  }
}

}  // namespace

KvDump make_kv(const KvProfile& profile, std::uint32_t layers, std::uint64_t tokens,
               std::uint32_t width, std::uint64_t seed) {
  assert(profile.layers() > 0 && profile.k.size() == profile.v.size());
  KvDump dump{.layers = layers, .tokens = tokens, .width = width, .values = {}};
  std::vector<std::uint16_t> values(dump.elements());
  const std::uint64_t tensor = tokens * width;
  for (std::uint64_t layer = 0; layer < layers; ++layer) {
    const std::size_t from = layer * profile.layers() / layers;
    const std::span kv = std::span(values).subspan(layer * 2 * tensor, 2 * tensor);
    fill(kv.first(tensor), profile.k[from], width, mix(seed, 2 * layer));
    fill(kv.last(tensor), profile.v[from], width, mix(seed, 2 * layer + 1));
  }
  dump.values.resize(values.size() * sizeof(values[0]));
  std::memcpy(dump.values.data(), values.data(), dump.values.size());
  return dump;
}

}  // namespace splitbench
