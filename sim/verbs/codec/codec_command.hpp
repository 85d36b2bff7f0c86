#pragma once
#include <span>
#include <string>

namespace splitbench {

/// `splitbench codec VERB ...` (sim/verbs/codec/codec_verbs.hpp); `arguments` begin with the verb.
/// Results go to stdout. Returns the exit code; throws InputError where the command line or a file
/// that it names is wrong, and then no output file exists.
int codec_command(std::span<const std::string> arguments);

}  // namespace splitbench
