#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "workloads/traces/time_unit.hpp"
#include "workloads/traces/trace_options.hpp"
#include "workloads/traces/trace_request.hpp"

namespace splitbench {

/// The meaning of a column of a CSV file, or of a key of a JSON row. More than one name may have
/// the same meaning.
enum class Role : std::uint8_t {
  arrival,
  input,
  output,
  session,
  request,
  wait_for,
  delay,
  tool_wait,     ///< added to the delay
  ids,           ///< of the blocks of the prompt
  block_tokens,  ///< tokens of a block of ids, where a file says so
  reset,
  chat,           ///< number of this turn of a chat
  parent,         ///< number of the turn before it; negative: none
  prefix_of,      ///< request_id of an earlier request whose prompt begins the same
  prefix_tokens,  ///< number of tokens that are the same
  answer_tokens,  ///< and of those behind them that are that request's answer
};

/// A name that rows use, for one of these roles.
struct NamedRole {
  std::string_view name;  ///< of a JSON key in objects of the row: with points between the names
  Role role;
  const TimeUnit* unit = nullptr;  ///< of a time, whatever the shape's own is
};

/// The shape of rows of one format: one request a row. Strings live as long as the program, or as
/// the TraceOptions that named the columns.
struct RowShape {
  TraceFormat format = TraceFormat::automatic;
  bool is_csv = false;
  std::span<const NamedRole> names{};  ///< at most 32
  std::string_view mark{};             ///< a name that no other shape has
  const TimeUnit* unit = &kSeconds;    ///< of arrivals and delays
  std::uint32_t block_tokens = 0;  ///< tokens of a block of ids where the file fits them; 0: any
  bool ids_are_contents = false;   ///< ids stand for their block alone, whatever comes before
  bool states_turns = false;       ///< a row that gives no delay does not wait
  bool zero_input_failed = false;  ///< a row without a prompt is a request that failed
};

/// Returns whether two names are of the same column: in CSV upper and lower case are alike.
bool same_name(bool is_csv, std::string_view a, std::string_view b);

/// Returns the shape of the format. It has one.
const RowShape& shape_of(TraceFormat format);

/// Returns the shape whose mark is among the names of a first row, or nothing.
const RowShape* shape_with(bool is_csv, std::span<const std::string> names);

/// Returns the columns of `arrival=A,input=B,output=C,unit=s` as a shape of rows. Throws InputError
/// that says what the text lacks. The shape points into the text.
RowShape shape_of_columns(std::string_view columns, std::vector<NamedRole>& names);

/// Returns the formats of rows for people, with the names that they are recognised by.
std::string known_shapes(bool is_csv);

}  // namespace splitbench
