#pragma once
#include <string_view>

namespace splitbench {

/// The Python program published_codec.py, embedded.
extern const std::string_view kPublishedCodecScript;

}  // namespace splitbench
