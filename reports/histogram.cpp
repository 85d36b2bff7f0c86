#include "reports/histogram.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>

namespace splitbench {
namespace {

/// The significant bits of a bucket: durations with up to so many have a bucket each, longer ones
/// lose their last bits.
constexpr int kBits = 11;
constexpr std::uint64_t kHalf = std::uint64_t{1} << (kBits - 1);

int lost_bits(std::uint64_t duration) {
  return std::max(0, static_cast<int>(std::bit_width(duration)) - kBits);
}

std::size_t bucket_of(std::uint64_t duration) {
  const int lost = lost_bits(duration);
  return static_cast<std::size_t>(lost) * kHalf + (duration >> lost);
}

/// The inverse of bucket_of: returns a bucket with its smallest duration and its width.
Histogram::Bucket bucket_at(std::size_t index, std::uint64_t count) {
  const std::size_t lost = index < 2 * kHalf ? 0 : index / kHalf - 1;
  const std::uint64_t leading = index - lost * kHalf;
  return {.low = Time(leading << lost), .width = Time(std::uint64_t{1} << lost), .count = count};
}

double middle_of(const Histogram::Bucket& bucket) {
  return seconds(bucket.low) + seconds(bucket.width - Time(1)) / 2;
}

double quantile_of(const std::vector<Histogram::Bucket>& filled, std::uint64_t total, double q) {
  assert(total > 0 && 0 <= q && q <= 1);
  const double position = q * static_cast<double>(total - 1);
  const auto rank = static_cast<std::uint64_t>(position);
  std::uint64_t passed = 0;
  auto bucket = filled.begin();
  while (passed + bucket->count <= rank) passed += bucket++->count;
  const bool next_lies_in_it = rank + 1 < passed + bucket->count || rank + 1 == total;
  const auto above = next_lies_in_it ? bucket : std::next(bucket);
  return std::lerp(middle_of(*bucket), middle_of(*above), position - std::floor(position));
}

}  // namespace

Time Histogram::low_of(Time duration) {
  return bucket_at(bucket_of(static_cast<std::uint64_t>(duration.count())), 0).low;
}

void Histogram::add(Time duration, std::uint64_t count) {
  assert(duration >= Time{0});
  if (count == 0) return;
  const std::size_t index = bucket_of(static_cast<std::uint64_t>(duration.count()));
  if (index >= counts_.size()) counts_.resize(index + 1);
  counts_[index] += count;
  total_ += count;
}

void Histogram::merge(const Histogram& other) {
  if (counts_.size() < other.counts_.size()) counts_.resize(other.counts_.size());
  for (std::size_t i = 0; i < other.counts_.size(); ++i) counts_[i] += other.counts_[i];
  total_ += other.total_;
}

std::vector<Histogram::Bucket> Histogram::buckets() const {
  std::vector<Bucket> filled;
  for (std::size_t i = 0; i < counts_.size(); ++i)
    if (counts_[i] > 0) filled.push_back(bucket_at(i, counts_[i]));
  return filled;
}

double Histogram::quantile(double q) const {
  return quantiles({&q, 1}).front();
}

std::vector<double> Histogram::quantiles(std::span<const double> qs) const {
  const std::vector<Bucket> filled = buckets();
  std::vector<double> values;
  for (const double q : qs) values.push_back(quantile_of(filled, total_, q));
  return values;
}

}  // namespace splitbench
