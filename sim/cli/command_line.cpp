#include "sim/cli/command_line.hpp"

#include <algorithm>
#include <boost/algorithm/string.hpp>
#include <fmt/format.h>
#include <vector>

#include "workloads/files.hpp"
#include "workloads/input_error.hpp"

namespace splitbench {

po::variables_map parse_arguments(const std::string& verb, std::span<const std::string> arguments,
                                  const po::options_description& options,
                                  const po::positional_options_description& positional) {
  using style = po::command_line_style::style_t;
  try {
    po::variables_map values;
    po::store(po::command_line_parser(std::vector<std::string>(arguments.begin(), arguments.end()))
                  .options(options)
                  .positional(positional)
                  .style(style::default_style & ~style::allow_guessing)
                  .run(),
              values);
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
  file.empty() ? fmt::print("{}", text) : write_file(file, text);
}

}  // namespace splitbench
