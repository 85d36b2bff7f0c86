#include "sim/verbs/codec/codec_statistics.hpp"

#include <algorithm>
#include <map>

#include "codec/exponent_statistics.hpp"

namespace splitbench {
namespace {

std::vector<CodingStatistics::ClassRow> sum_by_class(
    const std::vector<CodingStatistics::Row>& tensors) {
  std::map<std::string, CodingFigures> sums;
  for (const CodingStatistics::Row& row : tensors) {
    if (const auto& tensor_class = row.tensor->key.tensor_class) sums[*tensor_class] += row.figures;
  }
  std::vector<CodingStatistics::ClassRow> rows;
  if (sums.size() < 2) return rows;
  for (const auto& [tensor_class, figures] : sums) rows.push_back({tensor_class, figures});
  return rows;
}

std::vector<PooledHistogram> pool(const Histograms& histograms) {
  std::map<ElementType, ExponentHistogram> sums;
  for (const TensorHistogram& tensor : histograms.tensors) sums[tensor.type] += tensor.histogram;
  std::vector<PooledHistogram> pooled;
  for (const auto& [type, sum] : sums) {
    const TensorHistogram all{
        .source = {}, .tensor = {}, .key = {}, .type = type, .histogram = sum};
    pooled.push_back({.type = type, .histogram = sum, .figures = coding_figures(all, nullptr)});
  }
  return pooled;
}

}  // namespace

CodingFigures& CodingFigures::operator+=(const CodingFigures& other) {
  if (other.given) {
    const Given sum = given.value_or(Given{});
    given = {.escapes = sum.escapes + other.given->escapes,
             .frame_bytes = sum.frame_bytes + other.given->frame_bytes};
  }
  elements += other.elements;
  raw_bytes += other.raw_bytes;
  exponent_bits += other.exponent_bits;
  for (std::size_t i = 0; i < covered.size(); ++i) covered[i] += other.covered[i];
  escapes += other.escapes;
  frame_bytes += other.frame_bytes;
  ideal_bytes += other.ideal_bytes;
  return *this;
}

double CodingFigures::per_element(double sum) const {
  return elements == 0 ? 0 : sum / static_cast<double>(elements);
}

double CodingFigures::ratio(double bytes) const {
  return bytes == 0 ? 0 : static_cast<double>(raw_bytes) / bytes;
}

CodingFigures coding_figures(const TensorHistogram& tensor, const NamedCodebooks* given) {
  const ExponentHistogram& histogram = tensor.histogram;
  const Codebook own = calibrate(histogram, tensor.type);
  CodingFigures figures;
  figures.elements = elements(histogram);
  figures.raw_bytes = figures.elements * element_bytes(tensor.type);
  const auto n = static_cast<double>(figures.elements);
  figures.exponent_bits = n * entropy(histogram);
  for (std::size_t i = 0; i < kTops.size(); ++i)
    figures.covered[i] = n * coverage(histogram, kTops[i]);
  figures.escapes = escapes(histogram, own);
  figures.frame_bytes = expected_frame_bytes(histogram, own);
  figures.ideal_bytes =
      static_cast<double>(figures.raw_bytes) / ideal_ratio(histogram, tensor.type);
  if (!given) return figures;
  const Codebook& codebook = given->of(tensor.key, tensor.type);
  figures.given = {.escapes = escapes(histogram, codebook),
                   .frame_bytes = expected_frame_bytes(histogram, codebook)};
  return figures;
}

CodingStatistics coding_statistics(const Histograms& histograms, const NamedCodebooks* given) {
  CodingStatistics statistics;
  for (const TensorHistogram& tensor : histograms.tensors) {
    statistics.tensors.push_back({&tensor, coding_figures(tensor, given)});
    statistics.total += statistics.tensors.back().figures;
  }
  statistics.classes = sum_by_class(statistics.tensors);
  statistics.pooled = pool(histograms);
  return statistics;
}

}  // namespace splitbench
