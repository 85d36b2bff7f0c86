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

#include "workloads/files.hpp"
#include "workloads/input_error.hpp"

namespace splitbench {
namespace {

[[noreturn]] void refuse(const std::filesystem::path& path, std::string_view why) {
  throw InputError(fmt::format("{}: {}", path.string(), why));
}

std::filesystem::path nearest_existing(std::filesystem::path path) {
  while (!std::filesystem::exists(path)) path = path.parent_path();
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

/// Returns the name of a file that a killed process may have left unfinished, <name>.<8 hex>.part,
/// or nothing.
std::string_view name_of_unfinished(std::string_view file) {
  constexpr std::size_t kRandom = 9;  // with its dot
  if (!file.ends_with(OutputFile::kUnfinished)) return {};
  file.remove_suffix(OutputFile::kUnfinished.size());
  return file.substr(0, file.size() - std::min(kRandom, file.size()));
}

void check(const std::filesystem::path& path, const FolderContents& contents,
           LockedFolder::Foreign foreign) {
  const auto ours = [&](std::string_view name) {
    return std::ranges::find(contents.names, name) != contents.names.end();
  };
  for (const auto& entry : std::filesystem::directory_iterator(path)) {
    const std::string name = entry.path().filename();
    if (ours(name_of_unfinished(name)))
      std::filesystem::remove(entry.path());
    else if (ours(name) && entry.is_symlink())
      refuse(entry.path(), "a symbolic link, expected what an earlier run wrote, or nothing");
    else if (!ours(name) && foreign == LockedFolder::Foreign::refuse)
      refuse(path, fmt::format("holds {}, which is no part of {}; expected an empty folder, an "
                               "earlier result, another --output-dir, or --force to leave it there",
                               name, contents.what));
  }
}

}  // namespace

LockedFolder::LockedFolder(std::filesystem::path path, const FolderContents& contents,
                           Foreign foreign)
    : path_(std::move(path)),
      above_(nearest_existing(std::filesystem::absolute(path_))),
      descriptor_(make_and_lock(path_)) {
  try {
    check(path_, contents, foreign);
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
