#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "codec/codebook.hpp"

namespace splitbench {

/// What shares a codebook: each layer's K and V apart, the tensors of a layer, all K and all V, or
/// everything. Types never do.
enum class CodebookScope : std::uint8_t { per_layer_kv, per_layer, kv, global };

/// The scope of a tensor, which is numbered layer * classes + class.
constexpr std::uint32_t scope_of(CodebookScope scope, std::uint32_t tensor, std::uint32_t classes) {
  switch (scope) {
    case CodebookScope::per_layer_kv:
      return tensor;
    case CodebookScope::per_layer:
      return tensor / classes;
    case CodebookScope::kv:
      return tensor % classes;
    case CodebookScope::global:
      break;
  }
  return 0;
}

/// Which tensors a codebook is for. What is not set holds for all.
struct CodebookKey {
  std::optional<std::uint32_t> layer;
  std::optional<std::string> tensor_class;  ///< "k", "v" or "latent"

  bool operator==(const CodebookKey&) const = default;
};

/// "layer 3, k"; "all tensors" where nothing is set.
std::string describe(const CodebookKey&);

/// A file that was calibrated on.
struct CodebookSource {
  std::string name;
  std::uint64_t bytes = 0;
  std::uint64_t xxh3 = 0;  ///< XXH3-64 of them

  bool operator==(const CodebookSource&) const = default;
};

/// Codebooks and where they come from, as one JSON file. It keeps the histograms, so that files can
/// be merged and compared when the elements are long gone.
struct CodebookFile {
  struct Entry {
    CodebookKey key;
    Codebook codebook;              ///< for SplitZip frames
    Codebook ranked_codebook{};     ///< for ranked frames, of the same element type
    ExponentHistogram histogram{};  ///< of what both were calibrated on

    const Codebook& codebook_for(FrameKind kind) const {
      return kind == FrameKind::ranked ? ranked_codebook : codebook;
    }

    bool operator==(const Entry&) const = default;
  };

  std::string tool;  ///< program and version that wrote it
  std::vector<CodebookSource> sources;
  std::vector<Entry> entries;

  /// Returns the codebook for frames of this kind of a tensor, of which the key says what is known:
  /// that of the first entry of its type whose key agrees in everything it sets. Null if there is
  /// none.
  const Codebook* find(const CodebookKey& tensor, ElementType,
                       FrameKind kind = FrameKind::splitzip) const;

  bool operator==(const CodebookFile&) const = default;
};

std::string to_json(const CodebookFile& file);

/// Reads what to_json wrote. Where an entry has no ranked codebook, as in files from before there
/// was one, it is calibrated on the entry's histogram. Throws std::runtime_error that says what is
/// wrong with the text; it does not know the file's name.
CodebookFile codebook_file_from_json(std::string_view text);

void save(const CodebookFile& file,
          const std::filesystem::path& path);  ///< throws std::system_error
CodebookFile load_codebook_file(
    const std::filesystem::path& path);  ///< both kinds, naming the path

/// The type that name() of codec/element.hpp calls so.
std::optional<ElementType> element_type_named(std::string_view);

}  // namespace splitbench
