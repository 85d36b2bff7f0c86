#pragma once
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "configs/scenario.hpp"
#include "network/event_loop.hpp"
#include "network/link/shared_link.hpp"
#include "network/tcp/handshake.hpp"
#include "sim/process/child_process.hpp"
#include "sim/run/dispatch/dispatcher.hpp"
#include "sim/run/dispatch/fault_injector.hpp"
#include "sim/run/dispatch/fleet.hpp"
#include "sim/run/dispatch/supervisor.hpp"
#include "sim/run/real/gpus.hpp"
#include "workers/plan/pipeline.hpp"
#include "workers/process/control_channel.hpp"

namespace splitbench {

/// The worker processes of a real run, started, set up and connected to each other. They live as
/// long as this object, but for those that are started anew after a fault.
class RealFleet final : public Fleet, public FaultTarget {
 public:
  /// `backend` is cpu or cuda. Returns when every worker is ready; throws WorkerLost,
  /// std::system_error.
  RealFleet(asio::io_context&, EventLoop&, const Scenario&, const Pipeline&, BackendKind backend);
  ~RealFleet() override;
  RealFleet(const RealFleet&) = delete;
  RealFleet& operator=(const RealFleet&) = delete;

  Supervisor& supervisor() { return supervisor_; }

  /// What the workers report goes to `dispatcher` from now on.
  void report_to(Dispatcher* dispatcher) { dispatcher_ = dispatcher; }
  /// Serves the event loop until `done`. Throws WorkerLost when the run is to end because a worker
  /// did, or was not heard of for heartbeat_timeout: in a run each shows that it lives.
  void serve_run_until(const std::function<bool()>& done);
  /// Waits until everything is up that is to be, and answers: for the next run or for its end.
  void settle();
  /// An empty wire and new connections, for the next run. Returns the moment that the link's
  /// changes of bandwidth count from.
  Time renew_wire();

  /// What a byte costs the codec with nobody beside it, on the slowest worker: nanoseconds.
  struct CodecCost {
    double encode = 0, decode = 0;
  };
  struct Probes {
    std::map<Arm, CodecCost> codec;  ///< of arms in which it is always on, and the same
    Time clock_error{0};  ///< the most by which a device's stamp may be off the host's clock
  };
  /// With jobs of so many tokens. Where arm auto is to choose, it does so from now on by the
  /// speeds that the workers find here.
  Probes probe(std::uint64_t tokens);

  /// Workers took turns on a GPU, so their times do not stand for themselves.
  bool gpu_shared() const { return is_shared(gpus_); }
  /// Of the data connections.
  const std::string& congestion_control() const { return congestion_control_; }

  void start(const Job&) override;
  void drop(Member, std::uint64_t job) override;
  void end(Member) override;
  void restart(Member) override;
  void connect(const FlowId&, std::uint64_t session) override;
  void strike(const FaultSpec&) override;

 private:
  enum class Phase { starting, serving, ended };
  struct Worker {
    Member member;
    Phase phase = Phase::ended;
    std::unique_ptr<ChildProcess> process;
    std::unique_ptr<ControlChannel> channel;
    Ready ready;
    std::optional<Probe> probe;
    bool answers = true;  // or has been asked, just now, whether it does
    std::string failure;  // in its own words
    std::chrono::steady_clock::time_point heard;
  };

  std::size_t number(const Member& m) const {
    return m.prefill ? m.index : scenario_.workers.prefill + m.index;
  }
  Worker& worker(const Member& m) { return *workers_[number(m)]; }
  void launch(Worker&);
  void accept();
  void welcome(asio::ip::tcp::socket);
  Worker* introduced(const nlohmann::json& introduction);
  void adopt(ControlChannel*, Worker&);
  void handle(Worker&, const ControlMessage&);
  void set_up(Worker&);
  /// Has prefill workers judge by what all of them measured.
  void spread_speeds();
  /// Gives up workers that end, or are not heard of for longer than that.
  void serve_until(const std::function<bool()>& done, Time patience);

  // What faults do.
  void watch_processes();
  void watch_silence(Time patience);
  void lost(Worker&, const std::string& symptom);
  void flow_lost(const FlowId&, std::uint64_t session, const std::string& why);
  void give_up(Worker&, const std::string& symptom);
  /// Under fail-fast: waits until it can be told who failed first, and ends the run with it;
  /// returns if nobody but the one that was noticed seems to have failed.
  void wait_for_culprit();
  void wake_later(Member, Time duration);

  static constexpr std::chrono::seconds kLongestProbe{30};

  asio::io_context& io_;
  EventLoop& loop_;
  const Scenario& scenario_;
  const Pipeline& pipeline_;
  HardwareProfile hardware_;  // the scenario's, as far as it has not been measured
  BackendKind backend_;
  SharedLink link_;
  Secret secret_;
  asio::ip::tcp::acceptor acceptor_;
  std::optional<Descriptor> staging_;                      // of a transport with shared memory
  std::vector<std::uint32_t> gpus_;                        // by worker; none of backend cpu
  std::vector<Cores> cores_;                               // by worker
  std::vector<std::unique_ptr<Worker>> workers_;           // prefill workers first
  std::vector<std::unique_ptr<ControlChannel>> visitors_;  // connected, not introduced yet
  Supervisor supervisor_;
  Dispatcher* dispatcher_ = nullptr;
  std::string congestion_control_;
  bool ending_ = false;
  std::vector<std::pair<FlowId, std::string>> reasons_;  // told meanwhile, for the loss of flows
};

}  // namespace splitbench
