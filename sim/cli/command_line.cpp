#include "sim/cli/command_line.hpp"

#include <algorithm>
#include <boost/algorithm/string.hpp>
#include <fmt/format.h>
#include <vector>

#include "sim/cli/terminal.hpp"
#include "workloads/files.hpp"
#include "workloads/input_error.hpp"

namespace splitbench {

std::vector<std::string> split_list(const std::string& list) {
  std::vector<std::string> parts;
  boost::split(parts, list, boost::is_any_of(","));
  return parts;
}

void print_or_write(std::string_view text, const std::filesystem::path& file) {
  file.empty() ? print_data(text) : write_file(file, text, OutputFile::Named::by_user);
}

namespace {

void print_help(std::string_view examples, std::span<const SubVerb* const> sub_verbs) {
  fmt::print("{}", examples);
  for (const SubVerb* const sub_verb : sub_verbs)
    fmt::print("{:<10} {}\n", sub_verb->name, sub_verb->summary);
  fmt::print("\nEach has --help.\n");
}

std::string names(std::span<const SubVerb* const> sub_verbs) {
  std::vector<std::string_view> all;
  for (const SubVerb* const sub_verb : sub_verbs) all.push_back(sub_verb->name);
  return fmt::format("{}", fmt::join(all, ", "));
}

const SubVerb& find(std::string_view verb, std::span<const SubVerb* const> sub_verbs,
                    const std::string& word) {
  for (const SubVerb* const sub_verb : sub_verbs) {
    if (sub_verb->name == word) return *sub_verb;
  }
  throw InputError(fmt::format("{} {}: expected one of {}", verb, word, names(sub_verbs)));
}

}  // namespace

int run_sub_verb(std::string_view verb, std::string_view examples,
                 std::span<const SubVerb* const> sub_verbs,
                 std::span<const std::string> arguments) {
  if (arguments.empty())
    throw InputError(fmt::format("{}: expected one of {}", verb, names(sub_verbs)));
  if (arguments[0] == "--help") {
    print_help(examples, sub_verbs);
    return 0;
  }
  find(verb, sub_verbs, arguments[0]).run(arguments.subspan(1));
  return 0;
}

}  // namespace splitbench
