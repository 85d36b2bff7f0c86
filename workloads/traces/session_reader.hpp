#pragma once
#include <filesystem>
#include <memory>
#include <string>

#include "workloads/traces/trace_reader.hpp"

namespace splitbench {

/// The files of a folder or an archive, each with one session.
class SessionFiles {
 public:
  static constexpr std::uint64_t kMaxSession = 64 << 20;              // bytes of one
  static constexpr std::uint64_t kMaxTotal = std::uint64_t{8} << 30;  // of all, unpacked
  static constexpr std::uint64_t kMaxFiles = 100'000;

  virtual ~SessionFiles() = default;
  /// Moves on to the next file and gives its path, inside its archive if there is one; false when
  /// there are no more. Throws InputError where the whole of them can be read no further.
  virtual bool next(std::filesystem::path& path) = 0;
  /// What is in it. Throws InputError where that one file cannot be read or is too large.
  virtual void read(std::string& text) = 0;
};

/// Whether a path looks like sessions: a .json file, a folder, or an archive such as .tar.xz.
bool has_sessions(const std::filesystem::path& path);

/// A file with one session, a folder of .json files (and of folders of them), or an archive of such
/// a folder. Throws InputError where there is none, where there are absurdly many, or where
/// libarchive, which opens archives, is not installed.
std::unique_ptr<SessionFiles> open_session_files(const std::filesystem::path& path);

/// Reads agentic sessions, one to a file, in the order of the files; the requests of a session in
/// order of time. What the files leave open is filled in like this:
///
///   starts      are not recorded: each session starts options.session_gap after the one before
///   turns       wait for the turn before; the delay is its think_time, else the time between
///   sub-agents  begin when the turn before their marker has ended, and all that had ended by the
///               time of a later turn are waited for by it
///   hash ids    are local to a session: here each is mixed with the session's id
///   out: 0      an answer that was cut off before its first token: 1
std::unique_ptr<TraceReader> open_sessions(const std::filesystem::path& path,
                                           const TraceOptions& options);

}  // namespace splitbench
