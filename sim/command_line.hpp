#pragma once
#include <boost/program_options.hpp>
#include <span>
#include <string>

namespace splitbench {

namespace po = boost::program_options;

/// Parses one verb's arguments: options are never guessed from abbreviations, and a wrong command
/// line is an InputError that names the verb's help.
po::variables_map parse_arguments(const std::string& verb, std::span<const std::string> arguments,
                                  const po::options_description&,
                                  const po::positional_options_description& = {});

}  // namespace splitbench
