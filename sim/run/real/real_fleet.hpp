#pragma once
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "configs/scenario.hpp"
#include "network/event_loop.hpp"
#include "network/link/shared_link.hpp"
#include "network/tcp/handshake.hpp"
#include "network/tcp/listener.hpp"
#include "network/tcp/rejection_log.hpp"
#include "sim/process/child_process.hpp"
#include "sim/run/dispatch/dispatcher.hpp"
#include "sim/run/dispatch/fault_injector.hpp"
#include "sim/run/dispatch/fleet.hpp"
#include "sim/run/dispatch/shard_reports.hpp"
#include "sim/run/dispatch/supervisor.hpp"
#include "sim/run/real/gpus.hpp"
#include "workers/plan/pipeline.hpp"
#include "workers/process/control_channel.hpp"

namespace splitbench {

/// The worker processes of a real run, started, set up and connected to each other. They live as
/// long as this object, except for those that are restarted after a fault. A worker whose cache is
/// cut into shards is a process for each, which begin, end and fail together; faults are injected
/// into the first. Not thread-safe: it
/// belongs to the thread that runs the io_context.
class RealFleet final : public Fleet, public FaultTarget {
 public:
  /// Starts the workers, and returns when every one is ready. `backend` is cpu or cuda. Throws
  /// WorkerLost, std::system_error, or std::runtime_error if they are not up within 5 minutes. The
  /// references must outlive this object.
  RealFleet(asio::io_context&, EventLoop&, const Scenario&, const Pipeline&, BackendKind backend);
  /// Asks the workers to stop, and kills those that have not ended within 2 seconds.
  ~RealFleet() override;
  RealFleet(const RealFleet&) = delete;
  RealFleet& operator=(const RealFleet&) = delete;

  Supervisor& supervisor() { return supervisor_; }

  /// Sends the workers' reports to `dispatcher` from now on; nullptr discards them.
  void report_to(Dispatcher* dispatcher);
  /// Returns the jobs, completed in the present run, as each shard's workers reported on them.
  std::vector<std::vector<JobRecord>> by_shard(const std::vector<JobRecord>&) const;
  /// Serves the event loop until `done` returns true. Throws WorkerLost when the run is to end
  /// because a worker ended, or was silent for heartbeat_timeout: during a run every worker sends
  /// heartbeats.
  void serve_run_until(const std::function<bool()>& done);
  /// Waits until every worker and flow that is to be up is up, and every worker answers: before the
  /// next run, or at the end of one. Throws WorkerLost, or std::runtime_error after 5 minutes.
  void settle();
  /// Empties the wire and makes new connections for the next run. Returns the moment from which the
  /// link's changes of bandwidth count. Throws as settle().
  Time renew_wire();

  /// Finds the errors of the workers' clocks and, if arm auto is to choose, makes it do so from now
  /// on by the speeds that the workers find here, each by itself, with jobs of `tokens` tokens.
  /// Throws WorkerLost.
  void measure_speeds(std::uint64_t tokens);
  /// Returns the cost of an arm's codec on one worker's shard, which has the machine to itself, at
  /// the pace of a run; nothing if the worker is not there. Throws WorkerLost.
  std::optional<MedianCost> cost_alone(Member, std::uint32_t shard, Arm,
                                       const std::vector<JobPace>&);
  /// Returns the largest possible error of a device's stamps against the host's clock, as far as
  /// measurements have shown it.
  Time clock_error() const { return clock_error_; }

  /// Returns the processes of the workers that are running.
  std::vector<pid_t> processes() const;

  /// Returns whether workers share a GPU.
  bool gpu_shared() const { return is_shared(gpus_); }
  /// Returns the congestion control algorithm of the data connections.
  const std::string& congestion_control() const { return congestion_control_; }

  void start(const Job&) override;
  void drop(Member, std::uint64_t job) override;
  void end(Member) override;
  void restart(Member) override;
  void connect(const FlowId&, std::uint64_t session) override;
  void inject(const FaultSpec&) override;

