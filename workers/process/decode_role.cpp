#include <asio/ip/tcp.hpp>
#include <fmt/format.h>
#include <optional>
#include <utility>

#include "network/tcp/listener.hpp"
#include "network/tcp/rejection_log.hpp"
#include "workers/decode_worker.hpp"
#include "workers/device/real_engine.hpp"
#include "workers/process/worker_machine.hpp"
#include "workers/process/worker_role.hpp"
#include "workers/transport/flow_memory.hpp"
#include "workers/transport/flow_receiver.hpp"
#include "workloads/printable_text.hpp"

namespace splitbench {
namespace {

class DecodeRole final : public WorkerRole {
 public:
  DecodeRole(asio::io_context& io, const WorkerSetup& setup, const Secret& secret,
             ControlChannel& channel)
      : machine_(io, setup, channel),
        memory_(machine_.flow_memory(false)),
        reporter_(channel),
        receiver_(io, machine_.loop, machine_.link, setup.index, setup.prefill_workers,
                  machine_.flow_options(secret), memory_->slots_of_all()),
        rejections_(fmt::format("decode worker {} ", setup.index)),
        listener_(
            io, {asio::ip::make_address(setup.listen), 0},
            CallerBounds::beside(std::size_t{setup.prefill_workers} * setup.transport.streams),
            [this](asio::ip::tcp::socket socket) { return receiver_.accept(std::move(socket)); }),
        engine_(io, machine_.loop, *machine_.backend, machine_.setup.pipeline, setup.compute,
                machine_.compute, receiver_, machine_.lane_spin()) {
    worker_.emplace(machine_.loop, machine_.setup.pipeline, engine_, receiver_, reporter_);
    receiver_.on_chunk = [this, take = receiver_.on_chunk](std::uint32_t prefill, std::uint64_t job,
                                                           const Arrived& chunk) {
      machine_.attend();
      take(prefill, job, chunk);
    };
    receiver_.on_lost = [this](std::uint32_t sender, std::uint64_t session,
                               const std::string& why) {
      machine_.channel.send(FlowLost{sender, machine_.setup.index, session, why});
    };
    receiver_.on_duplicate = [this](std::uint32_t sender) {
      machine_.channel.send(Duplicate{sender, machine_.setup.index});
    };
    receiver_.on_rejected = [this](const std::string& who, const std::string& why) {
      if (const auto line = rejections_.rejected(who, why)) say(*line);
    };
    channel.send(Ready{.port = listener_.address().port(), .memory = memory_->handles()});
  }

  void handle(const ControlMessage& message) override {
    std::visit(
        Overloaded{[&](const Job& job) {
                     if (!machine_.setup.pipeline.join_on_order) throw unexpected(message);
                     worker_->join(job);
                   },
                   [this](const Drop& drop) { worker_->drop(drop.job); },
                   [this](const InjectFault& order) { inject(order); },
                   [this](const ProbeOrder& order) {
                     machine_.channel.send(machine_.probe(false, order, memory_->slots_of_all()));
                   },
                   [&](const auto&) { throw unexpected(message); }},
        message);
  }

 private:
  void inject(const InjectFault& order) {
    if (order.fault == FaultKind::pool_full)
      worker_->fill_pool_until(machine_.loop.now() + order.duration);
    else
      receiver_.inject(order.remote, {connection_fault(order.fault), order.duration});
  }

  WorkerMachine machine_;
  std::unique_ptr<FlowMemory> memory_;
  Reporter reporter_;
  FlowReceiver receiver_;
  std::optional<DecodeWorker> worker_;
  RejectionLog rejections_;
  Listener listener_;
  RealDecodeEngine engine_;  // last member, so destroyed first: its lanes may be at work on a job
};

}  // namespace

std::unique_ptr<WorkerRole> make_decode_role(asio::io_context& io, const WorkerSetup& setup,
                                             const Secret& secret, ControlChannel& channel) {
  return std::make_unique<DecodeRole>(io, setup, secret, channel);
}

}  // namespace splitbench
