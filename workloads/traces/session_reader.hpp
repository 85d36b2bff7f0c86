#pragma once
#include <filesystem>
#include <memory>
#include <string>

#include "workloads/traces/trace_reader.hpp"

namespace splitbench {

/// The files of a folder or an archive, each with one session. Not thread-safe.
class SessionFiles {
 public:
  static constexpr std::uint64_t kMaxSession = 64 << 20;              // bytes of one session
  static constexpr std::uint64_t kMaxTotal = std::uint64_t{8} << 30;  // bytes of all, unpacked
  static constexpr std::uint64_t kMaxFiles = 100'000;

  virtual ~SessionFiles() = default;
  /// Moves on to the next file and gives its path, inside its archive if there is one; returns
  /// false when there are no more. Throws InputError if no further file can be read.
  virtual bool next(std::filesystem::path& path) = 0;
  /// Reads the current file. Throws InputError if that one file cannot be read or is too large.
  virtual void read(std::string& text) = 0;
};

/// Returns whether a path looks like sessions: a .json file, a folder, or an archive such as
/// .tar.xz.
bool has_sessions(const std::filesystem::path& path);

/// Opens a file with one session, a folder of .json files (and of folders of them), or an archive
/// of such a folder. Throws InputError if there is none, if there are absurdly many, or if
/// libarchive, which opens archives, is not installed.
std::unique_ptr<SessionFiles> open_session_files(const std::filesystem::path& path);

/// Opens agentic sessions, one to a file, in the order of the files; the requests of a session come
/// in order of time. Gaps in the files are filled in like this:
///
///   starts      are not recorded: each session starts options.session_gap after the one before
///   turns       wait for the turn before; the delay is its think_time, else the time between
///   sub-agents  begin when the turn before their marker has ended, and all that had ended by the
///               time of a later turn are waited for by it
///   hash ids    are local to a session unless marked global: each is mixed with the session's id
///   out: 0      an answer that was cut off before its first token: taken as 1
///
/// Throws InputError.
std::unique_ptr<TraceReader> open_sessions(const std::filesystem::path& path,
                                           const TraceOptions& options);

}  // namespace splitbench