 private:
  enum class Phase { starting, serving, ended };
  struct Worker {
    Member member;
    std::uint32_t shard = 0;
    Phase phase = Phase::ended;
    std::shared_ptr<ChildProcess> process;  // several workers may share one
    std::unique_ptr<ControlChannel> channel;
    Ready ready;
    std::optional<Probe> probe;
    bool answers = true;  // false while its answer to a Ping is awaited
    std::string failure;  // reason that the worker gave
    bool closed = false;  // its connection ended, so it is ending too
    std::chrono::steady_clock::time_point heard;
  };

  /// Returns the index in `workers_` of a worker's shard.
  std::size_t number(const Member& m, std::uint32_t shard) const {
    return std::size_t{m.prefill ? m.index : scenario_.workers.prefill + m.index} * shards_ + shard;
  }
  Worker& worker(const Member& m, std::uint32_t shard = 0) { return *workers_[number(m, shard)]; }
  std::span<const std::unique_ptr<Worker>> shards_of(const Member& m) const {
    return std::span(workers_).subspan(number(m, 0), shards_);
  }
  /// Returns the name of a worker, with its shard if there are several.
  std::string name(const Worker&) const;
  /// Returns the index of the first worker in the same process; its own unless processes are
  /// shared.
  std::size_t leader(std::size_t number) const;
  void launch(Worker&);
  std::shared_ptr<Connection> accept(asio::ip::tcp::socket);
  Worker* introduced(const nlohmann::json& introduction);
  void adopt(ControlChannel*, Worker&);
  void handle(Worker&, const ControlMessage&);
  void set_up(Worker&);
  /// Sends an order to a worker and waits for the answer; returns none if the worker is not there.
  std::optional<Probe> ask(Worker&, const ProbeOrder&);
  /// Sends the prefill workers what all of them measured, for them to choose by.
  void spread_speeds();
  /// Serves the event loop until `done` returns true; gives up workers that end, or that stay
  /// silent for longer than `patience`.
  void serve_until(const std::function<bool()>& done, Time patience);

  template <class Event>
  void report(const Worker&, const Event&);
  void decode(std::uint64_t job);
  void count_flow_up(const FlowUp&);

  // Reactions to faults.
  void watch_processes();
  void watch_silence(Time patience);
  void lost(Worker&, const std::string& symptom);
  void flow_lost(const FlowId&, std::uint64_t session, const std::string& why);
  void give_up(Worker&, const std::string& symptom);
  /// Waits, under fail-fast, until it can tell which worker failed first, and ends the run with
  /// that one; returns if only the one that was noticed seems to have failed.
  void wait_for_culprit();
  void wake_later(Member, Time duration);

  static constexpr std::chrono::seconds kLongestProbe{30};

  asio::io_context& io_;
  EventLoop& loop_;
  const Scenario& scenario_;
  const Pipeline& pipeline_;
  HardwareProfile hardware_;  // the scenario's, except for what was measured
  BackendKind backend_;
  const std::uint32_t shards_;
  std::vector<SharedLink> links_;  // indexed by shard
  Secret secret_;
  RejectionLog rejections_;
  Listener listener_;
  std::vector<Descriptor> staging_;               // by shard; for transports with shared memory
  std::vector<std::uint32_t> gpus_;               // indexed by worker; empty with backend cpu
  const bool share_processes_;                    // workers on one GPU run in one process
  std::vector<Cores> cores_;                      // indexed by worker
  std::vector<std::unique_ptr<Worker>> workers_;  // prefill workers first
  std::vector<std::unique_ptr<ControlChannel>> unauthenticated_;  // connected, not verified yet
  Supervisor supervisor_;
  Dispatcher* dispatcher_ = nullptr;
  std::optional<ShardReports> reports_;    // while there are several shards and a dispatcher
  std::map<std::uint64_t, Job> arriving_;  // of these: the jobs that are not all in their pools
  /// The number of shards that are up, of each session of a flow (prefill, decode) that comes up.
  std::map<std::tuple<std::uint32_t, std::uint32_t, std::uint64_t>, std::uint32_t> shards_up_;
  std::string congestion_control_;
  Time clock_error_{0};
  bool ending_ = false;
  std::vector<std::pair<FlowId, std::string>> reasons_;  // reasons for lost flows, kept aside
};

}  // namespace splitbench
