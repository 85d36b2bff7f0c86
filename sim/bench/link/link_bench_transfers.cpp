#include "sim/bench/link/link_bench_transfers.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <numeric>
#include <stdexcept>
#include <string>
#include <sys/prctl.h>

#include "network/real_loop.hpp"
#include "network/tcp/message.hpp"
#include "sim/bench/link/link_bench_board.hpp"
#include "sim/process/child_process.hpp"

namespace splitbench {
namespace {

/// Returns the number of a job, which holds its transfer and its sender.
std::uint64_t job_number(std::uint32_t transfer, std::uint32_t sender) {
  return std::uint64_t{transfer} << 32 | sender;
}
std::uint32_t sender_of(std::uint64_t job) {
  return static_cast<std::uint32_t>(job);
}

/// Sends one transfer after the other, each when all senders are ready for it.
class BenchSender {
 public:
  BenchSender(const LinkBenchCase& bench, const Wire& wire, SharedLink& link, BenchBoard& board,
              std::uint32_t flow)
      : plan_(bench),
        board_(board),
        flow_(flow),
        loop_(io_, bench.spin),
        buffers_(kBenchSlots),
        free_slots_(kBenchSlots),
        end_(
            io_, loop_, link, {flow, 0}, wire, board.port(),
            {.chunk_bytes = kBenchChunk, .slot_bytes = kBenchChunk, .slots = kBenchSlots},
            buffers_.slots(), [this] { meet(); },
            [](const std::string& reason) {
              throw std::runtime_error("lost the receiver: " + reason);
            }) {
    std::iota(free_slots_.begin(), free_slots_.end(), 0);
    end_.sender().on_departed = [this](std::uint32_t slot) {
      free_slots_.push_back(slot);
      send_ready();
    };
    end_.sender().on_credit = [this] { send_ready(); };
    end_.sender().on_applied = [this](std::uint64_t) { applied(); };
  }

  void run() { io_.run(); }

 private:
  FlowStamps& stamps() { return board_.stamps(transfer_, flow_); }

  void meet() {
    board_.arrive(transfer_, loop_.now());
    wait();
  }

  void wait() {
    constexpr Time kLookAgain{100'000};
    const Time begin = board_.begin(transfer_);
    if (begin > Time{0}) return loop_.at(begin, [this] { this->begin(); });
    loop_.after(kLookAgain, [this] { wait(); });
  }

  void begin() {
    job_ = bench_job(job_number(transfer_, flow_), flow_);
    sent_ = 0;
    end_.sender().begin(job_);
    sending_ = true;
    stamps().offered = RealLoop::clock_now();
    send_ready();
  }

  void send_ready() {
    Sender& sender = end_.sender();
    while (sending_ && sender.credits() > 0 && !free_slots_.empty()) {
      const std::uint32_t slot = free_slots_.back(), chunk = sent_++;
      free_slots_.pop_back();
      sending_ = sent_ < plan_.chunks_of(transfer_);
      sender.send(job_, chunk, slot, plan_.chunk_bytes(transfer_, chunk) - kMessageHeaderBytes,
                  loop_.now());
      if (!sending_) sender.end(job_, {});
    }
  }

  void applied() {
    stamps().sender_cpu = cpu_time() - cpu_before_;
    cpu_before_ = cpu_time();
    if (++transfer_ == plan_.transfers()) return io_.stop();
    meet();
  }

  TransferPlan plan_;
  BenchBoard& board_;
  std::uint32_t flow_;
  asio::io_context io_{1};
  RealLoop loop_;
  BenchBuffers buffers_;
  std::vector<std::uint32_t> free_slots_;
  SenderEnd end_;
  Job job_;
  std::uint32_t transfer_ = 0;
  std::uint32_t sent_ = 0;  // chunks of the transfer that were sent
  bool sending_ = false;    // the transfer has begun, and chunks of it are left
  Time cpu_before_{0};
};

/// Receives from all senders until each has sent all its transfers and closed its connection.
class BenchReceiver {
 public:
  BenchReceiver(const LinkBenchCase& bench, const Wire& wire, SharedLink& link, BenchBoard& board)
      : plan_(bench),
        shaped_(bench.shaped()),
        board_(board),
        flows_(bench.flows),
        loop_(io_, bench.spin),
        buffers_(kBenchSlots * bench.flows),
        end_(
            io_, loop_, link, bench.flows, wire,
            {.chunk_bytes = kBenchChunk,
             .slot_bytes = kBenchChunk,
             .slots = kBenchSlots * bench.flows},
            buffers_.slots(), [this](std::uint16_t port) { board_.open(port); },
            [this](std::uint32_t sender, const std::string& reason) { lost(sender, reason); }) {
    end_.receiver().on_begin = [](const Job&) {};
    end_.receiver().on_chunk = [this](std::uint32_t sender, std::uint64_t job,
                                      const Arrived& chunk) { arrived(sender, job, chunk); };
    end_.receiver().on_end = [this](std::uint64_t job, const std::vector<std::uint64_t>&) {
      const std::uint32_t sender = sender_of(job);
      flows_[sender].ended = true;
      finish(sender, job);
    };
  }

