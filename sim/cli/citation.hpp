#pragma once
#include <filesystem>
#include <string>

namespace splitbench {

/// Returns a BibTeX entry for the program that made a result: its version and commit and the date,
/// as far as the folder's run.json has them in their usual form.
std::string to_bibtex(const std::filesystem::path& folder);

}  // namespace splitbench
