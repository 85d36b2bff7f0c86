#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "network/event_loop.hpp"
#include "network/fifo.hpp"
#include "workers/decode_batch.hpp"
#include "workers/engine.hpp"
#include "workers/events.hpp"
#include "workers/plan/pipeline.hpp"
#include "workers/transport.hpp"

namespace splitbench {

/// The policy of a decode worker, the same in virtual and real time: it unpacks chunks into the KV
/// pool in the order of their arrival, lets a job whose KV is complete join the running batch, and
/// compares the job's raw KV with the producer's digests.
/// Not thread-safe: all calls come from the event loop's thread.
class DecodeWorker {
 public:
  /// Sets the callbacks of the engine and of the receiver. All references must outlive the worker.
  DecodeWorker(EventLoop&, const Pipeline&, DecodeEngine&, Receiver&, DecodeObserver&);

  /// Forgets a job, whether or not it has begun. The observer gets Dropped once nothing accesses
  /// the job's memory any more; chunks of the job that still arrive are discarded.
  void drop(std::uint64_t job);
  /// Lets a job whose KV is in the pool join the running batch, where Pipeline::join_on_order has
  /// it wait for that; nothing if it was dropped.
  void join(const Job&);
  /// Makes the worker refuse every job that begins before `moment`, as a full KV pool would.
  void fill_pool_until(Time moment) { pool_full_until_ = moment; }

 private:
  struct Incoming {
    Job job;
    bool unwanted = false;   // its chunks are discarded
    bool dropped = false;    // Dropped is to be reported once the job is forgotten
    std::uint32_t busy = 0;  // engine calls that have not ended
    std::vector<Chunk> chunks;
    std::uint32_t unpacked = 0;
    // The producer's digests, once they have arrived.
    std::optional<std::vector<std::uint64_t>> expected;
    bool checking = false;
    Installed report;
  };
  void unpack(Incoming&, const Arrived&);
  /// Takes the outcome of the unpack that was begun first.
  void end_unpack(const Unpacked&);
  void install(Incoming&);
  void check(Incoming&);
  void checked(Incoming&, const std::vector<std::uint64_t>& digests, Span);
  void begin(const Job&);
  void refuse(Incoming&, const std::string& why);
  /// Returns whether the job is unwanted, and forgets a dropped one once none of its engine calls
  /// is running. Called whenever such a call ends.
  bool settle(Incoming&);

  EventLoop& loop_;
  const Pipeline& pipeline_;
  DecodeEngine& engine_;
  Receiver& receiver_;
  DecodeObserver& observer_;

  struct Unpacking {
    Incoming* job;
    std::uint32_t slot;
  };

  std::map<std::uint64_t, Incoming> incoming_;  // keyed by job id
  Fifo<Unpacking> unpacking_;                   // unpacks end in the order in which they were begun
  std::set<std::uint64_t> unwanted_;            // ids of jobs dropped or refused
  Time pool_full_until_ = Time::min();
  DecodeBatch batch_;
};

}  // namespace splitbench
