#pragma once
#include <stdexcept>

namespace splitbench {

/// A file or an option that the user named is wrong: exit code 2. The message names the place
/// (file:line where there is one), what was found, and what was expected.
class InputError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace splitbench
