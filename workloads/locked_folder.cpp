#include "workloads/locked_folder.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <string>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <vector>

#include "workloads/files.hpp"
#include "workloads/input_error.hpp"

namespace splitbench {
namespace {

[[noreturn]] void refuse(const std::filesystem::path& path, std::string_view why) {
  throw InputError(fmt::format("{}: {}", path.string(), why));
}

/// Returns the folders of the path that are not there yet, the innermost first.
std::vector<std::filesystem::path> missing_of(const std::filesystem::path& given) {
  std::filesystem::path path = std::filesystem::absolute(given).lexically_normal();
  if (!path.has_filename()) path = path.parent_path();
  std::vector<std::filesystem::path> missing;
  for (std::error_code unknown; !std::filesystem::exists(path, unknown) && path.has_relative_path();
       path = path.parent_path())
    missing.push_back(path);
  return missing;
}

/// Returns whether the folder at the path is still the one that was opened: whoever had the lock
/// before may have removed it.
bool is_same(int opened, const std::filesystem::path& path) {
  struct stat found {
  }, there{};
  return fstat(opened, &found) == 0 && stat(path.c_str(), &there) == 0 &&
         found.st_dev == there.st_dev && found.st_ino == there.st_ino;
}

/// Makes the folder and returns its descriptor, with the lock.
int make_and_lock(const std::filesystem::path& path) {
  for (;;) {
    std::error_code error;
    std::filesystem::create_directories(path, error);
    if (error) refuse(path, fmt::format("cannot be a result folder: {}", error.message()));
    const int opened = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (opened < 0 && errno == ENOENT) continue;  // removed just now
    if (opened < 0)
      refuse(path, fmt::format("cannot be a result folder: {}", std::strerror(errno)));
    const int failed = flock(opened, LOCK_EX | LOCK_NB) == 0 ? 0 : errno;
    if (failed == 0 && is_same(opened, path)) return opened;
    close(opened);
    if (failed != 0)
      refuse(path, failed == EWOULDBLOCK
                       ? "another run or sweep is writing to it, expected another --output-dir"
                       : fmt::format("cannot be locked: {}", std::strerror(failed)));
  }
}

/// Returns whether it is what a killed process left unfinished; earlier versions wrote <name>.part.
bool is_unfinished(const std::string& name, const FolderContents& contents) {
  constexpr std::string_view kEarlier = ".part";
  if (!name.ends_with(kEarlier)) return OutputFile::is_unfinished(name);
  const auto whole = std::string_view(name).substr(0, name.size() - kEarlier.size());
  return std::ranges::find(contents.files, whole) != contents.files.end();
}

/// Throws InputError unless the folder holds nothing but `contents`. Returns what a killed process
/// left unfinished.
std::vector<std::filesystem::path> check(const std::filesystem::path& path,
                                         const FolderContents& contents,
                                         LockedFolder::Foreign foreign) {
  std::vector<std::filesystem::path> unfinished;
  std::string others, ours;
  for (const auto& entry : std::filesystem::directory_iterator(path)) {
    const std::string name = entry.path().filename();
    const bool is_file = std::ranges::find(contents.files, name) != contents.files.end();
    const auto type = entry.symlink_status().type();
    if (is_unfinished(name, contents) && type == std::filesystem::file_type::regular) {
      unfinished.push_back(entry.path());
    } else if (!is_file && name != contents.folder) {
      others = name;
    } else {
      ours = name;
      if (type !=
          (is_file ? std::filesystem::file_type::regular : std::filesystem::file_type::directory))
        refuse(entry.path(), fmt::format("expected a {} that an earlier run wrote, or nothing",
                                         is_file ? "file" : "folder"));
    }
  }
  // Without its first file it is something else that happens to have the same names.
  if (others.empty() && !ours.empty() && !std::filesystem::exists(path / contents.first))
    others = fmt::format("{} and no {}", ours, contents.first);
  if (!others.empty() && foreign == LockedFolder::Foreign::refuse)
    refuse(path, fmt::format("holds {}, which is no part of {}; expected an empty folder, an "
                             "earlier result, another --output-dir, or --force to leave it there",
                             others, contents.what));
  return unfinished;
}

}  // namespace

LockedFolder::LockedFolder(std::filesystem::path path, const FolderContents& contents,
                           Foreign foreign)
    : path_(std::move(path)), made_(missing_of(path_)), descriptor_(make_and_lock(path_)) {
  try {
    for (const std::filesystem::path& part : check(path_, contents, foreign))
      std::filesystem::remove(part);
  } catch (...) {
    close(descriptor_);
    throw;
  }
}

LockedFolder::~LockedFolder() {
  for (const std::filesystem::path& made : made_)
    if (rmdir(made.c_str()) != 0) break;  // something was put in it
  close(descriptor_);
}

}  // namespace splitbench
