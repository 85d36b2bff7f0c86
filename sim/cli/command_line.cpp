#include "sim/cli/command_line.hpp"

#include <algorithm>
#include <boost/algorithm/string.hpp>
#include <fmt/format.h>
#include <vector>

#include "workloads/files.hpp"
#include "workloads/input_error.hpp"

namespace splitbench {

namespace {

/// Throws InputError for an option with an empty value, or one that has swallowed the next option.
void check_values(const std::string& verb, const po::parsed_options& parsed) {
  for (const po::option& option : parsed.options)
    for (const std::string& value : option.value)
      if (value.empty() || (option.position_key < 0 && value.starts_with("--")))
        throw InputError(fmt::format(
            "{}: {} '{}', expected a value; see splitbench {} --help", verb,
            option.position_key < 0 ? "--" + option.string_key : "argument", value, verb));
}

}  // namespace

po::variables_map parse_arguments(const std::string& verb, std::span<const std::string> arguments,
                                  const po::options_description& options,
                                  const po::positional_options_description& positional) {
  using style = po::command_line_style::style_t;
  try {
    po::variables_map values;
    const po::parsed_options parsed =
        po::command_line_parser(std::vector<std::string>(arguments.begin(), arguments.end()))
            .options(options)
            .positional(positional)
            .style(style::default_style & ~style::allow_guessing)
            .run();
    check_values(verb, parsed);
    po::store(parsed, values);
    po::notify(values);
    return values;
  } catch (const po::error& error) {
    throw InputError(fmt::format("{}; see splitbench {} --help", error.what(), verb));
  }
}

void require_word(std::string_view command, std::string_view option, std::string_view given,
                  std::initializer_list<std::string_view> expected) {
  require_word(command, option, given, std::span(expected.begin(), expected.size()));
}

void require_word(std::string_view command, std::string_view option, std::string_view given,
                  std::span<const std::string_view> expected) {
  if (std::ranges::find(expected, given) != expected.end()) return;
  throw InputError(fmt::format("{}: {} {}, expected one of {}", command, option, given,
                               fmt::join(expected, ", ")));
}

std::vector<std::string> split_list(const std::string& list) {
  std::vector<std::string> parts;
  boost::split(parts, list, boost::is_any_of(","));
  return parts;
}

void print_or_write(std::string_view text, const std::filesystem::path& file) {
  file.empty() ? fmt::print("{}", text) : write_file(file, text, OutputFile::Named::by_user);
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
