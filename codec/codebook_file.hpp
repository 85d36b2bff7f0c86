#pragma once
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "codec/codebook.hpp"

namespace splitbench {

/// The tensors that share a codebook: each layer's K and V apart, the tensors of a layer, all K and
/// all V, or everything. Tensors of different types never share one.
enum class CodebookScope : std::uint8_t { per_layer_kv, per_layer, kv, global };

/// The tensors that a codebook is for. A field that is not set matches all of them.
struct CodebookKey {
  std::optional<std::uint32_t> layer;
  std::optional<std::string> tensor_class;  ///< "k", "v" or "latent"

  bool operator==(const CodebookKey&) const = default;
};

/// Describes the key: "layer 3, k", or "all tensors" if nothing is set.
std::string describe(const CodebookKey&);

/// A file of elements that codebooks were calibrated on.
struct CodebookSource {
  std::string name;
  std::uint64_t bytes = 0;
  std::uint64_t xxh3 = 0;  ///< XXH3-64 of those bytes

  bool operator==(const CodebookSource&) const = default;
};

/// Codebooks and their sources, as one JSON file. It keeps the histograms, so that files can be
/// merged and compared when the elements are long gone.
struct CodebookFile {
  struct Entry {
    CodebookKey key;
    Codebook codebook;              ///< the one for SplitZip frames
    Codebook ranked_codebook{};     ///< the one for ranked frames, of the same element type
    ExponentHistogram histogram{};  ///< counts of the elements that both were calibrated on

    const Codebook& codebook_for(FrameKind kind) const {
      return kind == FrameKind::ranked ? ranked_codebook : codebook;
    }

    bool operator==(const Entry&) const = default;
  };

  std::string tool;  ///< program and version that wrote it
  std::vector<CodebookSource> sources;
  std::vector<Entry> entries;

  /// Returns the first matching entry, or null if none matches. An entry matches if it is of this
  /// type and `tensor` has the same value in every field that the entry's key sets. The pointer is
  /// valid until `entries` changes.
  const Entry* entry_for(const CodebookKey& tensor, ElementType) const;
  /// Returns that entry's codebook for frames of this kind, or null if none matches.
  const Codebook* find(const CodebookKey& tensor, ElementType,
                       FrameKind kind = FrameKind::splitzip) const;

  bool operator==(const CodebookFile&) const = default;
};

/// Returns the file as JSON text.
std::string to_json(const CodebookFile& file);

/// Returns what to_json wrote, from the values of that text, nested some ten levels deep at most.
/// An entry without a ranked codebook, as in files from before there was one, gets one calibrated
/// on its histogram. Throws std::runtime_error that says what is wrong; the file's name is not
/// known here.
CodebookFile codebook_file_from_json(const nlohmann::json& json);

/// Returns the type that name() of codec/element.hpp calls so, or nothing if there is none.
std::optional<ElementType> element_type_named(std::string_view);

}  // namespace splitbench