  void run() { io_.run(); }

 private:
  struct Flow {
    std::uint32_t transfer = 0;
    std::uint32_t chunks = 0;  // chunks of the transfer that have arrived
    bool ended = false;        // the sender has reported the end
  };

  void arrived(std::uint32_t sender, std::uint64_t job, const Arrived& chunk) {
    const Time now = RealLoop::clock_now();
    Flow& flow = flows_[sender];
    FlowStamps& stamps = board_.stamps(flow.transfer, sender);
    stamps.handed_on = now;
    if (shaped_ && chunk.landed > chunk.wire.arrival) ++stamps.late_chunks;
    ++flow.chunks;
    end_.receiver().release(sender, chunk.slot);
    finish(sender, job);
  }

  void finish(std::uint32_t sender, std::uint64_t job) {
    Flow& flow = flows_[sender];
    if (!flow.ended || flow.chunks < plan_.chunks_of(flow.transfer)) return;
    board_.stamps(flow.transfer, sender).receiver_cpu = cpu_time() - cpu_before_;
    cpu_before_ = cpu_time();
    flow = {.transfer = flow.transfer + 1};
    end_.receiver().applied(bench_job(job, sender));
  }

  void lost(std::uint32_t sender, const std::string& reason) {
    if (flows_[sender].transfer < plan_.transfers())
      throw std::runtime_error(fmt::format("lost sender {}: {}", sender, reason));
    if (++gone_ == flows_.size()) io_.stop();
  }

  TransferPlan plan_;
  bool shaped_;
  BenchBoard& board_;
  std::vector<Flow> flows_;
  asio::io_context io_{1};
  RealLoop loop_;
  BenchBuffers buffers_;
  ReceiverEnd end_;
  std::size_t gone_ = 0;
  Time cpu_before_{0};
};

/// Prepares a process of a bench; to be called before anything else in it.
void settle_in(const std::string& network_namespace) {
  prctl(PR_SET_TIMERSLACK, 1);  // nanoseconds
  enter_namespace(network_namespace);
}

void send_transfers(const LinkBenchCase& bench, const Wire& wire, SharedLink& link,
                    BenchBoard& board, std::uint32_t sender) {
  settle_in(wire.options.sender_namespace);
  BenchSender(bench, wire, link, board, sender).run();
}

void receive_transfers(const LinkBenchCase& bench, const Wire& wire, SharedLink& link,
                       BenchBoard& board) {
  settle_in(wire.options.receiver_namespace);
  BenchReceiver(bench, wire, link, board).run();
}

}  // namespace

std::vector<FlowStamps> time_transfers(const LinkBenchCase& bench, const WireOptions& options) {
  const TransferPlan plan(bench);
  Wire wire(options);
  if (bench.paced()) wire.options.pacing = bench.rate;
  SharedLink link = SharedLink::create(bench.link, bench.flows, 1);
  BenchBoard board(plan.transfers(), bench.flows);

  std::vector<ChildProcess> processes;
  processes.push_back(
      ChildProcess::fork("receiver", [&] { receive_transfers(bench, wire, link, board); }));
  for (std::uint32_t flow = 0; flow < bench.flows; ++flow)
    processes.push_back(ChildProcess::fork(
        "sender " + std::to_string(flow), [&] { send_transfers(bench, wire, link, board, flow); }));
  ChildProcess::wait_for(processes);

  const auto timed = board.all_stamps().subspan(std::size_t{TransferPlan::kWarmUps} * bench.flows);
  return {timed.begin(), timed.end()};
}

Time expected_duration(const LinkBenchCase& bench) {
  constexpr Time kStart{50'000'000}, kLongestWarmUp{100'000'000};
  return kStart + TransferPlan::kWarmUps * std::min(bench.ideal(), kLongestWarmUp) +
         bench.repeats * bench.ideal();
}

}  // namespace splitbench
