#pragma once
#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "workloads/input_error.hpp"

namespace splitbench {

/// A scenario, model or hardware file, or a --set option, is wrong. what() holds every mistake
/// found, each as
///   file:line:column: message
///       the source line
///       ^ a caret below the place
/// without a line end after the last. Of a file that cannot be read it is one line.
class ConfigError : public InputError {
 public:
  using InputError::InputError;
};

/// A text that settings are read from: a file, or all --set options, one a line.
struct Source {
  std::string name;              ///< as the user knows it: the file as it was given, or "--set"
  std::filesystem::path folder;  ///< what relative paths in it count from
  std::string text;
  bool numbered = true;  ///< its messages name line and column
};

/// A character of a source, or the source as a whole. Line and column count from 0.
struct Place {
  struct Mark {
    std::size_t line = 0;
    std::size_t column = 0;  ///< in bytes
    auto operator<=>(const Mark&) const = default;
  };
  std::shared_ptr<const Source> source;
  std::optional<Mark> mark;
};

/// Collects mistakes, so that a user sees all of them at once.
class Diagnostics {
 public:
  void add(const Place& place, std::string message);
  std::size_t count() const { return problems_.size(); }
  /// Throws ConfigError with all of them, in the order of the text.
  void throw_if_any() const;

 private:
  struct Problem {
    Place place;
    std::string message;
  };
  std::vector<Problem> problems_;
};

}  // namespace splitbench
