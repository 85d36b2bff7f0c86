#pragma once
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace splitbench {

/// Returns the parts of a list, which commas separate: "1 Gbit/s,10 Gbit/s".
std::vector<std::string> split_list(const std::string& list);

/// Prints a text, or writes it to a file where one is named.
void print_or_write(std::string_view text, const std::filesystem::path& file);

/// A verb behind a verb, such as `encode` in `splitbench codec encode`.
struct SubVerb {
  std::string_view name;
  std::string_view summary;                             ///< one line
  void (*run)(std::span<const std::string> arguments);  ///< takes --help, too
};

/// Runs the sub-verb that the first argument names, or prints the verb's own help, which begins
/// with `examples`. Returns the exit code, 0. Throws InputError if there is no such sub-verb.
int run_sub_verb(std::string_view verb, std::string_view examples,
                 std::span<const SubVerb* const> sub_verbs, std::span<const std::string> arguments);

extern const char* const kVersion;
extern const char* const
    kCommit;  ///< that the program was built from, "-dirty" with changes on top

}  // namespace splitbench
