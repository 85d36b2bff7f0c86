#pragma once
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "network/event_loop.hpp"
#include "network/fifo.hpp"
#include "workers/codebooks/codebook_keeper.hpp"
#include "workers/engine.hpp"
#include "workers/events.hpp"
#include "workers/plan/pipeline.hpp"
#include "workers/transport.hpp"

namespace splitbench {

/// The policy of a prefill worker, the same in virtual and real time. Jobs are computed one after
/// another, layer group by layer group. Each group's chunks are packed into staging slots as soon
/// as the group is computed and a slot is free, up to Pipeline::at_once() at a time, and sent as
/// soon as the receiver has a slot for them. Not thread-safe: all calls come from the event loop's
/// thread.
class PrefillWorker {
 public:
  /// Sets the callbacks of the engine and of the senders; `senders[i]` leads to decode worker i.
  /// All references and pointers must outlive the worker.
  PrefillWorker(EventLoop&, const Pipeline&, PrefillEngine&, CodebookKeeper&,
                std::vector<Sender*> senders, PrefillObserver&);

  /// Queues a job and computes it after those that were started before it.
  void start(Job);
  /// Forgets what was learned of exponents, because another run begins. No job may be under way.
  void renew();
  /// Forgets a job, whatever its state. The observer gets Dropped once nothing accesses the job's
  /// memory any more.
  void drop(std::uint64_t job);

 private:
  struct Running {
    Job job;
    bool begun = false;  // the job was announced to the receiver
    bool dropped = false;
    std::uint32_t busy = 0;  // engine calls that have not ended
    std::vector<Chunk> chunks;
    std::uint32_t groups = 0;
    std::vector<Time> computed;  // one per computed group: the time when it was finished
    std::uint32_t packed = 0;
    std::uint32_t sent = 0;
    PrefillReleased report;
  };
  struct Packing {
    Running* running;
    std::uint32_t chunk;
    std::uint32_t slot;
  };
  struct Staged : Packing {
    std::uint64_t payload_bytes;
    Time packed;
  };

  void compute_next();
  void compute_group(Running&);
  /// Takes up what the group that was computed lets begin.
  void end_compute(const StageSpans&);
  /// Returns whether the job is dropped, and forgets it once none of its engine calls is running.
  /// Called whenever such a call ends.
  bool settle(Running&);
  void pack_next();
  bool pack_one();
  /// Stages the chunk whose pack was begun first.
  void end_pack(const Packed&);
  /// Adds a packed chunk to the job's report, and lets the keeper learn from it.
  void note(Running&, const Chunk&, const Packed&);
  bool may_pack(const Running&) const;
  /// Announces a job to the receiver. A job of arm auto is announced with the arm that was chosen.
  void announce(Running&);
  /// Returns the load that the job finds if it is packed next.
  TransferLoad load_before(const Running&) const;
  /// Sends what is staged for a decode worker, in order, as long as it has credits.
  void send_staged(std::uint32_t decode_worker);
  void depart(std::uint32_t slot);
  void finish_sending(Running&);
  void released(std::uint64_t job);
  std::deque<std::unique_ptr<Running>>::iterator find(std::uint64_t job);

  EventLoop& loop_;
  const Pipeline& pipeline_;
  PrefillEngine& engine_;
  CodebookKeeper& keeper_;
  std::vector<Sender*> senders_;
  PrefillObserver& observer_;

  std::deque<std::unique_ptr<Running>> jobs_;  // sorted by arrival
  Running* computing_ = nullptr;               // it is prepared, or one of its groups is computed
  Fifo<Packing> packing_;                      // packs end in the order in which they were begun
  std::vector<std::uint32_t> free_slots_;
  struct Flow {
    Fifo<Staged> staged;             // chunks that wait for a credit
    std::uint64_t queued_bytes = 0;  // payloads that are packed and have not departed
  };
  std::vector<Flow> flows_;  // by decode worker
  struct Slot {
    std::uint32_t decode_worker;
    std::uint64_t payload_bytes;
  };
  std::vector<Slot> sent_;            // what departs from each slot
  std::size_t reported_changes_ = 0;  // changes of the keeper that were reported
};

}  // namespace splitbench
