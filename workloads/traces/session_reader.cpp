#include "workloads/traces/session_reader.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <simdjson.h>
#include <utility>
#include <vector>

#include "workloads/files.hpp"
#include "workloads/input_error.hpp"
#include "workloads/traces/archive.hpp"
#include "workloads/traces/json_fields.hpp"
#include "workloads/traces/session_json.hpp"
#include "workloads/traces/trace_reader.hpp"

namespace splitbench {

namespace {

[[noreturn]] void refuse(const std::filesystem::path& path, std::string_view found,
                         std::string_view expected) {
  throw InputError(fmt::format("{}: {}, expected {}", path.string(), found, expected));
}

void check_size(const std::filesystem::path& path, std::uint64_t bytes) {
  if (bytes > SessionFiles::kMaxSession)
    refuse(path, fmt::format("{} bytes", bytes),
           fmt::format("a session of at most {}", SessionFiles::kMaxSession));
}

void check_count(const std::filesystem::path& path, std::uint64_t files) {
  if (files > SessionFiles::kMaxFiles)
    refuse(path, fmt::format("more than {} files", SessionFiles::kMaxFiles), "fewer sessions");
}

class FilesOnDisk final : public SessionFiles {
 public:
  explicit FilesOnDisk(std::vector<std::filesystem::path> paths) : paths_(std::move(paths)) {}

  bool next(std::filesystem::path& path) override {
    if (given_ == paths_.size()) return false;
    path = paths_[given_++];
    return true;
  }

  void read(std::string& text) override {
    const std::filesystem::path& path = paths_[given_ - 1];
    text = read_text(path, "a session", kMaxSession);
  }

 private:
  std::vector<std::filesystem::path> paths_;
  std::size_t given_ = 0;
};

class FilesInArchive final : public SessionFiles {
 public:
  explicit FilesInArchive(const std::filesystem::path& path) : path_(path), archive_(path) {}

  bool next(std::filesystem::path& path) override {
    while (archive_.next(entry_)) {
      count();
      path = path_ / entry_.name;
      if (entry_.is_file && path.extension() == ".json") return true;
    }
    return false;
  }

  void read(std::string& text) override {
    check_size(path_ / entry_.name, entry_.bytes);
    archive_.read(entry_, text);
  }

 private:
  /// Checks the limits by the sizes in the headers, before anything is unpacked.
  void count() {
    check_count(path_, ++files_);
    bytes_ += std::min(entry_.bytes, 2 * kMaxTotal);
    if (bytes_ > kMaxTotal)
      refuse(path_, fmt::format("more than {} bytes when unpacked", kMaxTotal),
             "a smaller archive");
  }

  std::filesystem::path path_;
  Archive archive_;
  Archive::Entry entry_;
  std::uint64_t files_ = 0;
  std::uint64_t bytes_ = 0;
};

std::unique_ptr<SessionFiles> files_of_folder(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.path().extension() != ".json" || !entry.is_regular_file()) continue;
    paths.push_back(entry.path());
    check_count(folder, paths.size());
  }
  if (paths.empty()) refuse(folder, "a folder without .json files", "one for each session");
  std::ranges::sort(paths);
  return std::make_unique<FilesOnDisk>(std::move(paths));
}

bool is_archive(const std::filesystem::path& path) {
  const std::string name = path.filename().string();
  return name.find(".tar") != name.npos || name.ends_with(".txz") || name.ends_with(".tgz");
}

}  // namespace

bool has_sessions(const std::filesystem::path& path) {
  return path.extension() == ".json" || is_archive(path) || std::filesystem::is_directory(path);
}

std::unique_ptr<SessionFiles> open_session_files(const std::filesystem::path& path) {
  if (std::filesystem::is_directory(path)) return files_of_folder(path);
  if (is_archive(path)) return std::make_unique<FilesInArchive>(path);
  return std::make_unique<FilesOnDisk>(std::vector<std::filesystem::path>{path});
}

namespace {

class SessionReader final : public TraceReader {
 public:
  SessionReader(const std::filesystem::path& path, const TraceOptions& options)
      : path_(path), files_(open_session_files(path)), options_(options) {}

  bool next(TraceRequest& request) override {
    while (given_ == session_.size()) {
      TracePlace place;
      if (!files_->next(place.path)) return end();
      read_next(place);
    }
    request = std::move(session_[given_++]);
    return true;
  }

  const LeftOut& left_out() const override { return left_out_; }
  bool starts_recorded() const override { return false; }

 private:
  void read_next(const TracePlace& place) {
    session_.clear();
    given_ = 0;
    try {
      files_->read(text_);
      std::vector<TraceRequest> session = read_session(place, parser_, text_, start_);
      for (const TraceRequest& request : session) order_.check(place, request);
      session_ = std::move(session);
      if (start_ > kLatest - options_.session_gap)
        place.refuse(fmt::format("would start {:.3g} s after the first session", seconds(start_)),
                     "a shorter session_gap, or fewer sessions");
      start_ += options_.session_gap;
      any_ = true;
    } catch (const InputError& error) {
      if (options_.bad_lines == BadLines::refuse) throw;
      if (left_out_.bad++ == 0) left_out_.first_bad = error.what();
    }
  }

  bool end() const {
    if (any_) return false;
    if (left_out_.bad > 0)
      throw InputError(fmt::format("{}; none of the files is a session", left_out_.first_bad));
    TracePlace{path_}.refuse("no session", "files whose names end in .json");
  }

  std::filesystem::path path_;
  std::unique_ptr<SessionFiles> files_;
  TraceOptions options_;
  simdjson::dom::parser parser_;
  std::string text_;
  std::vector<TraceRequest> session_;
  std::size_t given_ = 0;
  Time start_{0};
  TraceOrder order_;
  LeftOut left_out_;
  bool any_ = false;
};

}  // namespace

std::unique_ptr<TraceReader> open_sessions(const std::filesystem::path& path,
                                           const TraceOptions& options) {
  return std::make_unique<SessionReader>(path, options);
}

}  // namespace splitbench
