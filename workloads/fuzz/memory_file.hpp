#pragma once
#include <filesystem>
#include <string>
#include <string_view>
#include <sys/mman.h>
#include <unistd.h>

#include "workloads/fuzz/claim.hpp"
#include "workloads/input_error.hpp"

namespace splitbench {

/// A file in memory that has a path all the same.
class MemoryFile {
 public:
  explicit MemoryFile(std::string_view text) : descriptor_(memfd_create("trace", 0)) {
    claim(descriptor_ >= 0, "there is memory for a file");
    const auto written = write(descriptor_, text.data(), text.size());
    claim(written == static_cast<ssize_t>(text.size()), "a file in memory takes all");
  }
  ~MemoryFile() { close(descriptor_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  /// Returns the path by which this process can open the file while the object lives.
  std::filesystem::path path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

 private:
  int descriptor_;
};

/// Calls an action that reads the file. It may refuse the file with an InputError, whose message
/// must then begin with the file's path.
template <class Action>
void read_or_refuse(const MemoryFile& file, Action action) {
  try {
    action();
  } catch (const InputError& error) {
    claim(std::string_view(error.what()).starts_with(file.path().string()),
          "refusals name the file");
  }
}

}  // namespace splitbench
