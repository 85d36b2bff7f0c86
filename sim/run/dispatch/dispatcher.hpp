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
#include "sim/run/dispatch/placement.hpp"
#include "sim/run/dispatch/supervisor.hpp"
#include "workers/events.hpp"
#include "workers/plan/job.hpp"
#include "workloads/timeline.hpp"

namespace splitbench {

/// A decode worker holds other bytes than the prefill worker made. Nothing excuses it: the run
/// stops.
class Mismatch : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The policy of one run (one arm, one repeat), the same in both kinds of time: lets requests in as
/// the workload says, forms batches, chooses workers that are up and have memory, sends again what
/// a fault undid, and keeps the record of what the workers tell it.
class Dispatcher final : public PrefillObserver,
                         public DecodeObserver,
                         public Supervisor::Listener {
 public:
  struct Run {
    Arm arm;
    int repeat = 0;
    std::uint64_t first_job = 1;  ///< jobs of one fleet never share a number
  };

  /// `done` runs once, when every request is through or given up and nothing is on its way. The
  /// supervisor serves this dispatcher until it is gone. References must outlive the dispatcher.
  Dispatcher(EventLoop&, const Scenario&, std::span<const Request> trace, Run, Fleet&, Supervisor&,
             std::function<void()> done);
  ~Dispatcher() override;
  Dispatcher(const Dispatcher&) = delete;
  Dispatcher& operator=(const Dispatcher&) = delete;

  void begin();

  void on(const PrefillBegan&) override;
  void on(const PrefillComputed&) override;
  void on(const PrefillReleased&) override;
  void on(const Installed&) override;
  void on(const Finished&) override;
  void on(const Verified&) override;
  void on(const Dropped&) override;
  void on(const Refused&) override;

  using Ticket = Supervisor::Ticket;
  void worker_lost(const Member&, Ticket, const std::string& why) override;
  void flow_lost(const FlowId&, Ticket, const std::string& why) override;
  void flow_up() override;
  void give_up(const std::string& why) override;

  /// The client of a request that is under way gives up, if there is one; the rest of its batch is
  /// sent again. `fault` is the scenario's word for it.
  void cancel_a_request(const std::string& fault);
  /// Told of each job as it starts.
  std::function<void(const Job&)> on_start;

  /// What is still on its way through this worker, for naming it when the worker dies:
  /// "request 3 in transfer".
  std::string in_flight_at(const Member&) const;
  /// Marks every request that such a worker had as failed.
  void fail(const Member&, const std::string& why);

  /// The record so far; moments count from begin(). Requests that are not through are named
  /// unfinished.
  RunRecord record() const;
  /// The time of each transfer's digest at the consumer.
  const std::vector<Time>& verify_times() const { return verify_times_; }
  const std::vector<Time>& lateness() const { return lateness_; }
  /// For the replay of this run: the jobs that are through.
  std::vector<JobRecord> completed() const;
  std::uint64_t next_job() const { return next_job_; }

 private:
  enum class Progress { sent_to_prefill, prefill, transfer, decode, verify };
  struct JobState {
    JobRecord record;
    Progress progress = Progress::sent_to_prefill;
    bool computed = false;
    bool at_prefill = true, at_decode = true;  // has memory there
    bool closed = false;
    std::optional<std::string> undone;  // why; it ends when neither worker has it any more
  };

  /// The job if it is still wanted: workers may speak of others for a while.
  JobState* live(std::uint64_t job);
  std::vector<std::uint64_t> jobs_where(const std::function<bool(const JobState&)>&) const;
  /// Whether a worker still has a part in the job.
  static bool is_at(const JobState&, const Member&);
  void arrive(std::uint64_t request, Time arrival);
  /// The request's client has what it can get, and goes on.
  void answer(std::uint64_t request);
  void dispatch();
  /// Starts the first batch of the queue that has a place to go to.
  bool start_batch(std::size_t size);
  bool start_batch(std::size_t first, std::size_t size);
  void stop_computing(JobState&);
  void leave(JobState&, bool prefill);
  void close_if_done(JobState&);
  void settle(std::uint64_t request);
  void fail(const Job&, const std::string& why);

  /// The attempt is over; who has a part in it is told to forget it.
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
  Fleet& fleet_;
  Supervisor& supervisor_;
  std::function<void()> done_;

  Time epoch_{0};
  Clients clients_;
  Placement placement_;
  std::size_t answers_ = 0;
  std::size_t settled_ = 0;          // requests that are through or given up
  std::deque<std::uint64_t> queue_;  // requests that wait for a prefill worker
  std::map<std::uint64_t, JobState> jobs_;
  std::uint64_t next_job_;
  std::vector<Timeline> timelines_;  // by request
  std::vector<bool> answered_;       // by request: its client has gone on
  std::set<std::uint64_t> cancelled_;
  std::map<std::uint64_t, Ticket> troubled_;  // requests under way again, and why
  std::vector<Transfer> transfers_;
  std::vector<CodebookChange> codebook_changes_;
  std::string hopeless_;

  std::vector<Time> verify_times_, lateness_;
};

}  // namespace splitbench
