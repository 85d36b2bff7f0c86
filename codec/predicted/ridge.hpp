#pragma once
#include <cstddef>
#include <span>
#include <vector>

namespace splitbench {

/// Consecutive columns.
struct Columns {
  std::size_t begin;
  std::size_t count;
};

/// Sums of products of rows, from which linear predictions follow. Sums of parts add up.
class Moments {
 public:
  /// Columns of rows to come: features first, whose products with all columns are kept, then what
  /// they are to predict.
  Moments(std::size_t features, std::size_t columns);

  /// Adds rows of all columns, one behind the other.
  void add(std::span<const float> rows);
  Moments& operator+=(const Moments& other);
  Moments& operator-=(const Moments& other);

  std::size_t rows() const { return rows_; }
  double mean(std::size_t column) const;
  /// Returns the covariance of a feature with itself, a later feature, or a target.
  double covariance(std::size_t feature, std::size_t column) const;

 private:
  std::size_t features_;
  std::size_t columns_;
  std::size_t rows_ = 0;
  std::vector<double> sums_;
  std::vector<float> products_;  ///< [feature][column]; of features only those from itself on
};

/// A linear prediction: of each target a weight for each feature, and an intercept.
struct LinearMap {
  std::size_t targets = 0;
  std::vector<float> weights;  ///< [feature][target]
  std::vector<float> intercepts;
};

/// Returns the prediction with the least squared error plus `ridge` times the mean variance of a
/// feature times the squared weights. Without features it is the means.
LinearMap ridge_regression(const Moments& moments, Columns features, Columns targets, double ridge);

/// Adds what a map predicts of rows of features to rows of targets; each row begins `stride` floats
/// behind the one before.
void add_predictions(const LinearMap& map, const float* features, std::size_t stride,
                     std::size_t rows, float* predictions);

}  // namespace splitbench
