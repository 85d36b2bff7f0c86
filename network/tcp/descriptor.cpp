#include "network/tcp/descriptor.hpp"

#include <cerrno>
#include <system_error>
#include <unistd.h>

namespace splitbench {

Descriptor::Descriptor(Descriptor&& other) noexcept : number_(other.release()) {}

Descriptor::~Descriptor() {
  if (number_ >= 0) close(number_);
}

Descriptor checked(int number, const char* attempt) {
  if (number < 0) throw std::system_error(errno, std::generic_category(), attempt);
  return Descriptor(number);
}

}  // namespace splitbench
