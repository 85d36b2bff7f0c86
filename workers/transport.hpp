#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "network/link/link.hpp"
#include "workers/plan/job.hpp"
#include "workers/plan/staging.hpp"
#include "workloads/timeline.hpp"

namespace splitbench {

/// A chunk that the wire has delivered into one of the receiver's slots.
struct Arrived {
  std::uint32_t index = 0;  ///< position in the job's chunk plan
  std::uint32_t slot = 0;
  std::uint64_t payload_bytes = 0;
  Delivery wire;   ///< times by the link model; `ready` is when the chunk was offered
  Time packed{0};  ///< time when it was packed into the sender's slot
  /// Time when it was complete in the receiver's slot. Zero if the chunk need not be there before
  /// it arrives: in virtual time, and if the sender holds chunks back.
  Time landed{0};
};

/// The sender's end of the wire from one prefill worker to one decode worker. While the wire is
/// down there are no credits, and messages about jobs are lost: the owner of the wire, who observes
/// its state, has these jobs dropped. Not thread-safe: calls and callbacks run on the event loop's
/// thread. Callbacks must be set before the wire comes up.
class Sender {
 public:
  virtual ~Sender() = default;

  /// Returns how many chunks may be sent now: one for each free slot of the receiver.
  virtual std::uint32_t credits() const = 0;
  /// Returns whether every credit is back: no chunk sent is on its way or in a slot of the
  /// receiver. Only meaningful while the wire is up.
  virtual bool idle() const = 0;
  /// Returns the memory that the next chunk of `slot` is to be packed into; empty in virtual time.
  /// Must be called again for each chunk, on the event loop's thread, since the memory may differ
  /// each time. It stays valid until the chunk is sent.
  virtual Destination destination(std::uint32_t /*slot*/) { return {}; }
  /// Announces a job to the receiver, before its first chunk is sent.
  virtual void begin(const Job&) = 0;
  /// Sends a packed chunk of `payload_bytes`, which takes a credit: credits() must not be 0.
  /// `index` is its position in the job's plan, `packed` the time when it was packed.
  virtual void send(const Job&, std::uint32_t index, std::uint32_t slot,
                    std::uint64_t payload_bytes, Time packed) = 0;
  /// Tells the receiver that all chunks of the job were sent. `digests` let it verify the KV, one
  /// per request; empty if verify is off.
  virtual void end(const Job&, std::vector<std::uint64_t> digests) = 0;
  /// Tells the receiver that no more chunks of an announced job will be sent, and that those under
  /// way are not wanted.
  virtual void cancel(const Job&) = 0;

  /// Runs when the slot of a chunk that was sent may be used again, also if the wire goes down
  /// before the chunk has left.
  std::function<void(std::uint32_t slot)> on_departed;
  std::function<void()> on_credit;  ///< runs when a credit came back or the wire came up
  /// Runs when the receiver has installed the job's KV, and verified it if that was wanted.
  std::function<void(std::uint64_t job)> on_applied;
};

/// The receiver's end of all wires into one decode worker. Not thread-safe: calls and callbacks run
/// on the event loop's thread. Callbacks must be set before a wire comes up.
class Receiver {
 public:
  virtual ~Receiver() = default;

  /// Returns the payload memory of a slot, valid from the chunk's arrival until its release; empty
  /// in virtual time. The span may be longer than the payload.
  virtual std::span<std::byte> received(std::uint32_t /*prefill_worker*/, std::uint32_t /*slot*/) {
    return {};
  }
  /// Frees the slot, which gives its sender a credit.
  virtual void release(std::uint32_t prefill_worker, std::uint32_t slot) = 0;
  /// Tells the job's sender that its KV is installed, and verified if that was wanted.
  virtual void applied(const Job&) = 0;

  /// Runs when the sender announces a job.
  std::function<void(const Job&)> on_begin;
  /// Runs when a chunk has arrived. Its job has begun, perhaps before the wire was down: then the
  /// chunk is not wanted, and its slot is only to be released.
  std::function<void(std::uint32_t prefill_worker, std::uint64_t job, const Arrived&)> on_chunk;
  /// Runs when all chunks of a job were sent. It may run before the last of them arrives.
  std::function<void(std::uint64_t job, std::vector<std::uint64_t> digests)> on_end;
};

}  // namespace splitbench
