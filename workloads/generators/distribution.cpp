#include "workloads/generators/distribution.hpp"

#include <algorithm>
#include <cmath>

#include "workloads/generators/random.hpp"
#include "workloads/traces/trace_reader.hpp"

namespace splitbench {
namespace {

constexpr double kNormalP99 = 2.3263478740408408;  // the standard normal's 99th percentile
constexpr double kLongest = 3.2e16;                // ns: a year

double sigma_of(const Distribution& d) {
  if (d.p99 == 0) return d.sigma;
  return (natural_log(d.p99) - natural_log(d.median)) / kNormalP99;
}

std::vector<std::array<double, 2>> points_of(const Distribution& d) {
  std::vector<std::array<double, 2>> points;
  for (std::size_t i = 0; i < kLevels.size(); ++i)
    if (d.points[i] > 0) points.push_back({kLevels[i], d.points[i]});
  return points;
}

std::vector<double> recorded(const Distribution& d) {
  const bool prompts = d.shape == Shape::empirical_prompts;
  if (!prompts && d.shape != Shape::empirical_outputs) return {};
  const std::unique_ptr<TraceReader> trace = open_trace(d.file);
  std::vector<double> lengths;
  for (TraceRequest request; trace->next(request);)
    lengths.push_back(static_cast<double>(prompts ? request.input_tokens : request.output_tokens));
  return lengths;
}

double interpolated(const std::vector<std::array<double, 2>>& points, double level) {
  auto above = points.begin() + 1;
  while ((*above)[0] < level) ++above;
  const auto& [low, first] = *(above - 1);
  const auto& [high, last] = *above;
  return first * power(last / first, (level - low) / (high - low));
}

}  // namespace

Sampler::Sampler(Distribution distribution, std::uint64_t seed, std::string_view purpose)
    : distribution_(std::move(distribution)),
      random_(seed, purpose),
      sigma_(sigma_of(distribution_)),
      points_(points_of(distribution_)),
      recorded_(recorded(distribution_)) {}

double Sampler::unbounded() {
  const Distribution& d = distribution_;
  const auto lognormal = [&] { return d.median * exponential_of(sigma_ * random_.normal()); };
  switch (d.shape) {
    case Shape::fixed:
      return d.value;
    case Shape::uniform:
      return d.from + (d.to - d.from) * random_.uniform();
    case Shape::exponential:
      return d.mean * random_.exponential();
    case Shape::lognormal:
      return lognormal();
    case Shape::pareto_lognormal:
      return random_.chance(d.share) ? d.scale * random_.pareto(d.alpha) : lognormal();
    case Shape::zipf: {
      const auto ranks = static_cast<std::uint64_t>(d.to - d.from) + 1;
      return d.from + static_cast<double>(random_.zipf(ranks, d.exponent) - 1);
    }
    case Shape::quantiles:
      return interpolated(points_, random_.uniform());
    case Shape::empirical_prompts:
    case Shape::empirical_outputs:
      break;
  }
  return recorded_[random_.below(recorded_.size())];
}

double Sampler::draw() {
  const double number = std::max(unbounded(), distribution_.min);
  return distribution_.max > 0 ? std::min(number, distribution_.max) : number;
}

std::uint64_t Sampler::tokens() {
  const double number = std::clamp(draw(), 1.0, static_cast<double>(kMaxTokens));
  return static_cast<std::uint64_t>(std::floor(number + 0.5));
}

Time Sampler::time() {
  return Time(static_cast<std::int64_t>(std::floor(std::min(draw(), kLongest) + 0.5)));
}

}  // namespace splitbench
