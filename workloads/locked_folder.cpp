#include "workloads/locked_folder.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <string>
#include <sys/file.h>
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

std::filesystem::path nearest_existing(std::filesystem::path path) {
  std::error_code unknown;
  while (!std::filesystem::exists(path, unknown)) path = path.parent_path();
  return path;
}

/// Makes the folder and returns its descriptor, with the lock.
int make_and_lock(const std::filesystem::path& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) refuse(path, fmt::format("cannot be a result folder: {}", error.message()));
  const int opened = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (opened < 0) refuse(path, fmt::format("cannot be a result folder: {}", std::strerror(errno)));
  if (flock(opened, LOCK_EX | LOCK_NB) == 0) return opened;
  const int why = errno;
  close(opened);
  refuse(path, why == EWOULDBLOCK
                   ? "another run or sweep is writing to it, expected another --output-dir"
                   : fmt::format("cannot be locked: {}", std::strerror(why)));
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
    if (OutputFile::is_unfinished(name) && type == std::filesystem::file_type::regular) {
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
    : path_(std::move(path)),
      above_(nearest_existing(std::filesystem::absolute(path_))),
      descriptor_(make_and_lock(path_)) {
  try {
    for (const std::filesystem::path& part : check(path_, contents, foreign))
      std::filesystem::remove(part);
  } catch (...) {
    close(descriptor_);
    throw;
  }
}

LockedFolder::~LockedFolder() {
  std::filesystem::path made = std::filesystem::absolute(path_);
  while (made != above_ && rmdir(made.c_str()) == 0) made = made.parent_path();
  close(descriptor_);
}

}  // namespace splitbench
