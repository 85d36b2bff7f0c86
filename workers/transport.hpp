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
  std::uint32_t index = 0;  ///< in the job's plan
  std::uint32_t slot = 0;
  std::uint64_t payload_bytes = 0;
  Delivery wire;   ///< when the model of the wire carried it; `ready` is when it was offered
  Time packed{0};  ///< when it stood in the sender's slot
  /// When it stood in the receiver's; zero where that need not be before it arrives: in virtual
  /// time, and where the sender holds chunks back.
  Time landed{0};
};

/// The sender's end of the wire from one prefill worker to one decode worker. While the wire is
/// down there are no credits, and what is said of jobs is lost: whoever follows the wire's state
/// has these jobs dropped.
class Sender {
 public:
  virtual ~Sender() = default;

  /// Chunks that may be sent now: one for each free slot of the receiver.
  virtual std::uint32_t credits() const = 0;
  virtual bool idle() const = 0;  ///< nothing sent is still in a slot of the receiver
  /// Where the next chunk to be sent from that slot is to be packed. To be asked for each chunk on
  /// the loop's thread, since a slot may lie elsewhere each time. Nowhere in virtual time.
  virtual Destination destination(std::uint32_t /*slot*/) { return {}; }
  virtual void begin(const Job&) = 0;
  /// Sends a packed chunk, spending a credit; `departed` runs when its slot may be used again.
  virtual void send(const Job&, std::uint32_t index, std::uint32_t slot,
                    std::uint64_t payload_bytes, Time packed, std::function<void()> departed) = 0;
  /// All chunks were sent; the digests let the receiver verify. Empty when verify is off.
  virtual void end(const Job&, std::vector<std::uint64_t> digests) = 0;
  /// Nothing more of a job that had begun will come, and what is on its way is not wanted.
  virtual void cancel(const Job&) = 0;

  std::function<void()> on_credit;  ///< a credit came back, or the wire came up
  /// installed, and verified if that was wanted
  std::function<void(std::uint64_t job)> on_applied;
};

/// The receiver's end of all wires into one decode worker.
class Receiver {
 public:
  virtual ~Receiver() = default;

  /// The slot's memory, from the chunk's arrival until its release. None in virtual time.
  virtual std::span<std::byte> received(std::uint32_t /*prefill_worker*/, std::uint32_t /*slot*/) {
    return {};
  }
  /// The slot is free again: its sender gets a credit.
  virtual void release(std::uint32_t prefill_worker, std::uint32_t slot) = 0;
  virtual void applied(const Job&) = 0;

  std::function<void(const Job&)> on_begin;
  /// Of a job that began, or that began before the wire was down: then nobody wants the chunk, and
  /// its slot is to be released.
  std::function<void(std::uint32_t prefill_worker, std::uint64_t job, const Arrived&)> on_chunk;
  std::function<void(std::uint64_t job, std::vector<std::uint64_t> digests)> on_end;
};

}  // namespace splitbench
