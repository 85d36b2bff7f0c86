#pragma once
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "codec/element.hpp"
#include "codec/frame_kind.hpp"
#include "sim/cli/command_line.hpp"

namespace splitbench {

// What the codec's verbs have in common on the command line. All of it throws InputError.

/// The files among the arguments; the options have been set.
std::vector<std::string> parse_files(std::string_view verb, std::span<const std::string> arguments,
                                     po::options_description& options);

/// `usage` is what the verb expects, as "IN OUT".
void require_files(std::string_view verb, std::size_t given, std::size_t expected,
                   std::string_view usage);

/// `option` is as the user writes it, as "--format".
void require_one_of(std::string_view verb, std::string_view option, std::string_view given,
                    std::initializer_list<std::string_view> expected);

/// Of --type; none where it is not given.
std::optional<ElementType> type_option(std::string_view verb, const std::string& given);

/// Returns the frames that the codec named makes: of --codec.
FrameKind frame_codec_named(std::string_view verb, const std::string& given);

/// The option --threads, at first as many as the machine has.
struct ThreadsOption {
  ThreadsOption();
  unsigned count(std::string_view verb) const;

  int given;
};

}  // namespace splitbench
