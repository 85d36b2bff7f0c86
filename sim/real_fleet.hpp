#pragma once
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "configs/scenario.hpp"
#include "network/shared_link.hpp"
#include "sim/child_process.hpp"
#include "sim/dispatcher.hpp"
#include "workers/control_channel.hpp"
#include "workers/pipeline.hpp"

namespace splitbench {

/// A worker process is gone or has given up; what() names it and why.
class WorkerLost : public std::runtime_error {
 public:
  WorkerLost(bool is_prefill, std::uint32_t index, const std::string& what)
      : std::runtime_error(what), prefill(is_prefill), worker(index) {}

  bool prefill;
  std::uint32_t worker;
};

/// The worker processes of a real run: started, set up, connected to each other, and ready for
/// jobs. They live as long as this object.
class RealFleet {
 public:
  /// `backend` is cpu or cuda. Returns when every worker is ready; throws WorkerLost,
  /// std::system_error.
  RealFleet(asio::io_context&, const Scenario&, const Pipeline&, BackendKind backend);
  ~RealFleet();
  RealFleet(const RealFleet&) = delete;
  RealFleet& operator=(const RealFleet&) = delete;

  /// What the workers report goes to `dispatcher` from now on.
  void report_to(Dispatcher* dispatcher) { dispatcher_ = dispatcher; }
  void start(const Job&);
  /// Serves the event loop until `done`. Throws WorkerLost when a worker ends before that, or is
  /// not heard of for kSilence: in a run each shows twice a second that it lives.
  void serve_run_until(const std::function<bool()>& done);
  /// An empty wire for the next run.
  void reset_link() { link_.reset(); }

  /// What a byte costs the codec with nobody beside it, by worker: nanoseconds.
  struct Probes {
    std::vector<double> prefill, decode;
  };
  Probes probe();

  /// Workers took turns on a GPU, so their times do not stand for themselves.
  bool gpu_shared() const { return gpu_shared_; }

 private:
  struct Worker {
    bool prefill;
    std::uint32_t index;
    ChildProcess process;
    std::unique_ptr<ControlChannel> channel;
    std::uint16_t port = 0;
    double probe = 0;
    std::string failure;  // in its own words
    std::chrono::steady_clock::time_point heard;

    std::string name() const {
      return (prefill ? "prefill worker " : "decode worker ") + std::to_string(index);
    }
  };

  void accept();
  void welcome(std::shared_ptr<Connection>);
  void handle(Worker&, const std::string& type, const nlohmann::json&);
  void set_up(BackendKind);
  void serve_until(const std::function<bool()>& done);
  void answered(std::size_t all, const std::string& waiting_for);
  [[noreturn]] void lose(Worker& first, const std::string& symptom);

  static constexpr std::chrono::seconds kSilence{8};

  asio::io_context& io_;
  const Scenario& scenario_;
  const Pipeline& pipeline_;
  SharedLink link_;
  std::string secret_;
  asio::ip::tcp::acceptor acceptor_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<std::unique_ptr<ControlChannel>> strangers_;  // connected, not introduced yet
  Dispatcher* dispatcher_ = nullptr;
  std::size_t answers_ = 0;
  bool stopping_ = false;
  bool gpu_shared_ = false;
};

}  // namespace splitbench
