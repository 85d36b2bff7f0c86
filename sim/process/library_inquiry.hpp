#pragma once
#include <filesystem>
#include <string>

#include "codec/plugin/codec_library.hpp"

namespace splitbench {

/// Returns what a codec's shared library says of itself, as JSON in one line, and reverses that.
/// The latter throws InputError for anything else.
std::string to_json(const LibraryFacts&);
LibraryFacts library_facts(const std::string& json);

/// Returns what a codec's shared library says of itself to a process that loads it for elements of
/// one type, and ends then: this one runs no code of it. Throws InputError that names the file if
/// that process refuses the library, does not survive it, or takes longer than ten seconds.
LibraryFacts ask_library(const std::filesystem::path& file, ElementType);

}  // namespace splitbench
