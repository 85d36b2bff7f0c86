#include "workloads/traces/trace_statistics.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <iterator>
#include <numeric>

#include "workloads/statistics.hpp"

namespace splitbench {
namespace {

constexpr std::int64_t kMinute = 60'000'000'000;

double sum(const auto& samples) {
  return std::accumulate(samples.begin(), samples.end(), 0.0);
}

template <class Sample>
Quantiles describe(std::vector<Sample> samples) {
  if (samples.empty()) return {};
  std::ranges::sort(samples);
  return {.mean = mean(samples),
          .p50 = quantile(samples, 0.5),
          .p90 = quantile(samples, 0.9),
          .p99 = quantile(samples, 0.99),
          .max = static_cast<double>(samples.back())};
}

/// Returns the standard deviation over the mean of the gaps.
double variation_of_gaps(const std::vector<std::int64_t>& sorted) {
  const auto gaps = static_cast<double>(sorted.size() - 1);
  const double mean = static_cast<double>(sorted.back() - sorted.front()) / gaps;
  if (!(mean > 0)) return 0;
  double squares = 0;
  for (std::size_t i = 1; i < sorted.size(); ++i) {
    const double off = static_cast<double>(sorted[i] - sorted[i - 1]) - mean;
    squares += off * off;
  }
  return std::sqrt(squares / gaps) / mean;
}

/// Returns how many fall into each of `count` parts of `width` nanoseconds from the first on. What
/// lies behind them is in the last.
std::vector<std::uint64_t> binned(const std::vector<std::int64_t>& sorted, std::size_t count,
                                  double width) {
  std::vector<std::uint64_t> bins(count);
  for (const std::int64_t at : sorted) {
    const auto bin = static_cast<std::size_t>(static_cast<double>(at - sorted.front()) / width);
    ++bins[std::min(bin, count - 1)];
  }
  return bins;
}

void describe_arrivals(std::vector<std::int64_t> timestamps, TraceStatistics& statistics) {
  std::ranges::sort(timestamps);
  const std::int64_t length = timestamps.back() - timestamps.front();
  statistics.duration = seconds(Time(length));
  if (length == 0) return;
  statistics.rate = static_cast<double>(timestamps.size()) / statistics.duration;
  statistics.arrival_cv = variation_of_gaps(timestamps);
  statistics.arrivals = binned(timestamps, TraceStatistics::kBins,
                               static_cast<double>(length) / TraceStatistics::kBins);

  std::uint64_t least = timestamps.size(), most = 0;
  auto begin = timestamps.begin();
  for (std::int64_t minute = 1; minute <= length / kMinute; ++minute) {
    const auto end =
        std::lower_bound(begin, timestamps.end(), timestamps.front() + minute * kMinute);
    least = std::min(least, static_cast<std::uint64_t>(end - begin));
    most = std::max(most, static_cast<std::uint64_t>(end - begin));
    begin = end;
  }
  statistics.least_per_minute = most == 0 ? 0 : least;
  statistics.most_per_minute = most;
}

std::vector<TraceStatistics::Bin> doubling_bins(const std::vector<std::uint32_t>& samples) {
  const auto [shortest, longest] = std::ranges::minmax(samples);
  std::vector<TraceStatistics::Bin> bins;
  const auto first = static_cast<int>(std::bit_width(shortest)) - 1,
             last = static_cast<int>(std::bit_width(longest)) - 1;
  for (int power = first; power <= last; ++power) bins.push_back({std::ldexp(1.0, power), 0});
  for (const std::uint32_t sample : samples)
    ++bins[static_cast<std::size_t>(static_cast<int>(std::bit_width(sample)) - 1 - first)].requests;
  return bins;
}

std::vector<double> applied(const std::function<double(std::uint64_t)>& function,
                            const std::vector<std::uint32_t>& samples) {
  std::vector<double> results;
  results.reserve(samples.size());
  std::ranges::transform(samples, std::back_inserter(results), function);
  return results;
}

}  // namespace

Quantiles quantiles_of(std::vector<double> samples) {
  return describe(std::move(samples));
}

void TraceSummary::add(const TraceRequest& request) {
  timestamps_.push_back(request.timestamp.count());
  input_.push_back(static_cast<std::uint32_t>(request.input_tokens));
  output_.push_back(static_cast<std::uint32_t>(request.output_tokens));
  SharedPrefix shared{
      .of = kNoRequest, .blocks = request.prefix_tokens, .tokens = request.prefix_tokens};
  if (!request.states_prefix) shared = index_.add(input_.size(), request);
  uncached_.push_back(static_cast<std::uint32_t>(request.input_tokens - shared.tokens));
  blocks_ += request.states_prefix ? request.input_tokens : request.hash_ids.size();
  known_blocks_ += shared.blocks;
  if (!request.session.empty()) ++turns_[request.session];
  if (waits(request)) think_.push_back(seconds(request.delay));
}

Quantiles TraceSummary::of_input(const std::function<double(std::uint64_t)>& function) const {
  return describe(applied(function, input_));
}

Quantiles TraceSummary::of_uncached(const std::function<double(std::uint64_t)>& function) const {
  return describe(applied(function, uncached_));
}

TraceStatistics TraceSummary::statistics() const {
  TraceStatistics statistics{.requests = input_.size(),
                             .input = describe(input_),
                             .output = describe(output_),
                             .input_lengths = doubling_bins(input_)};
  describe_arrivals(timestamps_, statistics);
  if (!turns_.empty()) {
    std::vector<std::uint32_t> turns;
    for (const auto& [session, count] : turns_) turns.push_back(count);
    statistics.sessions = {
        .count = turns_.size(), .turns = describe(std::move(turns)), .think = describe(think_)};
  }
  if (blocks_ > 0) {
    statistics.prefixes = {
        .hit_rate = 1 - sum(uncached_) / sum(input_),
        .block_hit_rate = static_cast<double>(known_blocks_) / static_cast<double>(blocks_),
        .uncached = describe(uncached_)};
  }
  return statistics;
}

}  // namespace splitbench
