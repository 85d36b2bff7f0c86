#pragma once
#include <filesystem>

#include "configs/reader/diagnostics.hpp"
#include "workers/plan/model.hpp"

namespace splitbench {

/// Returns whether the path is taken for a Hugging Face config.json: it ends in .json.
bool is_model_config(const std::filesystem::path&);

/// Reads the geometry of a model from its Hugging Face config.json; of one that also sees or hears,
/// from the `text_config` in it. The model is called as its folder, or as the file if that is not
/// called config.json.
///
/// The file does not state the parameters, so they are computed from its widths:
///     all     embedding + output + layers x (attention + norms) + dense layers x 3 hidden inner
///             + mixtures x (router + (experts + shared) x 3 hidden expert)
///     active  all but the experts that a token is not sent to
/// An output that is tied to the embedding is not counted again, nor are a module that predicts
/// further tokens, whose cache is left out as well, and what sees and hears. Where a width is
/// missing, the file may have `total_parameters` and `active_parameters`, plain numbers, instead.
///
/// Layers of sliding windows, of linear attention and state-space layers are kinds of their own,
/// and a sparse attention's index is counted with 8 bits an element and a scale of 4 bytes for each
/// 128. A state is what engines keep by default: the recurrence's as fp32, the convolution's inputs
/// as bf16. Widths of parameters that are less than a thousandth are left out.
///
/// Adds to `diagnostics` every mistake, and every feature whose cache a geometry cannot describe:
/// chunked attention, compressed tokens, layers of several widths; the geometry is then of no use.
/// Throws ConfigError if the file cannot be read.
ModelGeometry read_model_config(const std::filesystem::path&, Diagnostics& diagnostics);

}  // namespace splitbench
