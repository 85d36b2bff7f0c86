#pragma once
#include <string>
#include <string_view>

namespace splitbench {

/// Returns text as a terminal may be given it, whoever wrote it: control characters other than tab
/// and line end, and those that turn the direction of writing, are written as escapes ("\x1b",
/// "\u202e"), and bytes that are not UTF-8 as "\xff". Everything else stays as it is.
std::string printable(std::string_view text);

/// Says one thing on stderr, printable, after the program's name; of a very long one the beginning.
/// Threads may call it at any time.
void say(std::string_view message);

/// Writes to stderr as it is. A stderr that takes nothing, because it is closed or its disk is
/// full, is no failure of what is said there.
void write_to_stderr(std::string_view text);

}  // namespace splitbench
