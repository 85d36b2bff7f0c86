#include "codec/predicted/ridge.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "codec/predicted/vector_rows.hpp"

namespace splitbench {
namespace {

/// Calls add(to, rows, factors) for rows 0 to `count`, four at a time; where there are no four
/// left, the last stands in with a factor of 0.
template <typename Row, typename Factor>
void add_all(float* to, std::size_t count, std::size_t width, const Row& row,
             const Factor& factor) {
  for (std::size_t i = 0; i < count; i += kRowsAtOnce) {
    std::array<const float*, kRowsAtOnce> rows;
    std::array<float, kRowsAtOnce> factors;
    for (std::size_t k = 0; k < kRowsAtOnce; ++k) {
      rows[k] = row(std::min(i + k, count - 1));
      factors[k] = i + k < count ? factor(i + k) : 0;
    }
    add_rows(to, rows, factors, width);
  }
}

/// A symmetric matrix of which the part right of the diagonal is used, and its Cholesky factor.
class UpperMatrix {
 public:
  explicit UpperMatrix(std::size_t size) : size_(size), values_(size * size) {}

  float* row(std::size_t number) { return values_.data() + number * size_; }
  const float* row(std::size_t number) const { return values_.data() + number * size_; }

  /// Replaces the matrix, which is positive definite, by U with U'U = it.
  void factorize() {
    for (std::size_t k = 0; k < size_; ++k) {
      float* const pivot = row(k) + k;
      add_all(
          pivot, k, size_ - k, [&](std::size_t i) { return row(i) + k; },
          [&](std::size_t i) { return -row(i)[k]; });
      const float scale = 1 / std::sqrt(*pivot);
      for (std::size_t i = 0; i < size_ - k; ++i) pivot[i] *= scale;
    }
  }

  /// Replaces right-hand sides, [row][side], by their solutions; the matrix has been factorized.
  void solve(std::span<float> sides, std::size_t count) const {
    const auto side = [&](std::size_t i) { return sides.data() + i * count; };
    const auto divide = [&](std::size_t k) {
      for (std::size_t i = 0; i < count; ++i) side(k)[i] /= row(k)[k];
    };
    for (std::size_t k = 0; k < size_; ++k) {
      add_all(side(k), k, count, side, [&](std::size_t i) { return -row(i)[k]; });
      divide(k);
    }
    for (std::size_t k = size_; k-- > 0;) {
      add_all(
          side(k), size_ - k - 1, count, [&](std::size_t i) { return side(k + 1 + i); },
          [&](std::size_t i) { return -row(k)[k + 1 + i]; });
      divide(k);
    }
  }

 private:
  std::size_t size_;
  std::vector<float> values_;
};

}  // namespace

Moments::Moments(std::size_t features, std::size_t columns)
    : features_(features), columns_(columns), sums_(columns), products_(features * columns) {}

void Moments::add(std::span<const float> rows) {
  const std::size_t count = rows.size() / columns_;
  rows_ += count;
  for (std::size_t row = 0; row < count; ++row)
    for (std::size_t i = 0; i < columns_; ++i) sums_[i] += rows[row * columns_ + i];
  // Few rows at a time, which stay in the cache with what they add to.
  constexpr std::size_t kBlock = 64;
  for (std::size_t begin = 0; begin < count; begin += kBlock) {
    const std::size_t block = std::min(kBlock, count - begin);
    const auto row = [&](std::size_t i) { return rows.data() + (begin + i) * columns_; };
    for (std::size_t feature = 0; feature < features_; ++feature)
      add_all(
          products_.data() + feature * columns_ + feature, block, columns_ - feature,
          [&](std::size_t i) { return row(i) + feature; },
          [&](std::size_t i) { return row(i)[feature]; });
  }
}

Moments& Moments::operator+=(const Moments& other) {
  rows_ += other.rows_;
  for (std::size_t i = 0; i < sums_.size(); ++i) sums_[i] += other.sums_[i];
  for (std::size_t i = 0; i < products_.size(); ++i) products_[i] += other.products_[i];
  return *this;
}

Moments& Moments::operator-=(const Moments& other) {
  rows_ -= other.rows_;
  for (std::size_t i = 0; i < sums_.size(); ++i) sums_[i] -= other.sums_[i];
  for (std::size_t i = 0; i < products_.size(); ++i) products_[i] -= other.products_[i];
  return *this;
}

double Moments::mean(std::size_t column) const {
  return rows_ == 0 ? 0 : sums_[column] / static_cast<double>(rows_);
}

double Moments::covariance(std::size_t feature, std::size_t column) const {
  return products_[feature * columns_ + column] / static_cast<double>(rows_) -
         mean(feature) * mean(column);
}

LinearMap ridge_regression(const Moments& moments, Columns features, Columns targets,
                           double ridge) {
  const std::size_t size = features.count, sides = targets.count;
  LinearMap map{.targets = sides,
                .weights = std::vector<float>(size * sides),
                .intercepts = std::vector<float>(sides)};
  UpperMatrix matrix(size);
  double variance = 1e-6;
  for (std::size_t i = 0; i < size; ++i) {
    for (std::size_t j = i; j < size; ++j)
      matrix.row(i)[j] =
          static_cast<float>(moments.covariance(features.begin + i, features.begin + j));
    for (std::size_t j = 0; j < sides; ++j)
      map.weights[i * sides + j] =
          static_cast<float>(moments.covariance(features.begin + i, targets.begin + j));
    variance += matrix.row(i)[i] / static_cast<double>(size);
  }
  for (std::size_t i = 0; i < size; ++i) matrix.row(i)[i] += static_cast<float>(ridge * variance);
  matrix.factorize();
  matrix.solve(map.weights, sides);
  for (std::size_t j = 0; j < sides; ++j) {
    double intercept = moments.mean(targets.begin + j);
    for (std::size_t i = 0; i < size; ++i)
      intercept -= map.weights[i * sides + j] * moments.mean(features.begin + i);
    map.intercepts[j] = static_cast<float>(intercept);
  }
  return map;
}

void add_predictions(const LinearMap& map, const float* features, std::size_t stride,
                     std::size_t rows, float* predictions) {
  const std::size_t count = map.weights.size() / std::max<std::size_t>(map.targets, 1);
  for (std::size_t row = 0; row < rows; ++row) {
    float* const to = predictions + row * map.targets;
    for (std::size_t j = 0; j < map.targets; ++j) to[j] += map.intercepts[j];
    add_all(
        to, count, map.targets, [&](std::size_t i) { return map.weights.data() + i * map.targets; },
        [&](std::size_t i) { return features[row * stride + i]; });
  }
}

}  // namespace splitbench
