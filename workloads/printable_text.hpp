#pragma once
#include <string>
#include <string_view>

namespace splitbench {

/// Returns text as a terminal may be given it, whoever wrote it: control characters other than tab
/// and line end, and those that turn the direction of writing, are written as escapes ("\x1b",
/// "\u202e"), and bytes that are not UTF-8 as "\xff". Everything else stays as it is.
std::string printable(std::string_view text);

/// Says one thing on stderr, printable, after the program's name. Threads may call it at any time.
void say(std::string_view message);

}  // namespace splitbench
