#pragma once
#include <filesystem>
#include <fstream>
#include <string_view>

namespace splitbench {

/// A file that has its name only once it is whole: written beside it as <name>.part and renamed by
/// publish(), without which nothing is left of it. Throws std::system_error that names the file.
class WholeFile {
 public:
  explicit WholeFile(std::filesystem::path path);
  ~WholeFile();
  WholeFile(const WholeFile&) = delete;
  WholeFile& operator=(const WholeFile&) = delete;

  void write(std::string_view text);
  void publish();

 private:
  void check() const;

  std::filesystem::path path_;
  std::filesystem::path part_;
  std::ofstream stream_;
  bool published_ = false;
};

void write_whole_file(const std::filesystem::path& path, std::string_view text);

}  // namespace splitbench
