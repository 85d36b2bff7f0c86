#pragma once
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "codec/codebook_file.hpp"

namespace splitbench {

/// The exponents of one tensor, or of what an entry of a codebook file was calibrated on.
struct TensorHistogram {
  std::string source;  ///< the file that the user named
  std::string tensor;
  CodebookKey key;
  ElementType type;
  ExponentHistogram histogram;
};

struct Histograms {
  std::vector<CodebookSource> sources;
  std::vector<TensorHistogram> tensors;
};

/// Of dumps, one in memory at a time, and of codebook files (.json), which keep theirs. `wanted` is
/// for raw elements. Throws InputError.
Histograms read_histograms(std::span<const std::string> paths,
                           std::optional<ElementType> wanted = {});

/// Histograms that share a codebook add up. Entries are ordered from narrow to wide, so that the
/// first that fits a tensor is the one made for it.
CodebookFile calibrate(const Histograms&, CodebookScope);

}  // namespace splitbench
