#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "codec/codebook.hpp"

namespace splitbench {

/// Which tensors a codebook is for. What is not set holds for all.
struct CodebookKey {
  std::optional<std::uint32_t> layer;
  std::optional<std::string> tensor_class;  ///< "k", "v" or "latent"

  bool operator==(const CodebookKey&) const = default;
};

/// Codebooks and where they come from, as one JSON file.
struct CodebookFile {
  struct Entry {
    CodebookKey key;
    Codebook codebook;
    std::uint64_t elements = 0;  ///< calibrated on so many
    std::uint64_t escapes = 0;   ///< so many of which it gives no code

    bool operator==(const Entry&) const = default;
  };

  std::vector<std::string> sources;  ///< names of what was calibrated on
  std::vector<Entry> entries;

  /// The codebook for a tensor, of which the key says what is known: that of the first entry whose
  /// key agrees in everything it sets. Null if there is none.
  const Codebook* find(const CodebookKey& tensor) const;

  bool operator==(const CodebookFile&) const = default;
};

std::string to_json(const CodebookFile& file);

/// Throws std::runtime_error that says what is wrong with the text; it does not know the file's
/// name.
CodebookFile codebook_file_from_json(std::string_view text);

void save(const CodebookFile& file,
          const std::filesystem::path& path);  ///< throws std::system_error
CodebookFile load_codebook_file(
    const std::filesystem::path& path);  ///< both kinds, naming the path

}  // namespace splitbench
