#pragma once
#include <memory>
#include <string>
#include <vector>

#include "workloads/traces/files/record_source.hpp"
#include "workloads/traces/rows/row_shape.hpp"
#include "workloads/traces/trace_reader.hpp"

namespace splitbench {

/// Opens a file with one request a row, whose first record has not been read yet. Rows may be out
/// of order of their times by up to kRowsAhead; memory grows only with the number of sessions, and
/// of request ids. `files` owns what the records come from. Throws InputError if the rows are of no
/// format that is known.
std::unique_ptr<TraceReader> open_rows(std::unique_ptr<TraceFiles> files,
                                       std::unique_ptr<RecordSource> records,
                                       const TraceOptions& options);

}  // namespace splitbench
