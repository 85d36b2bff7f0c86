#pragma once
#include <cstdint>
#include <memory>
#include <string_view>

#include "workloads/traces/files/trace_files.hpp"
#include "workloads/traces/trace_reader.hpp"
#include "workloads/traces/trace_request.hpp"

namespace splitbench {

/// The records of a file, one at a time: memory does not grow with the file. Not thread-safe.
class RecordSource {
 public:
  static constexpr std::size_t kMaxRecord = 64 << 20;  // a session of agents has megabytes
  static constexpr std::size_t kPadding = 64;          // readable bytes behind a record

  virtual ~RecordSource() = default;
  /// Gives the next record, valid until the next call; returns false at the end of the file. Throws
  /// InputError for a record that is too long; what is behind it comes next. Throws as the bytes
  /// do.
  virtual bool next(std::string_view& record) = 0;
  /// Makes the next call of next() give the same record once more.
  virtual void again() = 0;
  /// Returns the place of the record that was given last.
  virtual const TracePlace& place() const = 0;
};

/// Runs an action that may refuse a record. Returns false if it was refused and is left out, as
/// `bad_rows` says; else what the action throws is thrown, as it is if nothing more can be read.
template <class Action>
bool or_leave_out(BadRows bad_rows, LeftOut& left_out, Action action) {
  try {
    action();
    return true;
  } catch (const UnreadableTrace&) {
    throw;
  } catch (const InputError& error) {
    if (bad_rows == BadRows::refuse) throw;
    if (left_out.bad++ == 0) left_out.first_bad = error.what();
    return false;
  }
}

/// Opens the records of a file: its lines that are not blank, without their ends; or JSON values,
/// each over as many lines as it likes, where the file is an array of them, or is named .json, or
/// begins with a line of a brace alone. A byte order mark is no part of the first one. The order of
/// records is that of the file.
std::unique_ptr<RecordSource> open_records(TraceFile file);

}  // namespace splitbench
