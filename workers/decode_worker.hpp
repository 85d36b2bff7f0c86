#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "network/event_loop.hpp"
#include "workers/engine.hpp"
#include "workers/events.hpp"
#include "workers/plan/pipeline.hpp"
#include "workers/transport.hpp"

namespace splitbench {

/// The policy of a decode worker, the same in both kinds of time: chunks are unpacked into the KV
/// pool in the order of their arrival; a job whose KV is complete joins the running batch at the
/// next step (continuous batching); its raw KV is compared with the producer's digests.
class DecodeWorker {
 public:
  DecodeWorker(EventLoop&, const Pipeline&, DecodeEngine&, Receiver&, DecodeObserver&);

  /// Forgets a job, begun or not; the observer hears Dropped once nothing touches its memory any
  /// more, and chunks of it that still come are thrown away.
  void drop(std::uint64_t job);
  /// Until that moment there is room for no other job.
  void fill_pool_until(Time moment) { pool_full_until_ = moment; }

 private:
  struct Incoming {
    Job job;
    bool unwanted = false;   // its chunks are thrown away
    bool dropped = false;    // somebody waits to hear that it is forgotten
    std::uint32_t busy = 0;  // calls of the engine that have not ended
    std::vector<Chunk> chunks;
    std::uint32_t unpacked = 0;
    std::optional<std::vector<std::uint64_t>> expected;  // the producer's digests, once they came
    bool checking = false;
    Installed report;
  };
  struct Generating {
    std::uint64_t job;
    JobRequest request;
    Finished report;
  };

  void unpack(Incoming&, const Arrived&);
  void install(Incoming&);
  void check(Incoming&);
  void checked(Incoming&, const std::vector<std::uint64_t>& digests, Span);
  void step();
  void begin(const Job&);
  void refuse(Incoming&, const std::string& why);
  /// Of an unwanted job, when a call of the engine ended: whether it was one.
  bool settle(Incoming&);

  EventLoop& loop_;
  const Pipeline& pipeline_;
  DecodeEngine& engine_;
  Receiver& receiver_;
  DecodeObserver& observer_;

  std::map<std::uint64_t, Incoming> incoming_;  // by job
  std::set<std::uint64_t> unwanted_;            // jobs dropped or refused
  Time pool_full_until_ = Time::min();
  std::vector<Generating> batch_;
  std::vector<Generating> joining_;
  bool stepping_ = false;
};

}  // namespace splitbench
