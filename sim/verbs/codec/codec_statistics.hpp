#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/verbs/codec/codec_histograms.hpp"

namespace splitbench {

inline constexpr std::array kTops = {7u, 8u, 15u, 16u};

/// What it takes to code some elements, as sums, so that the figures of tensors add up to those of
/// all of them, each with its own distribution and codebook.
struct CodingFigures {
  /// With codebooks of a file, not calibrated on the elements.
  struct Given {
    std::uint64_t escapes = 0;
    std::uint64_t frame_bytes = 0;
  };

  std::uint64_t elements = 0;
  std::uint64_t raw_bytes = 0;
  double exponent_bits = 0;                    ///< the entropy of all exponents
  std::array<double, kTops.size()> covered{};  ///< elements with one of the most frequent exponents
  std::uint64_t escapes = 0;                   ///< with codebooks calibrated on the elements
  std::uint64_t frame_bytes = 0;
  double ideal_bytes = 0;
  std::optional<Given> given;

  CodingFigures& operator+=(const CodingFigures&);

  // All 0 where there is nothing.
  double per_element(double sum) const;
  double ratio(double bytes) const;
};

/// The figures of a tensor; `given` may be null.
CodingFigures coding_figures(const TensorHistogram&, const NamedCodebooks* given);

/// The histograms of one type added up, as one codebook for all of it would see them.
struct PooledHistogram {
  ElementType type;
  ExponentHistogram histogram{};
  CodingFigures figures;
};

/// What `codec stats` says.
struct CodingStatistics {
  struct Row {
    const TensorHistogram* tensor;
    CodingFigures figures;
  };
  struct ClassRow {
    std::string tensor_class;
    CodingFigures figures;
  };

  std::vector<Row> tensors;
  std::vector<ClassRow> classes;  ///< all K, all V; empty unless there are several
  CodingFigures total;
  std::vector<PooledHistogram> pooled;  ///< one for each type that occurs
};

/// Refers to the histograms. Throws InputError where the codebooks have none for a tensor.
CodingStatistics coding_statistics(const Histograms&, const NamedCodebooks* given);

// What `codec stats` prints. The keys of JSON and CSV are those that scripts read.

std::string to_table(const CodingStatistics&);
std::string to_json(const CodingStatistics&);
std::string to_csv(const CodingStatistics&);  ///< one line a tensor

/// Bars of the pooled exponents, those that have no code in a codebook for all marked as escapes.
std::string to_bars(const CodingStatistics&);

}  // namespace splitbench
