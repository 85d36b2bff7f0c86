#include "workers/worker_process.hpp"

#include <algorithm>
#include <asio/connect.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <sys/prctl.h>
#include <thread>
#include <unistd.h>
#include <utility>

#include "network/real_loop.hpp"
#include "network/shared_link.hpp"
#include "workers/backend.hpp"
#include "workers/control_channel.hpp"
#include "workers/decode_worker.hpp"
#include "workers/prefill_worker.hpp"
#include "workers/real_engine.hpp"
#include "workers/tcp_transport.hpp"

namespace splitbench {
namespace {

using asio::ip::tcp;

tcp::socket connect(asio::io_context& io, const std::string& host, std::uint16_t port) {
  tcp::socket socket(io);
  std::error_code error;
  const auto targets = tcp::resolver(io).resolve(host, std::to_string(port), error);
  if (!error) asio::connect(socket, targets, error);
  if (error) throw std::system_error(error, "connect to " + host + ":" + std::to_string(port));
  return socket;
}

/// Median nanoseconds a raw byte of packing (prefill) or unpacking (decode) with the codec on and
/// nobody beside it, chunk by chunk with pauses between them, as chunks come in a run.
Probe measure_alone(WorkerRole role, Backend& backend, const WorkerSetup& setup) {
  constexpr std::uint64_t kTokens = 1024;
  constexpr std::size_t kSamples = 30;
  constexpr auto kPause = std::chrono::milliseconds(5);
  const Pipeline& pipeline = setup.pipeline;
  const std::uint64_t room = setup.kv_bytes / (pipeline.model.elements_per_token() * 2);
  const Job job{.id = 0, .arm = Arm::splitzip, .requests = {{0, std::min(room, kTokens), 1}}};
  const std::vector<Chunk> chunks = pipeline.chunks(job.tokens());
  backend.fill(job, 0, 0, KvLayout(pipeline.model, job).tensors());

  std::vector<double> costs;
  for (std::size_t i = 0; i < kSamples; ++i) {
    const Chunk& chunk = chunks[i % chunks.size()];
    std::this_thread::sleep_for(kPause);
    const Packed packed = backend.pack(job, 0, chunk, 0);
    if (role == WorkerRole::decode) std::this_thread::sleep_for(kPause);
    const std::vector<Span> spans = role == WorkerRole::prefill
                                        ? packed.spans
                                        : backend.unpack(job, 0, chunk, 0, packed.payload_bytes);
    for (const Span& span : spans)
      if (span.stage == Stage::encode || span.stage == Stage::decode_codec)
        costs.push_back(static_cast<double>((span.end - span.begin).count()) /
                        static_cast<double>(chunk.elements * 2));
  }
  const auto middle = costs.begin() + static_cast<std::ptrdiff_t>(costs.size() / 2);
  std::ranges::nth_element(costs, middle);
  return {.codec = *middle};
}

constexpr auto kHeartbeat = std::chrono::milliseconds(500);

/// How long before a moment a worker begins to spin for it: only where each of its threads, and a
/// few others, can have a core to themselves.
Time spin_of(const WorkerSetup& setup) {
  constexpr Time kSpin{60'000};
  const std::uint32_t workers = setup.prefill_workers + setup.decode_workers;
  return std::thread::hardware_concurrency() >= 5 * workers ? kSpin : Time{0};
}

/// Everything that a set-up worker owns, whichever its role.
struct Machine {
  Machine(asio::io_context& context, const WorkerSetup& s)
      : io(context),
        setup(s),
        loop(context, spin_of(s)),
        link(SharedLink::attach(s.link_descriptor)),
        source(KvSource::load(s.kv, s.pipeline.model, s.seed)),
        compute{s.pipeline.model, s.hardware, s.compute_scale},
        staging(plan_staging(s.pipeline.staging)) {
    const BackendSpec spec{setup.pipeline, source, setup.kv_bytes};
    backend = s.backend == BackendKind::cuda ? make_cuda_backend(spec) : make_cpu_backend(spec);
  }
  SlotMemory slots() {
    return [this](std::uint32_t slot) { return backend->slot(slot); };
  }

  asio::io_context& io;
  WorkerSetup setup;
  RealLoop loop;
  SharedLink link;
  KvSource source;
  ComputeModel compute;
  StagingPlan staging;
  std::unique_ptr<Backend> backend;
};

/// Tells the coordinator what a worker's policy observes.
class Reporter final : public PrefillObserver, public DecodeObserver {
 public:
  explicit Reporter(ControlChannel& channel) : channel_(channel) {}

  void on(const PrefillBegan& e) override { channel_.send("prefill_began", e); }
  void on(const PrefillComputed& e) override { channel_.send("prefill_computed", e); }
  void on(const PrefillReleased& e) override { channel_.send("prefill_released", e); }
  void on(const Installed& e) override { channel_.send("installed", e); }
  void on(const Finished& e) override { channel_.send("finished", e); }
  void on(const Verified& e) override { channel_.send("verified", e); }

 private:
  ControlChannel& channel_;
};

/// A worker as the coordinator sees it: answers each control message.
class Role {
 public:
  virtual ~Role() = default;
  virtual void handle(const std::string& type, const nlohmann::json& body) = 0;
};

class PrefillRole final : public Role {
 public:
  PrefillRole(Machine& machine, ControlChannel& channel, std::string secret)
      : machine_(machine),
        channel_(channel),
        secret_(std::move(secret)),
        reporter_(channel),
        engine_(machine.io, *machine.backend, machine.setup.pipeline, machine.setup.compute,
                machine.compute) {
    channel_.send("ready", nlohmann::json::object());
  }

  void handle(const std::string& type, const nlohmann::json& body) override {
    if (type == "connect") connect_to(body.at("ports"));
    if (type == "job") worker_->start(body.get<Job>());
    if (type == "probe")
      channel_.send("probed",
                    measure_alone(WorkerRole::prefill, *machine_.backend, machine_.setup));
  }

 private:
  void connect_to(const std::vector<std::uint16_t>& ports) {
    std::vector<Sender*> all;
    const WorkerSetup& setup = machine_.setup;
    for (std::uint32_t decode = 0; decode < ports.size(); ++decode) {
      auto& sender = senders_.emplace_back(std::make_unique<TcpSender>(
          machine_.loop, machine_.link, FlowId{setup.index, decode},
          machine_.staging.credits_per_sender(setup.prefill_workers), machine_.slots()));
      sender->start(std::make_shared<Connection>(connect(machine_.io, "127.0.0.1", ports[decode])),
                    secret_, [decode](const std::string& reason) {
                      throw std::runtime_error("lost decode worker " + std::to_string(decode) +
                                               ": " + reason);
                    });
      all.push_back(sender.get());
    }
    worker_.emplace(machine_.loop, machine_.setup.pipeline, engine_, all, reporter_);
    channel_.send("connected", nlohmann::json::object());
  }

  Machine& machine_;
  ControlChannel& channel_;
  std::string secret_;
  Reporter reporter_;
  std::vector<std::unique_ptr<TcpSender>> senders_;
  std::optional<PrefillWorker> worker_;
  RealPrefillEngine engine_;  // the last, so the first to go: its lanes may be at work on a job
};

class DecodeRole final : public Role {
 public:
  DecodeRole(Machine& machine, ControlChannel& channel, std::string secret)
      : machine_(machine),
        channel_(channel),
        reporter_(channel),
        receiver_(machine.loop, machine.link, machine.setup.index, machine.setup.prefill_workers,
                  machine.staging, machine.slots(), std::move(secret)),
        acceptor_(machine.io, tcp::endpoint(asio::ip::address_v4::loopback(), 0)),
        engine_(machine.io, machine.loop, *machine.backend, machine.setup.pipeline,
                machine.setup.compute, machine.compute) {
    worker_.emplace(machine.loop, machine.setup.pipeline, engine_, receiver_, reporter_);
    receiver_.on_lost = [](std::uint32_t sender, const std::string& reason) {
      throw std::runtime_error("lost prefill worker " + std::to_string(sender) + ": " + reason);
    };
    accept();
    channel_.send("ready", nlohmann::json{{"port", acceptor_.local_endpoint().port()}});
  }

  void handle(const std::string& type, const nlohmann::json&) override {
    if (type == "probe")
      channel_.send("probed", measure_alone(WorkerRole::decode, *machine_.backend, machine_.setup));
  }

 private:
  void accept() {
    acceptor_.async_accept([this](std::error_code error, tcp::socket socket) {
      if (error) throw std::system_error(error, "accept a prefill worker's connection");
      receiver_.accept(std::make_shared<Connection>(std::move(socket)));
      accept();
    });
  }

  Machine& machine_;
  ControlChannel& channel_;
  Reporter reporter_;
  TcpReceiver receiver_;
  std::optional<DecodeWorker> worker_;
  tcp::acceptor acceptor_;
  RealDecodeEngine engine_;  // the last, so the first to go: its lanes may be at work on a job
};

/// Serves what is under way a little longer, until the coordinator has heard of a failure.
void flush(asio::io_context& io) {
  try {
    io.restart();
    io.run_for(std::chrono::milliseconds(100));
  } catch (const std::exception&) {
    // The same failure, seen from another connection or lane.
  }
}

}  // namespace

bool run_worker(WorkerRole role, const std::string& host, std::uint16_t port) {
  prctl(PR_SET_TIMERSLACK, 1);  // nanoseconds; threads made from here on inherit it
  const char* secret = std::getenv(kSecretVariable);
  if (!secret)
    throw std::runtime_error(std::string("a worker needs the run's secret in ") + kSecretVariable);

  asio::io_context io(1);
  ControlChannel channel(std::make_shared<Connection>(connect(io, host, port)));
  std::optional<Machine> machine;
  std::unique_ptr<Role> work;
  const std::function<void()> show_life = [&] {
    channel.send("alive", nlohmann::json::object());
    machine->loop.after(kHeartbeat, show_life);
  };
  channel.start(
      [&](const std::string& type, const nlohmann::json& body) {
        if (type == "stop") return io.stop();
        if (type != "setup") return work->handle(type, body);
        machine.emplace(io, body.get<WorkerSetup>());
        if (role == WorkerRole::prefill)
          work = std::make_unique<PrefillRole>(*machine, channel, secret);
        else
          work = std::make_unique<DecodeRole>(*machine, channel, secret);
        show_life();
      },
      [](const std::string& reason) {
        throw std::runtime_error("lost the coordinator: " + reason);
      });
  channel.send("hello", nlohmann::json{{"role", role == WorkerRole::prefill ? "prefill" : "decode"},
                                       {"pid", getpid()},
                                       {"secret", secret}});
  try {
    io.run();
  } catch (const std::exception& error) {
    channel.send("failed", nlohmann::json{{"why", error.what()}});
    flush(io);
    return false;
  }
  return true;
}

}  // namespace splitbench
