#pragma once
#include <span>
#include <string>
#include <string_view>

namespace splitbench {

/// What a verb can do, such as `encode` of `splitbench codec encode`.
struct SubVerb {
  std::string_view name;
  std::string_view summary;  ///< one line
  /// Of --help; begins with examples. Empty where `run` takes --help itself.
  std::string_view help = {};
  void (*run)(std::span<const std::string> arguments);
};

/// Runs the one that the first argument names, or prints its help; or the verb's own help, which
/// begins with `examples`. Throws InputError where there is no such one.
int run_sub_verb(std::string_view verb, std::string_view examples,
                 std::span<const SubVerb* const> sub_verbs, std::span<const std::string> arguments);

}  // namespace splitbench
