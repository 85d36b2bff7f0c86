#pragma once
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "configs/scenario.hpp"
#include "network/event_loop.hpp"
#include "sim/run/dispatch/clients.hpp"
#include "sim/run/dispatch/fleet.hpp"
#include "sim/run/dispatch/job_record.hpp"
#include "sim/run/dispatch/kept_spans.hpp"
#include "sim/run/dispatch/placement.hpp"
#include "sim/run/dispatch/supervisor.hpp"
#include "workers/events.hpp"
#include "workers/plan/job.hpp"
#include "workloads/timeline.hpp"

namespace splitbench {

/// The error of decoded KV that differs from what the prefill worker made. No fault excuses it: the
/// run stops.
class Mismatch : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The policy of one run (one arm, one repeat), the same in both kinds of time: it admits requests
/// as the workload says, forms batches, chooses workers that are up and have memory, retries what a
/// fault undid, and records what the workers report. Not thread-safe: every call comes from the
/// event loop's thread.
class Dispatcher final : public PrefillObserver,
                         public DecodeObserver,
                         public Supervisor::Listener {
 public:
  struct Run {
    Arm arm;
    int repeat = 0;
    std::uint64_t first_job = 1;  ///< first job number; unique within a fleet
    /// True if completed(), verify_times() and lateness() are wanted. Otherwise a job is forgotten
    /// once it is in the timelines, so that memory goes by what is in flight.
    bool keep_measurements = false;
    /// The number of shards of a cache that each report stands for, since they are alike.
    std::uint32_t shards_alike = 1;
  };

  /// `done` runs once, on the loop, when every request is completed or given up and nothing is in
  /// flight. The supervisor serves this dispatcher until it is destroyed. References and trace must
  /// outlive this object; a request's id is its index in the trace.
  Dispatcher(EventLoop&, const Scenario&, std::span<const Request> trace, Run, Fleet&, Supervisor&,
             std::function<void()> done);
  ~Dispatcher() override;
  Dispatcher(const Dispatcher&) = delete;
  Dispatcher& operator=(const Dispatcher&) = delete;

  /// Starts the run; the times in its record count from now.
  void begin();

  /// Handles a report of a worker. Reports on jobs that are over or undone are ignored, except for
  /// Dropped. Throws Mismatch if a job's digests differ, and WorkerLost under fail-fast if a worker
  /// refuses a job.
  void on(const PrefillBegan&) override;
  void on(const PrefillComputed&) override;
  void on(PrefillReleased) override;
  void on(Installed) override;
  void on(Finished) override;
  void on(const Verified&) override;
  void on(const Dropped&) override;
  void on(const Refused&) override;

  using Ticket = Supervisor::Ticket;
  void worker_lost(const Member&, Ticket, const std::string& why) override;
  void flow_lost(const FlowId&, Ticket, const std::string& why) override;
  void flow_up() override;
  void give_up(const std::string& why) override;

  /// Cancels a request that is under way, if there is one, as its client would; the rest of its
  /// batch is sent again. `fault` is the scenario's word for it.
  void cancel_a_request(const std::string& fault);
  /// The callback for each job as it starts; may be empty.
  std::function<void(const Job&)> on_start;

  /// Returns a text such as "request 3 in transfer" on a request that is still in progress at this
  /// worker, or "no request": it describes what a worker's death interrupted.
  std::string in_flight_at(const Member&) const;
  /// Marks every request that is in progress at this worker as failed, with `why` as the reason.
  void fail(const Member&, const std::string& why);

  /// Returns the record so far, with times counted from begin(), and gives it away: to be called
  /// once, when nothing is to be handled any more. Requests that are not completed are marked
  /// unfinished. Timelines have their spans as far as a timeline.json may draw them.
  RunRecord take_record();
  /// Returns the time that each transfer's digest took at the consumer.
  const std::vector<Time>& verify_times() const { return verify_times_; }
  /// Returns by how much each chunk was handed on after the moment that the link named, without
  /// those of warm-up jobs.
  const std::vector<Time>& lateness() const { return lateness_; }
  /// Returns the records of the completed jobs, for the replay of this run.
  std::vector<JobRecord> completed() const;
  std::uint64_t next_job() const { return next_job_; }

 private:
  enum class Progress { sent_to_prefill, prefill, transfer, decode, verify };
  struct JobState {
    JobRecord record;
    Progress progress = Progress::sent_to_prefill;
    bool computed = false;
    bool at_prefill = true, at_decode = true;  // true while it has memory there
    bool closed = false;
    std::optional<std::string> undone;  // reason; the job ends once neither worker has it
  };

  /// Returns the job, or null if it is over or undone: workers may report on such jobs for a while.
  JobState* live(std::uint64_t job);
  std::vector<std::uint64_t> jobs_where(const std::function<bool(const JobState&)>&) const;
  /// Returns whether a worker still has a part in the job.
  static bool is_at(const JobState&, const Member&);
  void arrive(std::uint64_t request, Time arrival);
  /// Lets the request's client go on, after an answer or a refusal; only the first call counts.
  void answer(std::uint64_t request);
  void dispatch();
  /// Starts the first batch of the queue that can be placed. Returns false if none can.
  bool start_batch(std::size_t size);
  bool start_batch(std::size_t first, std::size_t size);
  void stop_computing(JobState&);
  void leave(JobState&, bool prefill);
  void close_if_done(JobState&);
  void settle(std::uint64_t request);
  void fail(const Job&, const std::string& why);

  /// Ends the attempt and asks the workers that have a part in it to drop the job.
  void undo(std::uint64_t job, Ticket, const std::string& why);
  void end_if_undone(std::uint64_t job);
  void send_again(std::uint64_t request, const std::string& why);
  void cancel(std::uint64_t request);
  void lose(std::uint64_t request, const std::string& why);

  EventLoop& loop_;
  const Scenario& scenario_;
  std::span<const Request> trace_;
  Arm arm_;
  int repeat_;
  bool keep_measurements_;
  std::uint32_t shards_alike_;
  Fleet& fleet_;
  Supervisor& supervisor_;
  std::function<void()> done_;

  Time epoch_{0};
  Clients clients_;
  Placement placement_;
  std::size_t answers_ = 0;
  std::size_t settled_ = 0;          // requests that are completed or given up
  std::deque<std::uint64_t> queue_;  // requests that wait for a prefill worker
  std::map<std::uint64_t, JobState> jobs_;
  std::uint64_t next_job_;
  std::vector<Timeline> timelines_;  // indexed by request
  KeptSpans kept_spans_;
  std::vector<bool> answered_;  // indexed by request: whether its client has gone on
  std::set<std::uint64_t> cancelled_;
  std::map<std::uint64_t, Ticket> troubled_;  // undone requests, with their incident
  std::vector<Transfer> transfers_;
  std::vector<CodebookChange> codebook_changes_;
  std::string hopeless_;

  std::vector<Time> verify_times_, lateness_;
};

}  // namespace splitbench
