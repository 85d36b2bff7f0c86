#pragma once
#include <string_view>

#include "codec/codebook_file.hpp"

namespace splitbench {

/// What a tensor's name says about it: layer and class of "layers.3.k", "key_cache.3",
/// "model.layers.3.self_attn.k_proj" and "past_key_values.3.key". What it does not say, or says
/// in two ways, is not set.
CodebookKey key_of_name(std::string_view tensor_name);

}  // namespace splitbench
