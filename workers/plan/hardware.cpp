#include "workers/plan/hardware.hpp"

#include <algorithm>
#include <cmath>
#include <span>

namespace splitbench {
namespace {

using Rate = double MeasuredCall::*;

/// A place between two values of an ascending axis: the first one's index, and the share of the way
/// to the second on a logarithmic scale. Outside the axis it is at the nearer end.
struct Place {
  std::size_t index;
  double share;
};

/// Returns the place of a value among `count` of them, of which `at(i)` is one.
template <class At>
Place place_among(std::size_t count, double value, const At& at) {
  if (value <= at(0)) return {0, 0};
  for (std::size_t i = 0; i + 1 < count; ++i) {
    if (value < at(i + 1)) return {i, std::log(value / at(i)) / std::log(at(i + 1) / at(i))};
  }
  return {count - 1, 0};
}

double between(double first, double second, double share) {
  return share == 0 ? first : first * std::pow(second / first, share);
}

/// The measured calls as a table: a row for each size, a column for each number of tensors.
class CallTable {
 public:
  CallTable(std::span<const MeasuredCall> calls, Rate rate) : calls_(calls), rate_(rate) {
    while (columns_ < calls.size() && calls[columns_].bytes == calls[0].bytes) ++columns_;
  }

  double smallest() const { return static_cast<double>(calls_.front().bytes); }
  double largest() const { return static_cast<double>(calls_.back().bytes); }

  /// Returns the seconds of a call, of which the bytes are at least those of the smallest and at
  /// most those of the largest.
  double seconds(double bytes, double tensors) const {
    const Place row = place_among(calls_.size() / columns_, bytes, [&](std::size_t i) {
      return static_cast<double>(calls_[i * columns_].bytes);
    });
    const Place column = place_among(
        columns_, tensors, [&](std::size_t i) { return static_cast<double>(calls_[i].tensors); });
    const double first = in_row(row.index, column);
    return row.share == 0 ? first : between(first, in_row(row.index + 1, column), row.share);
  }

 private:
  double in_row(std::size_t row, Place column) const {
    const std::size_t at = row * columns_ + column.index;
    return column.share == 0 ? time(at) : between(time(at), time(at + 1), column.share);
  }
  double time(std::size_t at) const {
    return static_cast<double>(calls_[at].bytes) / (calls_[at].*rate_);
  }

  std::span<const MeasuredCall> calls_;
  Rate rate_;
  std::size_t columns_ = 0;
};

double seconds(const CodecRates& rates, Rate rate, double bytes, double tensors) {
  const CallTable table(rates.calls, rate);
  if (bytes > table.largest())
    return table.seconds(table.largest(), tensors) * (bytes / table.largest());
  if (bytes >= table.smallest()) return table.seconds(bytes, tensors);
  const double smallest = table.seconds(table.smallest(), tensors);
  return std::max(smallest * (bytes / table.smallest()), std::min(rates.call, smallest));
}

}  // namespace

double CodecRates::encode_seconds(double bytes, double tensors) const {
  if (calls.empty()) return call + bytes / encode;
  return seconds(*this, &MeasuredCall::encode, bytes, tensors);
}

double CodecRates::decode_seconds(double bytes, double tensors) const {
  if (calls.empty()) return call + bytes / decode;
  return seconds(*this, &MeasuredCall::decode, bytes, tensors);
}

}  // namespace splitbench
