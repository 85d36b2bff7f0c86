#pragma once
#include <cstddef>
#include <span>
#include <vector>

#include "network/link/link.hpp"
#include "network/tcp/stream_socket.hpp"

namespace splitbench {

/// A Link whose table lies in memory shared by the processes of one host, each call under a robust
/// mutex: one that dies within a call leaves the table as it was before or after that call. The
/// memory has no name: a child process inherits the descriptors, and nothing is left behind.
/// Thread-safe. Errors are std::system_error.
class SharedLink {
 public:
  /// A first run begins now.
  static SharedLink create(const LinkSpec&, std::uint32_t senders, std::uint32_t receivers);
  /// In a child process. The descriptor is closed with the link.
  static SharedLink attach(int descriptor);

  SharedLink(SharedLink&&) noexcept;
  ~SharedLink();

  /// Offers at the present moment, read while the mutex is held, so that moments are in order.
  std::uint64_t offer_now(FlowId, std::uint64_t bytes);
  std::uint64_t offered(FlowId) const;
  Delivery delivery(FlowId, std::uint64_t chunk) const;
  /// Whatever of the flow has not left its sender at the present moment never arrives.
  void abandon_now(FlowId);

  /// Starts over with an empty wire: between runs, when no chunk is on its way. Returns the moment
  /// that the new run counts from.
  Link::Time reset();

  int descriptor() const { return descriptor_.number(); }

  /// An eventfd, not blocking, that becomes readable when a chunk on its way to that receiver will
  /// arrive earlier than foretold. The process that created the link owns it, and its children
  /// know it by the same number: who wants to close it, or to hand it to a library that does,
  /// duplicates it.
  int wakeup_descriptor(std::uint32_t receiver) const;

 private:
  struct Header;
  struct Wakeup;
  class Lock;
  explicit SharedLink(Descriptor);
  Header& header() const;

  Descriptor descriptor_;
  std::vector<Descriptor> wakeups_;  ///< of the process that created them
  std::span<std::byte> memory_;
};

}  // namespace splitbench
