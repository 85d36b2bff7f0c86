#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <cmath>
#include <cstring>
#include <limits>
#include <span>

#include "workers/kv/kv_profile.hpp"
#include "workloads/generators/random.hpp"
#include "workloads/statistics.hpp"

namespace splitbench {
namespace {

// Moments of ln|x|, where x is Gaussian of deviation 1.
constexpr double kGaussianMean = -0.63518142273073;       // -(Euler's constant + ln 2) / 2
constexpr double kGaussianVariance = 1.2337005501361697;  // pi^2 / 8

/// The ln of a bf16 value without its sign, by its bits; NaN for 0, infinity and NaN.
using Logarithms = std::array<double, 1 << 15>;

Logarithms make_logarithms() {
  Logarithms logarithms;
  logarithms.fill(std::numeric_limits<double>::quiet_NaN());
  constexpr std::uint32_t kInfinity = 0x7f80;
  for (std::uint32_t bits = 1; bits < kInfinity; ++bits)
    logarithms[bits] = natural_log(std::bit_cast<float>(bits << 16));
  return logarithms;
}

/// The statistics of a tensor. Values without a logarithm are left out, except that zeros are
/// counted.
struct Channels {
  std::vector<Moments> all;  ///< moments of ln|x| by channel, without first tokens
  Moments first;             ///< moments of ln|x| in first tokens, less the channel's mean
  double zeros = 0, padding = 0;
};

/// Returns x rounded to four significant digits: more are not known.
double significant(double x) {
  if (x <= 0) return 0;
  double up = 1, down = 1;  // powers of ten below 10^23 are exact
  while (x * up < 1000) up *= 10;
  while (x / down >= 10'000) down *= 10;
  const double digits = std::floor(x * up / down + 0.5);
  return digits * down / up;
}

Channels look_at(std::span<const std::uint16_t> values, std::uint32_t width,
                 std::uint64_t sequence) {
  static const Logarithms kLogarithms = make_logarithms();
  constexpr std::uint16_t kMagnitude = 0x7fff;
  const auto logarithm = [&](std::uint64_t i) { return kLogarithms[values[i] & kMagnitude]; };
  const auto is_zero = [](std::uint16_t bits) { return (bits & kMagnitude) == 0; };

  Channels channels{.all = std::vector<Moments>(width), .first = {}};
  const std::uint64_t tokens = values.size() / width;
  std::vector<std::uint64_t> firsts;
  double padded = 0, zeros = 0;
  for (std::uint64_t token = 0; token < tokens; ++token) {
    const auto row = values.subspan(token * width, width);
    const auto row_zeros = static_cast<double>(std::ranges::count_if(row, is_zero));
    if (row_zeros == width) {
      ++padded;
      continue;
    }
    zeros += row_zeros;
    if (token % sequence == 0) {
      firsts.push_back(token);
      continue;
    }
    for (std::uint32_t c = 0; c < width; ++c)
      if (const double x = logarithm(token * width + c); !std::isnan(x)) channels.all[c].add(x);
  }
  for (const std::uint64_t token : firsts)
    for (std::uint32_t c = 0; c < width; ++c)
      if (const double x = logarithm(token * width + c);
          !std::isnan(x) && channels.all[c].count > 0)
        channels.first.add(x - channels.all[c].mean());
  channels.padding = padded / static_cast<double>(tokens);
  if (padded < static_cast<double>(tokens))
    channels.zeros = zeros / (static_cast<double>(tokens) - padded) / width;
  return channels;
}

/// Moves out of `means`, and returns, those that are too far from the median for the spread of most
/// of them, on the side where there are more of them.
std::vector<double> take_outliers(std::vector<double>& means, double centre) {
  constexpr double kDeviation = 1.4826;  // deviation of a normal distribution, in median distances
  constexpr double kFar = 4.5;           // few of many thousand channels are so far by chance
  const double kLeast = natural_log(2);
  std::vector<double> distances;
  for (const double mean : means) distances.push_back(std::abs(mean - centre));
  const double far = std::max(kFar * kDeviation * upper_median(distances), kLeast);
  const auto above = [&](double mean) { return mean - centre > far; };
  const auto below = [&](double mean) { return centre - mean > far; };
  const bool mostly_above =
      std::ranges::count_if(means, above) >= std::ranges::count_if(means, below);
  const auto rest = mostly_above ? std::ranges::partition(means, std::not_fn(above))
                                 : std::ranges::partition(means, std::not_fn(below));
  std::vector<double> outliers(rest.begin(), rest.end());
  means.erase(rest.begin(), rest.end());
  return outliers;
}

TensorProfile fit(const Channels& channels) {
  TensorProfile profile{.zeros = significant(channels.zeros),
                        .padding = significant(channels.padding)};
  std::vector<double> means;
  double within = 0, error = 0, elements = 0;
  for (const Moments& channel : channels.all) {
    if (channel.count < 2) continue;
    means.push_back(channel.mean());
    within += channel.variance() * channel.count * channel.count / (channel.count - 1);
    error += channel.variance() / channel.count;
    elements += channel.count;
  }
  if (means.empty()) return profile;
  const auto all = static_cast<double>(means.size());
  within = within / elements - kGaussianVariance;

  const double centre = upper_median(means);
  const std::vector<double> outliers = take_outliers(means, centre);
  Moments usual, apart;
  for (const double mean : means) usual.add(mean);
  for (const double mean : outliers) apart.add(mean);
  // Channels about a mean of their own vary less than Gaussian ones: what they lack is taken off
  // the spread, so that all elements together vary as much as they did.
  const double between = usual.variance() - error / all + std::min(within, 0.0);
  profile.scale = significant(exponential_of(centre - kGaussianMean));
  profile.spread = significant(std::sqrt(std::max(between, 0.0)));
  profile.tail = significant(std::sqrt(std::max(within, 0.0)));
  if (!outliers.empty()) {
    profile.outlier_share = significant(apart.count / all);
    profile.outlier_scale = significant(exponential_of(apart.mean() - centre));
  }
  constexpr double kCertain = 3.5;  // standard errors; less may be chance
  const Moments& first = channels.first;
  if (first.count > 1 &&
      std::abs(first.mean()) > kCertain * std::sqrt(kGaussianVariance / first.count))
    profile.sink = significant(exponential_of(first.mean()));
  return profile;
}

}  // namespace

KvProfile fit_kv_profile(const KvDump& dump) {
  assert(dump.element_type == ElementType::bf16 && dump.elements() > 0);
  const std::uint64_t sequence = dump.sequence > 0 ? dump.sequence : dump.tokens;
  std::vector<std::uint16_t> values(dump.elements());
  std::memcpy(values.data(), dump.values.data(), dump.values.size());
  const std::uint64_t each = dump.tokens * dump.width;
  KvProfile profile{.name = {}, .provenance = {}, .k = {}, .v = {}};
  for (std::uint32_t tensor = 0; tensor < 2 * dump.layers; ++tensor) {
    const auto part = std::span<const std::uint16_t>(values).subspan(tensor * each, each);
    (tensor % 2 == 0 ? profile.k : profile.v).push_back(fit(look_at(part, dump.width, sequence)));
  }
  return profile;
}

}  // namespace splitbench
