#pragma once
#include <span>
#include <string>
#include <string_view>

#include "workloads/traces/rows/row_shape.hpp"

namespace splitbench {

// Refusals of rows that are not of a format that is read, or lack what every request has. Each
// throws InputError with the way out.

/// Refuses a file by its first record and the names in it: what it seems to be, what was looked
/// for, and how its columns can be named.
[[noreturn]] void refuse_unknown(const TracePlace& place, bool is_csv, std::string_view record,
                                 std::span<const std::string> names);

/// Refuses a row without a length.
[[noreturn]] void refuse_missing(const TracePlace& place, const RowShape& shape, Role role);

/// Returns the beginning of a text in quotes, without what a terminal should not be given.
std::string shown(std::string_view text);

/// Returns the name that a format has for the role.
std::string_view name_of_role(const RowShape& shape, Role role);

}  // namespace splitbench
