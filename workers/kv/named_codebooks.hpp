#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "codec/codebook_file.hpp"
#include "workers/plan/model.hpp"

namespace splitbench {

/// The codebooks of a file that the user named. Every function throws InputError that names the
/// file. Immutable, so it may be read from any thread.
class NamedCodebooks {
 public:
  explicit NamedCodebooks(const std::filesystem::path&);

  const CodebookFile& file() const { return file_; }
  /// Returns the codebook for a tensor; the reference is valid as long as this object. Throws if
  /// none matches.
  const Codebook& of(const CodebookKey& tensor, ElementType,
                     FrameKind kind = FrameKind::splitzip) const;
  /// Returns the entry for each of the model's tensors, an empty one where no codec is for it.
  /// Throws if the file has other types or layers than the model, no entry for a tensor, or several
  /// for tensors that share a codebook in this scope.
  std::vector<CodebookFile::Entry> of_model(const ModelGeometry&, ElementType, CodebookScope) const;

 private:
  const CodebookFile::Entry& entry_of(const CodebookKey& tensor, ElementType) const;
  void check_type(ElementType wanted) const;
  void check_layers(const ModelGeometry&, ElementType) const;

  std::string path_;
  CodebookFile file_;
};

}  // namespace splitbench
