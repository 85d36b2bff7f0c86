#pragma once
#include <utility>

namespace splitbench {

/// A file descriptor that is closed with its owner.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept;
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor();

  int number() const { return number_; }
  /// Somebody else closes it from now on.
  int release() { return std::exchange(number_, -1); }

 private:
  int number_;
};

/// What a system call has just returned. Throws std::system_error with what was attempted.
Descriptor checked(int number, const char* attempt);

}  // namespace splitbench
