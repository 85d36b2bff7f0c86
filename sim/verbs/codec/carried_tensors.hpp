#pragma once
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "codec/codebook.hpp"
#include "sim/cli/dump_file.hpp"

namespace splitbench {

/// A tensor of a type that is none of the codec's, which a file of frames carries as it is.
struct CarriedTensor {
  std::string source;  ///< the file that the user named
  std::string tensor;
  std::string dtype;  ///< "F32"
  std::uint64_t bytes;
  /// The exponents of F16, whose 5 bits codes could shorten to 4.
  std::optional<ExponentHistogram> half_exponents;
};

/// Returns what is told about a tensor of the file `source`, which has no type.
CarriedTensor carried_tensor(const Tensor&, const std::string& source);

/// Returns the ratio that codes for the 16 most frequent exponents would give F16, with 3 bytes for
/// each element that has another one, as SplitZip frames have.
double half_ratio(const ExponentHistogram&);

// What `codec stats` prints, without the name.
std::string describe(const CarriedTensor&);
nlohmann::ordered_json to_json(const CarriedTensor&);

}  // namespace splitbench
