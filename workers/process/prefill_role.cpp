#include <asio/ip/tcp.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "workers/device/real_engine.hpp"
#include "workers/prefill_worker.hpp"
#include "workers/process/worker_machine.hpp"
#include "workers/process/worker_role.hpp"
#include "workers/transport/flow_memory.hpp"
#include "workers/transport/flow_sender.hpp"

namespace splitbench {
namespace {

class PrefillRole final : public WorkerRole {
 public:
  PrefillRole(asio::io_context& io, const WorkerSetup& setup, const Secret& secret,
              ControlChannel& channel)
      : machine_(io, setup, channel),
        memory_(machine_.flow_memory(true)),
        reporter_(channel),
        keeper_(machine_.codebooks()),
        engine_(
            io, *machine_.backend, machine_.setup.pipeline, setup.compute, machine_.compute,
            [this](const Job& job, std::uint32_t slot) {
              machine_.attend();
              return senders_[job.decode_worker]->destination(slot);
            },
            machine_.lane_spin()) {
    std::vector<Sender*> all;
    for (std::uint32_t decode = 0; decode < setup.decode_workers; ++decode)
      all.push_back(&make_sender(decode, machine_.flow_options(secret)));
    worker_.emplace(machine_.loop, machine_.setup.pipeline, engine_, keeper_, all, reporter_);
    channel.send(Ready{});
  }

  void handle(const ControlMessage& message) override {
    std::visit(
        Overloaded{[this](const Renew&) { worker_->renew(); },
                   [this](const Connect& order) { connect(order); },
                   [this](const Job& job) {
                     machine_.attend();
                     worker_->start(job);
                   },
                   [this](const Drop& drop) { worker_->drop(drop.job); },
                   [this](const InjectFault& order) { inject(order); },
                   [this](const ProbeOrder& order) {
                     machine_.channel.send(machine_.probe(true, order, [this](std::uint32_t slot) {
                       return senders_.front()->destination(slot).slot;
                     }));
                   },
                   [this](const MeasuredSpeeds& speeds) { judge_by(speeds.hardware); },
                   [&](const auto&) { throw unexpected(message); }},
        message);
  }

 private:
  void judge_by(const HardwareProfile& hardware) {
    keeper_ = CodebookKeeper(machine_.codebooks_by(hardware));
    worker_->renew();
  }

  FlowSender& make_sender(std::uint32_t decode, FlowOptions options) {
    const FlowId flow{machine_.setup.index, decode};
    FlowSender& sender = *senders_.emplace_back(
        std::make_unique<FlowSender>(machine_.io, machine_.loop, machine_.link, flow,
                                     std::move(options), memory_->slots_to(decode)));
    sender.on_up = [this, flow, &sender](std::uint64_t session) {
      machine_.channel.send(FlowUp{.prefill = flow.sender,
                                   .decode = flow.receiver,
                                   .session = session,
                                   .congestion_control = sender.congestion_control()});
    };
    sender.on_lost = [this, flow](std::uint64_t session, const std::string& why) {
      machine_.channel.send(FlowLost{flow.sender, flow.receiver, session, why});
    };
    return sender;
  }

  void connect(const Connect& order) {
    FlowSender& sender = *senders_.at(order.decode);
    memory_->open(order.decode, order.memory);
    sender.reaches(memory_->pool(order.decode));
    sender.connect({asio::ip::make_address(order.address), order.port}, order.session);
  }

  void inject(const InjectFault& order) {
    senders_.at(order.remote)->inject({connection_fault(order.fault), order.duration});
  }

  WorkerMachine machine_;
  std::unique_ptr<FlowMemory> memory_;
  Reporter reporter_;
  CodebookKeeper keeper_;
  std::vector<std::unique_ptr<FlowSender>> senders_;
  std::optional<PrefillWorker> worker_;
  RealPrefillEngine engine_;  // last member, so destroyed first: its lanes may be at work on a job
};

}  // namespace

std::unique_ptr<WorkerRole> make_prefill_role(asio::io_context& io, const WorkerSetup& setup,
                                              const Secret& secret, ControlChannel& channel) {
  return std::make_unique<PrefillRole>(io, setup, secret, channel);
}

}  // namespace splitbench
