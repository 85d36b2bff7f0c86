#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/verbs/codec/codec_histograms.hpp"

namespace splitbench {

inline constexpr std::array kTops = {7u, 8u, 15u, 16u};

/// The cost of coding some elements, as sums, so that the figures of tensors add up to those of
/// all of them, each with its own distribution and codebook.
struct CodingFigures {
  /// The cost with some codebooks.
  struct Coded {
    std::uint64_t escapes = 0;      ///< elements without a code in SplitZip frames
    std::uint64_t frame_bytes = 0;  ///< bytes of SplitZip frames
    /// The most bytes that ranked frames take, up to 0.1% more than they do (expected_frame_bytes).
    std::uint64_t ranked_bytes = 0;

    Coded& operator+=(const Coded&);
  };

  std::uint64_t elements = 0;
  std::uint64_t raw_bytes = 0;
  double exponent_bits = 0;                    ///< the entropy of all exponents
  std::array<double, kTops.size()> covered{};  ///< elements with one of the most frequent exponents
  Coded own;                                   ///< with codebooks calibrated on the elements
  double ideal_bytes = 0;      ///< bytes if exponents took their entropy and nothing else cost
  std::optional<Coded> given;  ///< with the codebooks of a file

  CodingFigures& operator+=(const CodingFigures&);

  // All return 0 if there are no elements.
  double per_element(double sum) const;
  double ratio(double bytes) const;
  double bits(double bytes) const { return 8 * per_element(bytes); }
};

/// Returns the figures of a tensor. `given` is not kept and may be null.
CodingFigures coding_figures(const TensorHistogram&, const NamedCodebooks* given);

/// The histograms of one type added up, as one codebook for all of it would see them.
struct PooledHistogram {
  ElementType type;
  ExponentHistogram histogram{};
  CodingFigures figures;
};

/// The findings of `codec stats`.
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
  std::vector<CarriedTensor> carried;   ///< those that are not coded
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
