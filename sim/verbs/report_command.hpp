#pragma once
#include <span>
#include <string>

namespace splitbench {

/// `splitbench report DIR`: a stored result again, in any of its forms, each a pure function of the
/// folder. Prints it or, with -o, writes it to a file. Throws InputError.
int report_command(std::span<const std::string> arguments);

}  // namespace splitbench
