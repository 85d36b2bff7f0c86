#pragma once
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

}  // namespace splitbench
