#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "network/event_loop.hpp"
#include "workers/engine.hpp"
#include "workers/events.hpp"
#include "workers/pipeline.hpp"
#include "workers/transport.hpp"

namespace splitbench {

/// The policy of a decode worker, the same in both kinds of time: chunks are unpacked into the KV
/// pool in the order of their arrival; a job whose KV is complete joins the running batch at the
/// next step (continuous batching); its raw KV is compared with the producer's digests.
class DecodeWorker {
 public:
  DecodeWorker(EventLoop&, const Pipeline&, DecodeEngine&, Receiver&, DecodeObserver&);

 private:
  struct Incoming {
    Job job;
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

  EventLoop& loop_;
  const Pipeline& pipeline_;
  DecodeEngine& engine_;
  Receiver& receiver_;
  DecodeObserver& observer_;

  std::map<std::uint64_t, Incoming> incoming_;  // by job
  std::vector<Generating> batch_;
  std::vector<Generating> joining_;
  bool stepping_ = false;
};

}  // namespace splitbench
