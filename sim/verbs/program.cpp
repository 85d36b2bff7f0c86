#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <filesystem>
#include <fmt/format.h>
#include <iostream>
#include <new>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "configs/scenario_schema.hpp"
#include "sim/bench/calibrate/calibrate.hpp"
#include "sim/cli/command_line.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/verb_options.hpp"
#include "workloads/input_error.hpp"
#include "workloads/printable_text.hpp"

namespace splitbench {
namespace {

using Arguments = std::span<const std::string>;

struct Verb {
  const char* name;
  const char* summary;
  int (*run)(Arguments);
};

constexpr VerbHelp kSchemaHelp{
    .examples = R"(splitbench schema
splitbench schema link
splitbench schema workload.sessions.turns
splitbench schema --format json > scenario.schema.json
)",
    .about = "Lists every key of a scenario with its default, its meaning and what it takes.",
    .notes =
        R"(json is a JSON Schema. An editor with a YAML language server, such as VS Code with the YAML
extension, completes and explains the keys of a scenario that begins with the line
# yaml-language-server: $schema=scenario.schema.json
and marks unknown keys and words. Ranges and units are checked by the program alone.
)"};

int schema_command(Arguments arguments) {
  VerbOptions options("schema", "[PART]", kSchemaHelp);
  std::string format = "table";
  options.word("format", "FORMAT", format, {"table", "json"});
  if (!options.parse(arguments)) return 0;
  const std::string part = options.arguments().empty() ? "" : options.arguments()[0];
  if (format == "json" && !part.empty())
    throw InputError(fmt::format("schema: {} with --format json, expected the whole", part));
  std::cout << (format == "json" ? scenario_json_schema() : scenario_schema(part));
  return 0;
}

constexpr std::array kVerbs = {
    Verb{"run", "run a scenario: prefill and decode processes, every arm, a report", run_command},
    Verb{"sweep", "run a scenario at every point of a grid, and go on where it was interrupted",
         sweep_command},
    Verb{"report", "a stored result again, in any of its forms", report_command},
    Verb{"compare", "what changed between two results, beyond the noise or not", compare_command},
    Verb{"reproduce", "a result's scenario once more: whether the two agree", reproduce_command},
    Verb{"validate", "a scenario in both kinds of time: how far virtual time is off",
         validate_command},
    Verb{"codec", "encode, decode, inspect and calibrate files", codec_command},
    Verb{"trace", "describe and convert traces of requests", trace_command},
    Verb{"kv", "a prompt's KV cache: bytes, and what tensor-parallel ranks send each other",
         kv_command},
    Verb{"link", "the shaped link alone: its error against the ideal, and what it costs",
         link_command},
    Verb{"calibrate", "measure this machine and write a hardware profile", calibrate_command},
    Verb{"schema", "every scenario key with its unit and default", schema_command},
    Verb{"worker", "a worker process of a run; started by run", worker_command},
};

void print_help() {
  std::cout << "splitbench measures what lossless KV-cache compression buys in disaggregated LLM "
               "serving.\n\n"
               "  splitbench run configs/quickstart.yaml\n"
               "  splitbench codec inspect cache.frames\n\n"
               "verbs (each has --help):\n";
  for (const Verb& verb : kVerbs)
    std::cout << fmt::format("  {:<10} {}\n", verb.name, verb.summary);
  std::cout << "\n--version says which release and commit this is.\n";
}

int dispatch(Arguments arguments) {
  if (arguments.empty()) throw InputError("expected a verb; splitbench --help lists them");
  if (arguments.size() > 1 && (arguments[0] == "--help" || arguments[0] == "--version"))
    throw InputError(fmt::format("{} {}, expected {} alone, or splitbench VERB --help",
                                 arguments[0], arguments[1], arguments[0]));
  if (arguments[0] == "--help") {
    print_help();
    return 0;
  }
  if (arguments[0] == "--version") {
    std::cout << fmt::format("splitbench {} ({})\n", kVersion, kCommit);
    return 0;
  }
  const auto verb =
      std::ranges::find(kVerbs, arguments[0], [](const Verb& v) { return std::string(v.name); });
  if (verb == kVerbs.end())
    throw InputError(fmt::format("no verb '{}'; splitbench --help lists them", arguments[0]));
  return verb->run(arguments.subspan(1));
}

/// Throws std::runtime_error if what was printed did not arrive, as on a full disk.
void flush_output() {
  errno = 0;
  std::cout.flush();
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0 && std::cout) return;
  throw std::runtime_error(fmt::format(
      "write to stdout: {}", errno != 0 ? std::strerror(errno) : "not all of it was written"));
}

/// Returns whether an operation failed because of the path that somebody gave.
bool is_fault_of_name(std::error_code error) {
  constexpr std::array kFaults = {ENAMETOOLONG, ELOOP, ENOENT, ENOTDIR, EACCES, EISDIR, EINVAL};
  return std::ranges::find(kFaults, error.value()) != kFaults.end();
}

}  // namespace

int run_program(std::span<const std::string> arguments) {
  try {
    const int status = dispatch(arguments);
    flush_output();
    return status;
  } catch (const InputError& error) {
    say(error.what());
    return 2;
  } catch (const std::filesystem::filesystem_error& error) {
    say(error.path1().empty()
            ? error.what()
            : fmt::format("{}: {}", error.path1().string(), error.code().message()));
    return is_fault_of_name(error.code()) ? 2 : 1;
  } catch (const std::bad_alloc&) {
    say("out of memory: use a smaller scenario or file, or a machine with more");
    return 1;
  } catch (const std::exception& error) {
    say(error.what());
    return 1;
  }
}

}  // namespace splitbench
