#pragma once
#include <cstddef>
#include <span>

#include "network/link.hpp"

namespace splitbench {

/// A Link whose table lies in memory shared by the processes of one host, each call under a robust
/// mutex. The memory has no name: a child process inherits the descriptor, and nothing is left
/// behind. Thread-safe. Errors are std::system_error.
class SharedLink {
 public:
  static SharedLink create(const LinkSpec&, std::uint32_t senders, std::uint32_t receivers);
  static SharedLink attach(int descriptor);

  SharedLink(SharedLink&&) noexcept;
  ~SharedLink();

  /// Offers at the present moment, read while the mutex is held, so that moments are in order.
  std::uint64_t offer_now(FlowId, std::uint64_t bytes);
  Delivery delivery(FlowId, std::uint64_t chunk) const;

  /// Starts over with an empty wire: between runs, when no chunk is on its way.
  void reset();

  int descriptor() const { return descriptor_; }

 private:
  struct Header;
  explicit SharedLink(int descriptor);

  int descriptor_;
  std::span<std::byte> memory_;
};

}  // namespace splitbench
