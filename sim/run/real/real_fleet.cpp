#include "sim/run/real/real_fleet.hpp"

#include <algorithm>
#include <asio/steady_timer.hpp>
#include <cerrno>
#include <csignal>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <memory>
#include <span>
#include <system_error>
#include <utility>
#include <vector>

#include "sim/run/dispatch/link_rate.hpp"
#include "sim/run/dispatch/shard_scenario.hpp"
#include "workers/device/worker_speeds.hpp"
#include "workers/plan/staging.hpp"
#include "workers/process/worker_process.hpp"
#include "workers/transport/shared_memory.hpp"
#include "workloads/printable_text.hpp"

namespace splitbench {

namespace {

using asio::ip::tcp;
using std::chrono::steady_clock;

/// Returns the number of workers' shards.
std::uint32_t count(const Scenario& scenario) {
  return (scenario.workers.prefill + scenario.workers.decode) * scenario.pipeline.shards.count;
}

/// True if the dispatcher handles this type of message.
template <class Message>
constexpr bool kIsEvent = requires(Dispatcher& dispatcher, const Message& message) {
  dispatcher.on(message);
};

std::vector<SharedLink> links_of(const Scenario& scenario) {
  std::vector<SharedLink> links;
  for (std::uint32_t shard = 0; shard < scenario.pipeline.shards.count; ++shard)
    links.push_back(
        SharedLink::create(scenario.link, scenario.workers.prefill, scenario.workers.decode));
  return links;
}

std::vector<Descriptor> staging_of(const Scenario& scenario) {
  std::vector<Descriptor> staging;
  if (!traits_of(scenario.transport).shared_memory) return staging;
  const std::uint64_t bytes =
      shared_staging_bytes(scenario.transport, scenario.pipeline.staging_plan(),
                           scenario.workers.prefill, scenario.workers.decode);
  for (std::uint32_t shard = 0; shard < scenario.pipeline.shards.count; ++shard)
    staging.push_back(create_shared_memory(bytes));
  return staging;
}

/// Returns whether a connection ended because the process at its remote end did: that process's
/// kernel closes or resets the connection. Any other reason, such as an unknown message, is worth
/// reporting.
bool is_end_of_process(const std::string& why) {
  const auto ends_with = [&](int error) {
    return why.ends_with(std::generic_category().message(error));
  };
  return why.starts_with(kRemoteEndClosed) || ends_with(ECONNRESET) || ends_with(EPIPE);
}

}  // namespace

RealFleet::RealFleet(asio::io_context& io, EventLoop& loop, const Scenario& scenario,
                     const Pipeline& pipeline, BackendKind backend)
    : io_(io),
      loop_(loop),
      scenario_(scenario),
      pipeline_(pipeline),
      hardware_(scenario.hardware),
      backend_(backend),
      shards_(pipeline.shards.count),
      links_(links_of(scenario)),
      secret_(Secret::make()),
      listener_(io, {asio::ip::make_address(scenario.listen), 0},
                CallerBounds::beside(count(scenario)),
                [this](tcp::socket socket) { return accept(std::move(socket)); }),
      staging_(staging_of(scenario)),
      gpus_(backend == BackendKind::cuda ? gpus_of_workers(scenario)
                                         : std::vector<std::uint32_t>()),
      share_processes_(scenario.share_process && is_shared(gpus_) && scenario.faults.empty() &&
                       scenario.on_fault == OnFault::fail_fast &&
                       !traits_of(scenario.transport).device_memory),
      cores_(cores_of_workers(gpus_, count(scenario))),
      supervisor_(loop, scenario, *this) {
  for (std::uint32_t i = 0; i < count(scenario); ++i) {
    const std::uint32_t worker = i / shards_;
    const bool prefill = worker < scenario.workers.prefill;
    workers_.push_back(std::make_unique<Worker>());
    workers_.back()->member = {prefill, prefill ? worker : worker - scenario.workers.prefill};
    workers_.back()->shard = i % shards_;
    launch(*workers_.back());
  }
  settle();
}

RealFleet::~RealFleet() {
  ending_ = true;
  for (const auto& w : workers_)
    if (w->channel) w->channel->send(Stop{});
  const auto deadline = steady_clock::now() + std::chrono::seconds(2);
  const auto all_ended = [&] {
    return std::ranges::all_of(
        workers_, [](const auto& w) { return !w->process || !w->process->ended().empty(); });
  };
  while (!all_ended() && steady_clock::now() < deadline)
    io_.run_one_for(std::chrono::milliseconds(10));
}

std::size_t RealFleet::leader(std::size_t number) const {
  if (!share_processes_) return number;
  return static_cast<std::size_t>(std::ranges::find(gpus_, gpus_[number]) - gpus_.begin());
}

void RealFleet::launch(Worker& w) {
  w.phase = Phase::starting;
  w.answers = true;
  w.failure.clear();
  w.closed = false;
  w.heard = steady_clock::now();
  const std::size_t own = number(w.member, w.shard);
  const std::size_t first = leader(own);
  if (first != own) {
    w.process = workers_[first]->process;
    return;
  }
  std::vector<const char*> roles;
  for (std::size_t i = first; i < count(scenario_); ++i)
    if (leader(i) == first)
      roles.push_back(i / shards_ < scenario_.workers.prefill ? "prefill" : "decode");
  std::vector<std::string> environment;
  if (!gpus_.empty())
    environment.push_back("CUDA_VISIBLE_DEVICES=" + visible_to(own, gpus_, visible_gpus()));
  const auto target = listener_.address();
  w.process = std::make_shared<ChildProcess>(
      std::vector<std::string>{"worker", fmt::format("{}", fmt::join(roles, ",")), "--connect",
                               fmt::format("{}:{}", target.address().to_string(), target.port())},
      environment, ChildStreams{.output = {}, .errors = {}, .input = secret_.hex()});
}

std::shared_ptr<Connection> RealFleet::accept(tcp::socket socket) {
  ControlChannel* channel =
      unauthenticated_.emplace_back(std::make_unique<ControlChannel>(std::move(socket))).get();
  auto known = std::make_shared<Worker*>(nullptr);
  channel->answer(
      secret_,
      [this](const nlohmann::json& introduction) {
        return introduced(introduction) ? "" : "this is none of the run's workers";
      },
      {.opened =
           [this, channel, known](const nlohmann::json& introduction) {
             *known = introduced(introduction);
             adopt(channel, **known);
           },
       .message =
           [this, channel, known](const ControlMessage& message) {
             if ((*known)->channel.get() == channel) handle(**known, message);
           },
       .closed =
           [this, channel, known](const std::string& why) {
             if (!*known) {
               if (const auto line = rejections_.rejected(channel->remote_address(), why))
                 say(*line);
               std::erase_if(unauthenticated_, [&](const auto& v) { return v.get() == channel; });
             } else if ((*known)->channel.get() == channel) {
               (*known)->closed = true;
               if (ending_) return;
               if (!is_end_of_process(why)) (*known)->failure = why;
               lost(**known, " closed its connection");
             }
           }});
  return channel->connection();
}

RealFleet::Worker* RealFleet::introduced(const nlohmann::json& introduction) {
  for (const auto& w : workers_)
    if (w->process && w->phase == Phase::starting && !w->channel && introduction.is_object() &&
        introduction.value("pid", 0) == w->process->pid() &&
        introduction.value("role", "") == (w->member.prefill ? "prefill" : "decode"))
      return w.get();
  return nullptr;
}

void RealFleet::adopt(ControlChannel* channel, Worker& w) {
  const auto self =
      std::ranges::find(unauthenticated_, channel, &std::unique_ptr<ControlChannel>::get);
  w.channel = std::move(*self);
  unauthenticated_.erase(self);
  set_up(w);
}

void RealFleet::set_up(Worker& w) {
  const Shards& shards = pipeline_.shards;
  const ComputeModel compute = compute_of(scenario_, w.member.prefill);
  // Matrix products are done, and not timed: the shards of a rank share them out.
  const bool shared_out = scenario_.compute == ComputeKind::gemm;
  Pipeline pipeline = pipeline_;
  pipeline.model.part = part_of_shard(pipeline.model.whole(), shards, w.shard);
  pipeline.join_on_order = shards_ > 1;
  w.channel->send(
      WorkerSetup{.index = w.member.index,
                  .prefill_workers = scenario_.workers.prefill,
                  .decode_workers = scenario_.workers.decode,
                  .pipeline = pipeline,
                  .hardware = hardware_,
                  .compute = scenario_.compute,
                  .compute_scale = compute.scale * (!shared_out        ? 1
                                                    : w.member.prefill ? shards.of_prefill_rank
                                                                       : shards.of_decode_rank),
                  .kv_copies = compute.kv_copies,
                  .backend = backend_,
                  .codecs = scenario_.codecs,
                  .arms = scenario_.arms,
                  .kv = scenario_.kv,
                  .drift = scenario_.drift,
                  .wire_bytes_per_s = wire_bytes_per_s(scenario_),
                  .seed = scenario_.seed,
                  .kv_bytes = w.member.prefill ? scenario_.prefill_memory : scenario_.decode_memory,
                  .link_descriptor = links_[w.shard].descriptor(),
                  .staging_descriptor = staging_.empty() ? -1 : staging_[w.shard].number(),
                  .listen = scenario_.listen,
                  .transport_kind = scenario_.transport,
                  .transport = scenario_.transport_options,
                  .cores = cores_[number(w.member, w.shard)],
                  .heartbeat_timeout = scenario_.heartbeat_timeout});
}

void RealFleet::handle(Worker& w, const ControlMessage& message) {
  w.heard = steady_clock::now();
  std::visit(Overloaded{[](const Alive&) {}, [&](const Pong&) { w.answers = true; },
                        [&](const Ready& ready) {
                          w.ready = ready;
                          w.phase = Phase::serving;
                          if (std::ranges::all_of(shards_of(w.member), [](const auto& shard) {
                                return shard->phase == Phase::serving;
                              }))
                            supervisor_.returned(w.member);
                        },
                        [&](const Probe& probe) { w.probe = probe; },
                        [&](const Failed& failed) {
                          w.failure = failed.why;
                          lost(w, "");
                        },
                        [this](const FlowUp& flow) {
                          congestion_control_ = flow.congestion_control;
                          count_flow_up(flow);
                        },
                        [&](const FlowLost& flow) {
                          flow_lost({flow.prefill, flow.decode}, flow.session,
                                    shards_ == 1 || flow.why.starts_with(kRemoteEndClosed)
                                        ? flow.why
                                        : fmt::format("shard {}: {}", w.shard, flow.why));
                        },
                        [this](const Duplicate& flow) {
                          supervisor_.noticed({flow.prefill, flow.decode},
                                              "a message came twice, and was discarded");
                        },
                        [&]<class Other>(const Other& event) {
                          if constexpr (kIsEvent<Other>) {
                            report(w, event);
                          } else {
                            throw unexpected(message);
                          }
                        }},
             message);
}

void RealFleet::count_flow_up(const FlowUp& flow) {
  const std::tuple coming{flow.prefill, flow.decode, flow.session};
  if (++shards_up_[coming] < shards_) return;
  shards_up_.erase(coming);
  supervisor_.flow_up({flow.prefill, flow.decode}, flow.session);
}

void RealFleet::report_to(Dispatcher* dispatcher) {
  dispatcher_ = dispatcher;
  arriving_.clear();
  reports_.reset();
  if (dispatcher && shards_ > 1)
    reports_.emplace(shards_, *dispatcher, *dispatcher, [this](std::uint64_t job) { decode(job); });
}

template <class Event>
void RealFleet::report(const Worker& w, const Event& event) {
  if (reports_)
    reports_->on(w.shard, event);
  else if (dispatcher_)
    dispatcher_->on(event);
}

void RealFleet::decode(std::uint64_t job) {
  const auto found = arriving_.extract(job);
  if (found.empty()) return;
  if (const auto& channel = worker({false, found.mapped().decode_worker}).channel)
    channel->send(found.mapped());
}

std::vector<std::vector<JobRecord>> RealFleet::by_shard(const std::vector<JobRecord>& jobs) const {
  std::vector<std::vector<JobRecord>> all(shards_, jobs);
  if (reports_)
    for (std::uint32_t shard = 0; shard < shards_; ++shard) reports_->add_to(all[shard], shard);
  return all;
}

std::string RealFleet::name(const Worker& w) const {
  return shards_ == 1 ? name_of(w.member) : fmt::format("{}, shard {}", name_of(w.member), w.shard);
}

void RealFleet::settle() {
  const auto deadline = steady_clock::now() + std::chrono::minutes(5);
  for (const auto& w : workers_) {
    w->answers = w->phase != Phase::serving;
    if (!w->answers) w->channel->send(Ping{});
  }
  serve_run_until([&] {
    if (steady_clock::now() > deadline)
      throw std::runtime_error("the workers did not come up within 5 minutes");
    return supervisor_.all_up() && std::ranges::all_of(workers_, [](const auto& w) {
             return w->answers || w->phase == Phase::ended;
           });
  });
}

Time RealFleet::renew_wire() {
  for (const auto& w : workers_)
    if (w->member.prefill && w->phase == Phase::serving) w->channel->send(Renew{});
  for (SharedLink& link : links_)
    link.reset();  // must precede any request for the next chunk's number
  supervisor_.renew();
  settle();
  Time begun{0};
  for (SharedLink& link : links_) begun = link.reset();
  return begun;
}

void RealFleet::serve_run_until(const std::function<bool()>& done) {
  serve_until(done, scenario_.heartbeat_timeout);
}

void RealFleet::serve_until(const std::function<bool()>& done, Time patience) {
  constexpr auto kSleep = std::chrono::milliseconds(100);
  for (const auto& w : workers_) w->heard = steady_clock::now();
  auto looked = steady_clock::now();
  while (!done()) {
    io_.run_one_for(kSleep);
    const auto asleep = steady_clock::now() - looked;
    // Whoever was kept from running itself has not listened: the others were not silent.
    if (asleep > 2 * kSleep)
      for (const auto& w : workers_) w->heard += asleep;
    looked = steady_clock::now();
    watch_processes();
    watch_silence(patience);
  }
}

void RealFleet::start(const Job& job) {
  if (shards_ > 1) arriving_.emplace(job.id, job);
  for (const auto& w : shards_of({true, job.prefill_worker})) w->channel->send(job);
}

void RealFleet::drop(Member member, std::uint64_t job) {
  arriving_.erase(job);
  for (const auto& w : shards_of(member))
    if (w->channel) w->channel->send(Drop{job});
}

void RealFleet::end(Member member) {
  for (const auto& w : shards_of(member)) {
    w->phase = Phase::ended;
    // The channel outlives its handlers, which may be running.
    if (w->channel) loop_.post([channel = std::shared_ptr(std::move(w->channel))] {});
    w->process.reset();
  }
}

void RealFleet::restart(Member member) {
  for (const auto& w : shards_of(member)) launch(*w);
}

void RealFleet::connect(const FlowId& flow, std::uint64_t session) {
  for (const auto& w : shards_of(prefill_end(flow))) {
    const Ready& decode = worker(decode_end(flow), w->shard).ready;
    Connect order{.decode = flow.receiver,
                  .address = scenario_.listen,
                  .port = decode.port,
                  .session = session,
                  .memory = {}};
    if (!decode.memory.empty()) order.memory = {decode.memory.at(flow.sender)};
    w->channel->send(order);
  }
}

// Detection of faults

void RealFleet::watch_processes() {
  for (const auto& w : workers_)
    if (w->phase != Phase::ended && !w->process->ended().empty()) lost(*w, "");
}

void RealFleet::watch_silence(Time patience) {
  for (const auto& w : workers_)
    if (w->phase == Phase::serving && steady_clock::now() - w->heard > patience)
      lost(*w, fmt::format(" {}", was_not_heard_of(patience)));
}

void RealFleet::lost(Worker& w, const std::string& symptom) {
  if (ending_ || w.phase == Phase::ended) return;
  if (scenario_.on_fault == OnFault::fail_fast) wait_for_culprit();
  give_up(w, symptom);
}

void RealFleet::give_up(Worker& w, const std::string& symptom) {
  const std::string end = w.process->ended();
  const std::string why = !w.failure.empty() ? ": " + w.failure
                          : !end.empty()     ? " " + end
                                             : symptom;
  const std::string what = fmt::format("{} (pid {}){}", name(w), w.process->pid(), why);
  w.phase = Phase::ended;
  supervisor_.lost(w.member, what);
}

void RealFleet::flow_lost(const FlowId& flow, std::uint64_t session, const std::string& why) {
  if (supervisor_.session(flow) != session) return;
  const bool knows_why = !why.starts_with(kRemoteEndClosed);
  if (ending_) {
    if (knows_why) reasons_.emplace_back(flow, why);
    return;
  }
  if (scenario_.on_fault == OnFault::fail_fast) wait_for_culprit();
  const auto other_end = std::ranges::find(reasons_, flow, [](const auto& r) { return r.first; });
  supervisor_.flow_lost(flow, session,
                        knows_why || other_end == reasons_.end() ? why : other_end->second);
}

void RealFleet::wait_for_culprit() {
  // A worker that dies ends its connections, which their remote ends report as lost. The culprit is
  // the worker that was killed, that reported why it gave up, or that stands still, whichever was
  // noticed first.
  using std::chrono::milliseconds;
  ending_ = true;
  const auto noticed = steady_clock::now();
  const Time silence = scenario_.heartbeat_timeout / 2;  // heartbeats come twice as often
  const auto is_killed = [](const auto& w) {
    return w->process->ended().find("killed") != std::string::npos;
  };
  const auto has_failed = [](const auto& w) { return !w->failure.empty(); };
  const auto is_silent = [&](const auto& w) {
    return w->phase == Phase::serving && noticed - w->heard > silence;
  };
  const auto serve = [&](milliseconds patience, const auto& is_known) {
    const auto deadline = steady_clock::now() + patience;
    while (steady_clock::now() < deadline && std::ranges::none_of(workers_, is_known))
      io_.run_one_for(milliseconds(20));
  };
  constexpr milliseconds kAtFirst{300}, kThen{2000};
  serve(kAtFirst, is_killed);
  // On a busy machine a killed process takes its time to end, after its sockets were closed: the
  // more so a large one that leaves its memory behind. Such a one is waited for as long as for a
  // heartbeat, in all.
  const auto is_known = [&](const auto& w) { return is_killed(w) || has_failed(w); };
  serve(kThen, is_known);
  const auto has_ended = [](const auto& w) { return !w->process->ended().empty(); };
  if (std::ranges::any_of(workers_, [&](const auto& w) { return w->closed && !has_ended(w); }))
    serve(std::chrono::duration_cast<milliseconds>(scenario_.heartbeat_timeout) - kAtFirst - kThen,
          [&](const auto& w) { return is_known(w) || (w->closed && has_ended(w)); });

  for (const auto& w : workers_)
    if (is_killed(w)) give_up(*w, "");
  for (const auto& w : workers_)
    if (has_failed(w)) give_up(*w, "");
  for (const auto& w : workers_)
    if (is_silent(w))
      give_up(*w, fmt::format(" {}", was_not_heard_of(scenario_.heartbeat_timeout)));
}

// Injection of faults

void RealFleet::inject(const FaultSpec& fault) {
  const Member member = member_of(fault);
  switch (fault.kind) {
    case FaultKind::kill:
      kill(worker(member).process->pid(), SIGKILL);
      return;
    case FaultKind::stop:
      kill(worker(member).process->pid(), SIGSTOP);
      if (fault.duration > Time{0}) wake_later(member, fault.duration);
      return;
    case FaultKind::stop_reading:
    case FaultKind::pool_full:
      return worker({false, *fault.decode})
          .channel->send(InjectFault{fault.kind, fault.prefill.value_or(0), fault.duration});
    default:
      return worker({true, *fault.prefill})
          .channel->send(InjectFault{fault.kind, *fault.decode, fault.duration});
  }
}

void RealFleet::wake_later(Member member, Time duration) {
  // The timer is not on the loop, whose tasks end with the run.
  auto timer = std::make_shared<asio::steady_timer>(io_, duration);
  timer->async_wait([this, timer, member, pid = worker(member).process->pid()](std::error_code) {
    if (const auto& process = worker(member).process; process && process->pid() == pid)
      kill(pid, SIGCONT);
  });
}

std::optional<Probe> RealFleet::ask(Worker& w, const ProbeOrder& order) {
  w.probe.reset();
  if (w.phase != Phase::serving) return std::nullopt;
  w.channel->send(order);
  serve_until([&] { return w.probe || w.phase != Phase::serving; },
              scenario_.heartbeat_timeout + kLongestProbe);
  if (w.probe) clock_error_ = std::max(clock_error_, w.probe->clock_error);
  return w.probe;
}

void RealFleet::measure_speeds(std::uint64_t tokens) {
  const bool chooses = std::ranges::count(scenario_.arms, Arm::automatic) > 0;
  for (const auto& w : workers_)  // one by one: each must have the machine to itself
    ask(*w, {.tokens = tokens, .speeds = chooses, .paces = {}});
  if (chooses) spread_speeds();
  settle();
}

std::optional<MedianCost> RealFleet::cost_alone(Member member, std::uint32_t shard, Arm arm,
                                                const std::vector<JobPace>& paces) {
  const std::optional<Probe> found = ask(worker(member, shard), {.arm = arm, .paces = paces});
  settle();
  return found ? std::optional(found->codec) : std::nullopt;
}

std::vector<pid_t> RealFleet::processes() const {
  std::vector<pid_t> running;
  for (const auto& w : workers_)
    if (w->process && std::ranges::count(running, w->process->pid()) == 0)
      running.push_back(w->process->pid());
  return running;
}

void RealFleet::spread_speeds() {
  std::vector<WorkerSpeeds> prefill, decode;
  for (const auto& w : workers_)
    if (w->probe) (w->member.prefill ? prefill : decode).push_back(w->probe->speeds);
  hardware_ = as_measured(scenario_.hardware, prefill, decode);
  for (const auto& w : workers_)
    if (w->member.prefill && w->phase == Phase::serving)
      w->channel->send(MeasuredSpeeds{hardware_});
}

}  // namespace splitbench
