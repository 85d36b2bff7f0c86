#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "codec/cuda/device.hpp"

namespace splitbench {

/// Copies of memory that a device reaches, in which neighbours are joined: a copy costs the host a
/// few microseconds, however short it is. Not thread-safe.
class JoinedCopies {
 public:
  void clear() { copies_.clear(); }

  void add(std::byte* to, const std::byte* from, std::uint64_t bytes) {
    if (!copies_.empty()) {
      Copy& last = copies_.back();
      if (last.to + last.bytes == to && last.from + last.bytes == from) {
        last.bytes += bytes;
        return;
      }
    }
    copies_.push_back({to, from, bytes});
  }

  /// Begins all copies in a stream. Throws CudaError.
  void begin(void* stream) const {
    for (const Copy& copy : copies_) copy_async(copy.to, copy.from, copy.bytes, stream);
  }

 private:
  struct Copy {
    std::byte* to;
    const std::byte* from;
    std::uint64_t bytes;
  };
  std::vector<Copy> copies_;
};

}  // namespace splitbench
