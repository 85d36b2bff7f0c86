#pragma once
#include <stdexcept>

namespace splitbench {

/// What was asked for was not built into this program, or this machine has no device for it.
class Unavailable : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace splitbench
