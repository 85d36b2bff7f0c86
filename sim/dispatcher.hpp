#pragma once
#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "configs/scenario.hpp"
#include "network/event_loop.hpp"
#include "sim/arena.hpp"
#include "workers/events.hpp"
#include "workers/job.hpp"
#include "workloads/timeline.hpp"

namespace splitbench {

/// A decode worker holds other bytes than the prefill worker made. Nothing excuses it: the run
/// stops.
class Mismatch : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The policy of one run (one arm, one repeat), the same in both kinds of time: lets requests in as
/// the workload says, forms batches, chooses workers that have memory, and keeps the record of what
/// the workers tell it.
class Dispatcher final : public PrefillObserver, public DecodeObserver {
 public:
  /// `start` hands a job to its prefill worker; `done` runs once, when every request has its tokens
  /// and every transfer is applied. References must outlive the dispatcher.
  Dispatcher(EventLoop&, const Scenario&, std::span<const Request> trace, Arm, int repeat,
             std::function<void(const Job&)> start, std::function<void()> done);

  void begin();

  void on(const PrefillBegan&) override;
  void on(const PrefillComputed&) override;
  void on(const PrefillReleased&) override;
  void on(const Installed&) override;
  void on(const Finished&) override;
  void on(const Verified&) override;

  /// What is still on its way through this worker, for naming it when the worker dies:
  /// "request 3 in transfer".
  std::string in_flight_at(bool prefill, std::uint32_t worker) const;
  /// Marks every request that such a worker had as failed.
  void fail(bool prefill, std::uint32_t worker, const std::string& why);

  /// The record so far; moments count from begin(). Requests that are not through are named
  /// unfinished.
  RunRecord record() const;
  /// The time of each transfer's digest at the consumer.
  const std::vector<Time>& verify_times() const { return verify_times_; }
  const std::vector<Time>& lateness() const { return lateness_; }
  /// For the replay of this run: each job with what its workers reported.
  struct Transferred {
    Job job;
    PrefillBegan began;
    PrefillReleased sent;
    Installed installed;
  };
  std::vector<Transferred> transferred() const;

 private:
  enum class Progress { sent_to_prefill, prefill, transfer, decode, verify };
  struct JobState {
    Job job;
    Progress progress = Progress::sent_to_prefill;
    std::optional<PrefillBegan> began;
    std::optional<PrefillReleased> released;
    std::optional<Installed> installed;
    std::size_t finished = 0;
    bool verified = false;
    bool closed = false;
  };

  /// Whether a worker still has a part in the job.
  static bool is_at(const JobState&, bool prefill, std::uint32_t worker);
  void fail(const Job&, const std::string& why);
  void arrive(std::size_t index);
  void dispatch();
  bool start_batch(std::size_t size);
  std::optional<std::uint32_t> choose(std::vector<Arena>& memory, std::uint64_t bytes,
                                      const std::function<bool(std::uint32_t)>& has_room,
                                      const std::vector<std::uint64_t>& load, std::uint32_t& turn,
                                      std::uint64_t& offset);
  void close_if_done(JobState&);
  void write_timelines(const JobState&);
  std::uint64_t job_bytes(const Job&) const;

  EventLoop& loop_;
  const Scenario& scenario_;
  std::span<const Request> trace_;
  Arm arm_;
  int repeat_;
  std::function<void(const Job&)> start_;
  std::function<void()> done_;

  Time epoch_{0};
  std::size_t arrived_ = 0;
  std::size_t finished_ = 0;
  std::deque<std::size_t> queue_;  // requests that wait for a prefill worker
  std::map<std::uint64_t, JobState> jobs_;
  std::uint64_t next_job_ = 1;
  std::vector<Timeline> timelines_;  // by request
  std::vector<Transfer> transfers_;

  std::vector<Arena> prefill_memory_, decode_memory_;
  std::vector<std::uint64_t> prefill_load_, decode_load_;  // tokens
  std::vector<std::uint32_t> computing_, holding_;         // jobs at each prefill worker
  std::uint32_t prefill_turn_ = 0, decode_turn_ = 0;

  std::vector<Time> verify_times_, lateness_;
};

}  // namespace splitbench
