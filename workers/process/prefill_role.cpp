#include <asio/ip/tcp.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "workers/device/real_engine.hpp"
#include "workers/prefill_worker.hpp"
#include "workers/process/worker_machine.hpp"
#include "workers/process/worker_role.hpp"
#include "workers/transport/flow_memory.hpp"
#include "workers/transport/tcp_sender.hpp"

namespace splitbench {
namespace {

class PrefillRole final : public WorkerRole {
 public:
  PrefillRole(asio::io_context& io, const WorkerSetup& setup, const Secret& secret,
              ControlChannel& channel)
      : machine_(io, setup, channel),
        reporter_(channel),
        keeper_(machine_.codebooks()),
        engine_(io, *machine_.backend, machine_.setup.pipeline, setup.compute, machine_.compute,
                [this](const Job& job, std::uint32_t slot) {
                  machine_.attend();
                  return senders_[job.decode_worker]->destination(slot);
                }) {
    if (setup.transport_kind == TransportKind::shm) shared_ = make_shared_memory(setup, true);
    if (setup.transport_kind == TransportKind::peer)
      opened_.emplace(machine_.buffer_plan(), setup.decode_workers);
    std::vector<Sender*> all;
    for (std::uint32_t decode = 0; decode < setup.decode_workers; ++decode)
      all.push_back(&make_sender(decode, machine_.tcp_options(secret)));
    worker_.emplace(machine_.loop, machine_.setup.pipeline, engine_, keeper_, all, reporter_);
    channel.send("ready", Ready{});
  }

  void handle(const std::string& type, const nlohmann::json& body) override {
    if (type == "renew") worker_->renew();
    if (type == "connect") connect(body.get<Connect>());
    if (type == "job") worker_->start(body.get<Job>());
    if (type == "drop") worker_->drop(body.get<Drop>().job);
    if (type == "strike") strike(body.get<Strike>());
    if (type == "probe")
      machine_.channel.send("probed", machine_.probe(true, body.get<ProbeOrder>(),
                                                     senders_.front()->destination(0).slot));
    if (type == "speeds") judge_by(body.get<HardwareProfile>());
  }

 private:
  void judge_by(const HardwareProfile& hardware) {
    keeper_ = CodebookKeeper(machine_.codebooks_by(hardware));
    worker_->renew();
  }

  TcpSender& make_sender(std::uint32_t decode, TcpOptions options) {
    const FlowId flow{machine_.setup.index, decode};
    TcpSender& sender = *senders_.emplace_back(std::make_unique<TcpSender>(
        machine_.io, machine_.loop, machine_.link, flow, std::move(options), slots(decode)));
    sender.on_up = [this, flow, &sender](std::uint64_t session) {
      machine_.channel.send("flow_up",
                            FlowEvent{.prefill = flow.sender,
                                      .decode = flow.receiver,
                                      .session = session,
                                      .why = {},
                                      .congestion_control = sender.congestion_control()});
    };
    sender.on_lost = [this, flow](std::uint64_t session, const std::string& why) {
      machine_.channel.send("flow_lost", FlowEvent{flow.sender, flow.receiver, session, why, {}});
    };
    return sender;
  }

  SlotMemory slots(std::uint32_t decode) {
    if (!shared_ && !opened_) return machine_.slots();
    const FlowMemory& memory = shared_ ? *shared_ : *opened_;
    return [&memory, decode](std::uint32_t buffer) { return memory.buffer(decode, buffer); };
  }

  void connect(const Connect& order) {
    if (opened_) {
      opened_->open(order.decode, order.memory.at(0));
      senders_.at(order.decode)->reaches(opened_->pool(order.decode));
    }
    senders_.at(order.decode)
        ->connect({asio::ip::make_address(order.address), order.port}, order.session);
  }

  void strike(const Strike& strike) {
    senders_.at(strike.peer)->misbehave({mischief_of(strike.fault), strike.duration});
  }

  WorkerMachine machine_;
  std::unique_ptr<FlowMemory> shared_;  // transport shm
  std::optional<OpenedMemory> opened_;  // transport peer
  Reporter reporter_;
  CodebookKeeper keeper_;
  std::vector<std::unique_ptr<TcpSender>> senders_;
  std::optional<PrefillWorker> worker_;
  RealPrefillEngine engine_;  // the last, so the first to go: its lanes may be at work on a job
};

}  // namespace

std::unique_ptr<WorkerRole> make_prefill_role(asio::io_context& io, const WorkerSetup& setup,
                                              const Secret& secret, ControlChannel& channel) {
  return std::make_unique<PrefillRole>(io, setup, secret, channel);
}

}  // namespace splitbench
