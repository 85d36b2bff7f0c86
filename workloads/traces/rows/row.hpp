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
  std::uint64_t line = 0;   ///< line of the file, from 1
  Time order{0};            ///< time that says where it belongs among the others
  bool stays = false;       ///< true if it stays where it came, whatever its time
  bool failed = false;      ///< the request never got an answer
  /// The number of this turn of a chat, and of the turn before it, negative if there is none.
  std::int64_t chat = 0, parent = -1;

  bool has(Role role) const { return roles >> static_cast<unsigned>(role) & 1; }
};

/// Reads rows of one shape. Not thread-safe.
class RowFormat {
 public:
  virtual ~RowFormat() = default;
  /// Fills `row`, which must be empty, as from Row(). The record has RecordSource::kPadding
  /// readable bytes behind it. Throws InputError if it is no row of this shape.
  virtual void read(const TracePlace& place, std::string_view record, Row& row) = 0;
};

/// Return the format of JSON objects, and of lines of CSV whose first one, the names of columns, is
/// `head`. `unit` and what the shape points to must outlive the result. The latter throws
/// InputError if the column of arrivals or inputs (or of outputs, if they are needed; of format
/// `columns`, any) is missing, if one is there twice, or if a quote is not closed.
std::unique_ptr<RowFormat> make_json_format(const RowShape& shape, const TimeUnit& unit);
std::unique_ptr<RowFormat> make_csv_format(const RowShape& shape, const TimeUnit& unit,
                                           const TracePlace& place, std::string_view head,
                                           bool needs_output);

/// Returns the names of a JSON object, those of objects in it with a point between; none if the
/// text is no object.
std::vector<std::string> names_of_object(std::string_view record);
/// Returns the names of columns that a line of CSV holds; of a line with a quote that is not
/// closed, those before it.
std::vector<std::string> names_of_columns(std::string_view head);

/// Sets the number of tokens of a role; `tokens` is a count that the caller has checked. Throws
/// InputError if another name of the role gave another number.
void set_tokens(const TracePlace& place, Role role, std::string_view name, std::uint64_t tokens,
                Row& row);

}  // namespace splitbench
