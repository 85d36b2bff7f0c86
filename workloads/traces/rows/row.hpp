#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "workloads/traces/rows/row_shape.hpp"
#include "workloads/traces/trace_options.hpp"
#include "workloads/traces/trace_request.hpp"

namespace splitbench {

/// A request as its row has it, before what the row leaves open is filled in.
struct Row {
  TraceRequest request;
  std::uint32_t roles = 0;  ///< bit for each Role that the row has a value of
  std::uint64_t line = 0;
  Time order{0};        ///< time that says where it belongs among the others
  bool stays = false;   ///< where it came, whatever its time
  bool failed = false;  ///< the request never got an answer
  std::int64_t chat = 0, parent = -1;

  bool has(Role role) const { return roles >> static_cast<unsigned>(role) & 1; }
};

/// Reads rows of one shape. Not thread-safe.
class RowFormat {
 public:
  virtual ~RowFormat() = default;
  /// Fills a row that is as new. The record has RecordSource::kPadding readable bytes behind it.
  /// Throws InputError.
  virtual void read(const TracePlace& place, std::string_view record, Row& row) = 0;
};

/// Returns the format of JSON objects, and of lines of CSV whose first one, the names of columns,
/// is `head`. The latter throws InputError if a column is missing, or is there twice; that of
/// outputs may be missing unless it is needed.
std::unique_ptr<RowFormat> make_json_format(const RowShape& shape, const TimeUnit& unit);
std::unique_ptr<RowFormat> make_csv_format(const RowShape& shape, const TimeUnit& unit,
                                           const TracePlace& place, std::string_view head,
                                           bool needs_output);

/// Returns the names of a JSON object, those of objects in it with a point between; none if the
/// text is no object.
std::vector<std::string> names_of_object(std::string_view record);
/// Returns the names of columns that a line of CSV holds.
std::vector<std::string> names_of_columns(std::string_view head);

/// Sets the number of tokens of a role, which must not have another one already. Throws InputError
/// for a number that is no count of tokens.
void set_tokens(const TracePlace& place, Role role, std::string_view name, std::uint64_t tokens,
                Row& row);

}  // namespace splitbench
