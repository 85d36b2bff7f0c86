#pragma once
#include <span>
#include <string>

namespace splitbench {

/// Runs the program with these arguments, of which the first is the verb, and says on stderr what
/// went wrong. Returns the exit status.
int run_program(std::span<const std::string> arguments);

/// `splitbench compare BASE CANDIDATE`: what changed between two results, beyond the noise or not.
/// Returns the exit code: 1 when a condition of --fail-if holds. Throws InputError.
int compare_command(std::span<const std::string> arguments);

/// `splitbench kv MODEL...`: what a prompt's cache is, and what ranks send of it. Returns the exit
/// code. Throws InputError.
int kv_command(std::span<const std::string> arguments);

/// `splitbench link bench`. Returns the exit code. Throws InputError for a wrong command line.
int link_command(std::span<const std::string> arguments);

/// `splitbench report DIR`: a stored result again, in any of its forms, each a pure function of the
/// folder. Prints it or, with -o, writes it to a file. Throws InputError.
int report_command(std::span<const std::string> arguments);

/// `splitbench reproduce DIR`: runs a result's scenario again and says whether the two agree.
/// Returns the exit code: that of the run if it failed, 1 when they do not agree. Throws
/// InputError.
int reproduce_command(std::span<const std::string> arguments);

/// `splitbench run SCENARIO`: runs it, prints the table to stdout, writes the result folder.
/// Returns the exit code: 1 when the run failed, with what was measured kept. Throws InputError
/// when nothing could start.
int run_command(std::span<const std::string> arguments);

/// `splitbench sweep SCENARIO`: runs it at every point of its axes, prints the table to stdout,
/// keeps each point's result and the report of all. Returns the exit code: 1 when a point failed,
/// 128 and the signal's number when it was interrupted. Throws InputError when nothing could start.
int sweep_command(std::span<const std::string> arguments);

/// `splitbench validate SCENARIO`: runs it in both kinds of time, and prints how far virtual time
/// is off. Returns the exit code. Throws InputError, also when one of the runs failed.
int validate_command(std::span<const std::string> arguments);

/// `splitbench worker prefill|decode --connect HOST:PORT`: a worker's whole life. Started by a run.
int worker_command(std::span<const std::string> arguments);

/// `splitbench codec VERB ...` (sim/verbs/codec/codec_options.hpp); `arguments` begin with the
/// verb. Results go to stdout. Returns the exit code; throws InputError where the command line or a
/// file that it names is wrong, and then no output file is new or changed.
int codec_command(std::span<const std::string> arguments);

/// `splitbench trace stats | convert`. Returns the exit code; throws InputError.
int trace_command(std::span<const std::string> arguments);

}  // namespace splitbench
