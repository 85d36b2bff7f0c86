#pragma once
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "codec/codebook_file.hpp"
#include "sim/cli/dump_file.hpp"
#include "sim/verbs/codec/carried_tensors.hpp"
#include "workers/kv/named_codebooks.hpp"

namespace splitbench {

/// Returns whether a path is that of a codebook file, by its suffix .json.
bool is_codebook_file(const std::filesystem::path&);

/// The exponents of one tensor, or of what an entry of a codebook file was calibrated on.
struct TensorHistogram {
  std::string source;  ///< the file that the user named
  std::string tensor;
  CodebookKey key;
  ElementType type;
  ExponentHistogram histogram;
};

/// Returns the exponents of a tensor of the file `source`, which has a type.
TensorHistogram histogram_of(const Tensor&, const std::string& source);

struct Histograms {
  std::vector<CodebookSource> sources;
  std::vector<TensorHistogram> tensors;
  std::vector<CarriedTensor> carried;
};

/// Returns the histograms of dumps, one of which is in memory at a time, and of codebook files
/// (.json), which keep theirs. `wanted` is the type of raw elements. Throws InputError.
Histograms read_histograms(std::span<const std::string> paths,
                           std::optional<ElementType> wanted = {});

/// Returns a codebook for each scope: histograms that share a codebook add up. Entries are ordered
/// from narrow to wide, so that the first that fits a tensor is the one made for it.
CodebookFile calibrate(const Histograms&, CodebookScope);

}  // namespace splitbench
