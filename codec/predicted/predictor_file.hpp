#pragma once
#include <cstddef>
#include <span>
#include <vector>

#include "codec/predicted/predicted_codec.hpp"
#include "codec/predicted/predictor.hpp"

namespace splitbench {

// Files of predictors: codec/FORMAT.md.

/// Returns the file of a predictor that valid() accepts. Equal predictors are equal files.
std::vector<std::byte> to_file(const Predictor& predictor);

/// Returns the predictor of a file. Throws std::runtime_error that says what is wrong, before
/// memory is asked for that the file does not back; the file's name is not known here.
LoadedPredictor read_predictor(std::span<const std::byte> file);

}  // namespace splitbench
