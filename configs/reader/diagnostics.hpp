#pragma once
#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "workloads/input_error.hpp"

namespace splitbench {

/// A mistake in a scenario, model or hardware file, or in a --set option. what() holds every
/// mistake found, each as
///   file:line:column: message
///       the source line
///       ^ a caret below the place
/// without a line end after the last. For a file that cannot be read it is one line.
class ConfigError : public InputError {
 public:
  using InputError::InputError;
};

/// A text that settings are read from: a file, or all --set options, one per line.
struct Source {
  std::string name;              ///< name that the user knows: the file as it was given, or "--set"
  std::filesystem::path folder;  ///< folder against which relative paths in it are resolved
  std::string text;
  bool numbered = true;  ///< false: messages name no line and column
};

/// A character of a source, or the source as a whole if `mark` is empty. Shares ownership of the
/// source. Line and column count from 0.
struct Place {
  struct Mark {
    std::size_t line = 0;
    std::size_t column = 0;  ///< counted in bytes
    auto operator<=>(const Mark&) const = default;
  };
  std::shared_ptr<const Source> source;
  std::optional<Mark> mark;
};

/// A list of mistakes, collected so that a user sees all of them at once. Not thread-safe.
class Diagnostics {
 public:
  void add(const Place& place, std::string message);
  std::size_t count() const { return problems_.size(); }
  /// Returns whether there are so many that looking for more is a waste of time.
  bool full() const { return count() >= kMost; }
  /// Throws ConfigError with the mistakes in the order of the text, the first 20 of them in full;
  /// returns if there are none.
  void throw_if_any() const;

 private:
  static constexpr std::size_t kMost = 1000;

  struct Problem {
    Place place;
    std::string message;
  };
  std::vector<Problem> problems_;
};

}  // namespace splitbench
