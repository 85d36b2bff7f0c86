#pragma once
#include <filesystem>
#include <span>
#include <string_view>
#include <vector>

namespace splitbench {

/// The things that a folder of results consists of.
struct FolderContents {
  std::string_view what;  ///< for instance "a run's result"
  std::span<const std::string_view> files;
  std::string_view folder;  ///< the one folder among them
  std::string_view first;   ///< the file that is there before any other
};

/// A folder that one process at a time fills, locked while this object lives. The kernel releases
/// the lock however the process ends. Not thread-safe.
class LockedFolder {
 public:
  /// The two answers to a folder that holds something else, which stays as it is.
  enum class Foreign { refuse, leave };

  /// Makes the folder, or takes up one that is empty or holds `contents`; what a killed process
  /// left unfinished there is then removed. Throws InputError if it cannot be made, is in use,
  /// holds something else, or something that is no such file or folder has one of the names.
  LockedFolder(std::filesystem::path path, const FolderContents& contents,
               Foreign = Foreign::refuse);
  /// Removes the folder, if it was made, and those above it that were made for it, unless something
  /// was put in them.
  ~LockedFolder();
  LockedFolder(const LockedFolder&) = delete;
  LockedFolder& operator=(const LockedFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  std::vector<std::filesystem::path> made_;  // those that were not there before, innermost first
  int descriptor_;                           // the folder's own
};

}  // namespace splitbench
