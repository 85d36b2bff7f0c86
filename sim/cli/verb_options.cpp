#include "sim/cli/verb_options.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <sstream>
#include <utility>

#include "codec/element.hpp"
#include "sim/cli/command_line.hpp"
#include "workloads/input_error.hpp"

namespace splitbench {
namespace {

constexpr unsigned kHelpColumns = 100, kDescriptionColumns = 66;

/// Boost wants a name for what stands without an option; nobody can write this one.
constexpr const char* kUnnamed = " ";

/// Throws InputError for an option with an empty value, one that has swallowed the next option, or
/// a count below 0, which would be taken for one near 2^64.
void check_values(const std::string& verb, const po::parsed_options& parsed,
                  std::span<const std::string> counts) {
  const auto refuse = [&](const po::option& option, const std::string& value,
                          std::string_view expected) {
    throw InputError(fmt::format("{}: {} '{}', expected {}; see splitbench {} --help", verb,
                                 option.position_key < 0 ? "--" + option.string_key : "argument",
                                 value, expected, verb));
  };
  for (const po::option& option : parsed.options)
    for (const std::string& value : option.value) {
      if (value.empty() || (option.position_key < 0 && value.starts_with("--")))
        refuse(option, value, "a value");
      if (value.starts_with('-') && std::ranges::find(counts, option.string_key) != counts.end())
        refuse(option, value, "a count from 0");
    }
}

/// Parses one verb's arguments into the variables of its options: options are never guessed from
/// abbreviations, and a wrong command line is an InputError that names the verb's help.
void parse_arguments(const std::string& verb, std::span<const std::string> arguments,
                     const po::options_description& options,
                     const po::positional_options_description& positional,
                     std::span<const std::string> counts) {
  using style = po::command_line_style::style_t;
  try {
    po::variables_map values;
    const po::parsed_options parsed =
        po::command_line_parser(std::vector<std::string>(arguments.begin(), arguments.end()))
            .options(options)
            .positional(positional)
            .style(style::default_style & ~style::allow_guessing)
            .run();
    check_values(verb, parsed, counts);
    po::store(parsed, values);
    po::notify(values);
  } catch (const po::error& error) {
    throw InputError(fmt::format("{}; see splitbench {} --help", error.what(), verb));
  }
}

/// Throws InputError if an option's word is none of those expected.
void require_word(std::string_view command, std::string_view option, std::string_view given,
                  std::span<const std::string_view> expected) {
  if (std::ranges::find(expected, given) != expected.end()) return;
  throw InputError(fmt::format("{}: {} {}, expected one of {}", command, option, given,
                               fmt::join(expected, ", ")));
}

}  // namespace

VerbOptions::VerbOptions(std::string_view verb, std::string_view arguments, const VerbHelp& help)
    : verb_(verb),
      argument_names_(arguments),
      help_(help),
      options_(kHelpColumns, kDescriptionColumns) {
  options_.add_options()("help", "show this text");
}

void VerbOptions::flag(const char* option, bool& variable, const char* description) {
  options_.add_options()(option, po::bool_switch(&variable), description);
}

void VerbOptions::word(const char* option, const char* value_name, std::string& variable,
                       std::vector<std::string_view> words, const std::string& description) {
  add_choice(option, value_name, variable, false, std::move(words), description);
}

void VerbOptions::words(const char* option, const char* value_name, std::string& variable,
                        std::vector<std::string_view> words, const std::string& description) {
  add_choice(option, value_name, variable, true, std::move(words), description);
}

void VerbOptions::add_choice(const char* option, const char* value_name, std::string& variable,
                             bool is_list, std::vector<std::string_view> words,
                             const std::string& description) {
  value(
      option, value_name, variable,
      fmt::format("{}{}{}", description, description.empty() ? "" : ": ", fmt::join(words, ", ")));
  choices_.push_back(
      {fmt::format("--{}", option), &variable, is_list, variable.empty(), std::move(words)});
}

bool VerbOptions::parse(std::span<const std::string> given) {
  const auto options_end = std::ranges::find(given, "--");
  if (std::find(given.begin(), options_end, "--help") != options_end) {
    print_help();
    return false;
  }
  po::options_description all;
  all.add(options_).add_options()(kUnnamed, po::value(&arguments_));
  po::positional_options_description positional;
  positional.add(kUnnamed, -1);
  parse_arguments(verb_, given, all, positional, counts_);
  check_arguments();
  for (const Choice& choice : choices_) check(choice);
  return true;
}

void VerbOptions::print_help() const {
  std::ostringstream table;
  table << options_;
  fmt::print("{}\nsplitbench {}{}{} [options]\n{}\n\n{}{}{}", help_.examples, verb_,
             argument_names_.empty() ? "" : " ", argument_names_, help_.about, table.str(),
             help_.notes.empty() ? "" : "\n", help_.notes);
}

void VerbOptions::check(const Choice& choice) const {
  if (choice.given->empty() && choice.may_lack) return;
  std::vector<std::string> given{*choice.given};
  if (choice.is_list) given = split_list(*choice.given);
  for (const std::string& word : given) require_word(verb_, choice.option, word, choice.words);
}

void VerbOptions::check_arguments() const {
  if (argument_names_.empty() && !arguments_.empty())
    throw InputError(fmt::format("{}: '{}', expected options alone; see splitbench {} --help",
                                 verb_, arguments_[0], verb_));
  const auto names = argument_names_.empty() ? 0 : std::ranges::count(argument_names_, ' ') + 1;
  const auto given = std::ssize(arguments_);
  if (given == names || (given > names && argument_names_.ends_with("...")) ||
      (given == 0 && argument_names_.starts_with('[')))
    return;
  throw InputError(fmt::format("{}: {} argument{} given, expected {}; see splitbench {} --help",
                               verb_, given, given == 1 ? "" : "s", argument_names_, verb_));
}

std::vector<std::string_view> element_type_names() {
  std::vector<std::string_view> names;
  for (const ElementType type : kElementTypes) names.push_back(name(type));
  return names;
}

}  // namespace splitbench
