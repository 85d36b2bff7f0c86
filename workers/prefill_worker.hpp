#pragma once
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "network/event_loop.hpp"
#include "workers/codebooks/codebook_keeper.hpp"
#include "workers/engine.hpp"
#include "workers/events.hpp"
#include "workers/plan/pipeline.hpp"
#include "workers/transport.hpp"

namespace splitbench {

/// The policy of a prefill worker, the same in both kinds of time: jobs are computed one after
/// another, layer group by layer group; each group's chunks are packed into staging slots as soon
/// as they are computed and a slot is free, a few at a time, and sent as soon as the receiver has a
/// slot for them.
class PrefillWorker {
 public:
  /// `senders[i]` leads to decode worker i. All references must outlive the worker.
  PrefillWorker(EventLoop&, const Pipeline&, PrefillEngine&, CodebookKeeper&,
                std::vector<Sender*> senders, PrefillObserver&);

  void start(Job);
  /// Another run begins: what was learned of exponents is forgotten. No job is under way.
  void renew();
  /// Forgets a job, whatever has become of it; the observer hears Dropped once nothing touches its
  /// memory any more.
  void drop(std::uint64_t job);

 private:
  struct Running {
    Job job;
    bool begun = false;  // the receiver was told of it
    bool dropped = false;
    std::uint32_t busy = 0;  // calls of the engine that have not ended
    std::vector<Chunk> chunks;
    std::vector<Time> computed;  // when each group was
    std::uint32_t packed = 0;
    std::uint32_t sent = 0;
    PrefillReleased report;
  };
  struct Staged {
    Running* running;
    std::uint32_t chunk;
    std::uint32_t slot;
    std::uint64_t payload_bytes;
    Time packed;
  };

  void compute_next();
  void compute_group(Running&);
  /// Of a dropped job, when a call of the engine ended: whether it was one.
  bool settle(Running&);
  void pack_next();
  bool pack_one();
  /// Keeps what is to be reported of a chunk, and lets the keeper learn from it.
  void note(Running&, const Chunk&, const Packed&);
  bool may_pack(const Running&) const;
  /// Tells the receiver of a job. One of arm auto is told as what it is to be.
  void announce(Running&);
  /// What a job finds that is packed next.
  TransferLoad load_before(const Running&) const;
  void send_staged();
  void finish_sending(Running&);
  void released(std::uint64_t job);
  std::deque<std::unique_ptr<Running>>::iterator find(std::uint64_t job);

  EventLoop& loop_;
  const Pipeline& pipeline_;
  PrefillEngine& engine_;
  CodebookKeeper& keeper_;
  std::vector<Sender*> senders_;
  PrefillObserver& observer_;

  std::deque<std::unique_ptr<Running>> jobs_;  // in order of arrival
  bool computing_ = false;
  std::uint32_t packing_ = 0;
  std::vector<std::uint32_t> free_slots_;
  std::deque<Staged> staged_;
  std::vector<std::uint64_t> queued_bytes_;  // by decode worker: packed, and not through the wire
  std::size_t reported_changes_ = 0;         // of the keeper's
};

}  // namespace splitbench
