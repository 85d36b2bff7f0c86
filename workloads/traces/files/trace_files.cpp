#include "workloads/traces/files/trace_files.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "workloads/files.hpp"
#include "workloads/traces/files/archive.hpp"

namespace splitbench {
namespace {

[[noreturn]] void refuse(const std::filesystem::path& path, std::string_view found,
                         std::string_view expected) {
  throw UnreadableTrace(fmt::format("{}: {}, expected {}", path.string(), found, expected));
}

/// Returns whether a file of a folder or an archive is one of a trace, by its name. Systems leave
/// files of their own, whose names begin with a point, beside those of people.
bool is_of_trace(const std::filesystem::path& path) {
  constexpr std::array<std::string_view, 3> kExtensions = {".json", ".jsonl", ".csv"};
  return std::ranges::find(kExtensions, path.extension().string()) != kExtensions.end() &&
         !path.filename().string().starts_with('.');
}

void check_count(const std::filesystem::path& path, std::uint64_t files) {
  if (files > TraceFiles::kMaxFiles)
    refuse(path, fmt::format("more than {} files", TraceFiles::kMaxFiles), "fewer sessions");
}

class FileBytes final : public ByteSource {
 public:
  explicit FileBytes(const std::filesystem::path& path) : file_(path, "a trace", kAnyLength) {}
  std::size_t read(std::span<std::byte> room) override { return file_.read(room); }

 private:
  InputFile file_;
};

class PlainFiles final : public TraceFiles {
 public:
  explicit PlainFiles(std::vector<std::filesystem::path> paths) : paths_(std::move(paths)) {}

  bool next(TraceFile& file) override {
    if (given_ == paths_.size()) return false;
    const std::filesystem::path& path = paths_[given_++];
    file = {path, std::make_unique<FileBytes>(path)};
    return true;
  }

 private:
  std::vector<std::filesystem::path> paths_;
  std::size_t given_ = 0;
};

/// Runs an action on an archive, whose errors mean that nothing more of it can be read.
template <class Action>
auto unpacking(Action action) {
  try {
    return action();
  } catch (const InputError& error) {
    throw UnreadableTrace(error.what());
  }
}

class EntryBytes final : public ByteSource {
 public:
  explicit EntryBytes(Archive& archive) : archive_(archive) {}
  std::size_t read(std::span<std::byte> room) override {
    return unpacking([&] { return archive_.read(room); });
  }

 private:
  Archive& archive_;
};

class PackedFiles final : public TraceFiles {
 public:
  explicit PackedFiles(const std::filesystem::path& path) : path_(path), archive_(path) {}

  bool next(TraceFile& file) override {
    while (unpacking([this] { return archive_.next(entry_); })) {
      const bool one_file = entry_.name.empty();
      if (!one_file) count();
      const std::filesystem::path path =
          one_file ? path_.parent_path() / path_.stem() : path_ / entry_.name;
      if (!entry_.is_file || (!one_file && !is_of_trace(path))) continue;
      file = {path, std::make_unique<EntryBytes>(archive_)};
      any_ = true;
      return true;
    }
    if (!any_) refuse(path_, "no file of a trace in it", "one that ends in .json, .jsonl or .csv");
    return false;
  }

 private:
  /// Checks the limits by the sizes in the headers, before anything is unpacked.
  void count() {
    check_count(path_, ++files_);
    bytes_ += std::min(entry_.bytes.value_or(0), 2 * kMaxTotal);
    if (bytes_ > kMaxTotal)
      refuse(path_, fmt::format("more than {} bytes when unpacked", kMaxTotal),
             "a smaller archive");
  }

  std::filesystem::path path_;
  Archive archive_;
  Archive::Entry entry_;
  std::uint64_t files_ = 0;
  std::uint64_t bytes_ = 0;
  bool any_ = false;
};

std::unique_ptr<TraceFiles> files_of_folder(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!is_of_trace(entry.path()) || !entry.is_regular_file()) continue;
    paths.push_back(entry.path());
    check_count(folder, paths.size());
  }
  if (paths.empty())
    refuse(folder, "a folder without files of a trace", "files of sessions that end in .json");
  std::ranges::sort(paths);
  return std::make_unique<PlainFiles>(std::move(paths));
}

}  // namespace

std::unique_ptr<TraceFiles> open_trace_files(const std::filesystem::path& path) {
  if (std::error_code unknown; std::filesystem::is_directory(path, unknown))
    return files_of_folder(path);
  if (is_packed(path)) return std::make_unique<PackedFiles>(path);
  return std::make_unique<PlainFiles>(std::vector<std::filesystem::path>{path});
}

}  // namespace splitbench
