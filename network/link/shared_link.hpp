#pragma once
#include <cstddef>
#include <span>
#include <vector>

#include "network/link/link.hpp"
#include "network/tcp/stream_socket.hpp"

namespace splitbench {

/// A Link whose table lies in memory shared by the processes of one host. Each call holds a robust
/// mutex: a process that dies within a call leaves the table as it was before or after that call.
/// The memory has no name: a child process inherits the descriptors, and nothing is left behind.
/// Thread-safe. Errors are std::system_error.
class SharedLink {
 public:
  /// Creates the memory of a link between that many workers. A first run begins now.
  static SharedLink create(const LinkSpec&, std::uint32_t senders, std::uint32_t receivers);
  /// Returns the link in the memory of a descriptor that a child process has inherited. Takes
  /// ownership of the descriptor and closes it with the link.
  static SharedLink attach(int descriptor);

  SharedLink(SharedLink&&) noexcept;
  ~SharedLink();

  /// Offers `bytes` (at least one) that are ready at the present moment, which is read while the
  /// mutex is held, so that moments are in order. Returns the chunk's number in its flow, from 0.
  std::uint64_t offer_now(FlowId, std::uint64_t bytes);
  std::uint64_t offered(FlowId) const;
  Delivery delivery(FlowId, std::uint64_t chunk) const;
  /// Abandons the chunks of the flow that have not left their sender at the present moment; they
  /// never arrive.
  void abandon_now(FlowId);

  /// Starts over with an empty wire. To be called between runs, when no chunk is on its way.
  /// Returns the moment that the new run counts from.
  Link::Time reset();

  /// Returns the descriptor of the memory, still owned by the link.
  int descriptor() const { return descriptor_.number(); }

  /// Returns a non-blocking eventfd that becomes readable when a chunk on its way to that receiver
  /// will arrive earlier than predicted. The process that created the link owns it, and its
  /// children know it by the same number: a caller that wants to close it, or to hand it to a
  /// library that does, duplicates it.
  int wakeup_descriptor(std::uint32_t receiver) const;

 private:
  struct Header;
  struct Wakeup;
  class Lock;
  explicit SharedLink(Descriptor);
  Header& header() const;

  Descriptor descriptor_;
  std::vector<Descriptor> wakeups_;  ///< owned by the process that created them; empty in others
  std::span<std::byte> memory_;
};

}  // namespace splitbench
