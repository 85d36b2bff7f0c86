#pragma once
#include <filesystem>
#include <string>

#include "codec/codebook_file.hpp"

namespace splitbench {

/// The codebooks of a file that the user named. Throws InputError, naming the file.
class NamedCodebooks {
 public:
  explicit NamedCodebooks(const std::string& path);

  const CodebookFile& file() const { return file_; }
  const Codebook& of(const CodebookKey& tensor, ElementType,
                     FrameKind kind = FrameKind::splitzip) const;

 private:
  std::string path_;
  CodebookFile file_;
};

/// By its suffix, .json.
bool is_codebook_file(const std::filesystem::path&);

}  // namespace splitbench
