#include <algorithm>
#include <fmt/format.h>
#include <string>
#include <vector>

#include "workloads/traces/files/record_source.hpp"
#include "workloads/traces/files/trace_files.hpp"
#include "workloads/traces/rows/row.hpp"
#include "workloads/traces/rows/row_reader.hpp"
#include "workloads/traces/sessions/session_reader.hpp"
#include "workloads/traces/trace_reader.hpp"

namespace splitbench {
namespace {

/// Returns whether the first record is a session. A .json file that is broken is taken for one.
bool has_sessions(RecordSource& records) {
  std::string_view first;
  if (!records.next(first))
    records.place().refuse("an empty file", "a trace with one request a line");
  const std::vector<std::string> names = names_of_object(first);
  const bool broken = names.empty() && records.place().path.extension() == ".json";
  records.again();
  return broken || std::ranges::find(names, "requests") != names.end();
}

/// Returns the options of agentic sessions. Throws InputError for one that says nothing of them.
const TraceOptions& checked(const std::filesystem::path& path, const TraceOptions& options) {
  if (options.unit != TraceUnit::automatic || options.turns != Turns::whole ||
      options.sessions != SessionArrivals::closed)
    throw InputError(fmt::format(
        "{}: agentic sessions, whose times are seconds and whose turns are whole and wait, "
        "expected "
        "no --time-unit, --turns or --sessions (in a scenario workload.time_unit, turns, "
        "session_arrivals)",
        path.string()));
  return options;
}

}  // namespace

std::unique_ptr<TraceReader> open_trace(const std::filesystem::path& path,
                                        const TraceOptions& options) {
  if (options.format == TraceFormat::columns && options.columns.empty())
    throw InputError(
        fmt::format("{}: format columns, expected their names: --column "
                    "arrival=A,input=B,output=C,unit=s (in a "
                    "scenario workload.columns)",
                    path.string()));
  std::unique_ptr<TraceFiles> files = open_trace_files(path);
  TraceFile file;
  files->next(file);
  std::unique_ptr<RecordSource> records = open_records(std::move(file));
  const bool sessions = has_sessions(*records);
  const bool by_looks = options.format == TraceFormat::automatic && options.columns.empty();
  if (options.format == TraceFormat::sessions || (by_looks && sessions))
    return open_sessions(path, std::move(files), std::move(records), checked(path, options));
  if (std::error_code unknown; std::filesystem::is_directory(path, unknown))
    throw InputError(fmt::format(
        "{}: a folder, expected one file, or files of sessions that end in .json", path.string()));
  return open_rows(std::move(files), std::move(records), options);
}

}  // namespace splitbench
