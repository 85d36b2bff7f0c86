#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "workers/engine.hpp"
#include "workers/events.hpp"
#include "workers/plan/job.hpp"

namespace splitbench {

/// The running batch of a decode worker, the same in virtual and real time: requests whose KV is
/// installed join it at the next step (continuous batching), and leave it when their last token is
/// generated, which the observer hears of as Finished. Not thread-safe: all calls come from the
/// event loop's thread.
class DecodeBatch {
 public:
  /// Both references must outlive the batch.
  DecodeBatch(DecodeEngine& engine, DecodeObserver& observer)
      : engine_(engine), observer_(observer) {}

  /// Lets the requests of a job join, whose KV is in the pool.
  void join(const Job&);
  /// Removes the requests of a job, which may be none.
  void drop(std::uint64_t job);

 private:
  struct Generating {
    std::uint64_t job;
    JobRequest request;
    Finished report;
  };

  void step();
  void end_steps(std::span<const Span>);

  DecodeEngine& engine_;
  DecodeObserver& observer_;
  std::vector<Generating> batch_;
  std::vector<Generating> joining_;
  bool stepping_ = false;
  std::vector<std::uint64_t> context_;  // of batch_, kept for its memory
};

}  // namespace splitbench
