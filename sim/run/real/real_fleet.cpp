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
#include "workers/device/worker_speeds.hpp"
#include "workers/plan/staging.hpp"
#include "workers/process/worker_process.hpp"
#include "workers/transport/shared_memory.hpp"
#include "workloads/printable_text.hpp"

namespace splitbench {

namespace {

using asio::ip::tcp;
using std::chrono::steady_clock;

std::uint32_t count(const WorkerCounts& workers) {
  return workers.prefill + workers.decode;
}

/// True if the dispatcher handles this type of message.
template <class Message>
constexpr bool kIsEvent = requires(Dispatcher& dispatcher, const Message& message) {
  dispatcher.on(message);
};

std::optional<Descriptor> staging_of(const Scenario& scenario) {
  if (!traits_of(scenario.transport).shared_memory) return std::nullopt;
  return create_shared_memory(
      shared_staging_bytes(scenario.transport, scenario.pipeline.staging_plan(),
                           scenario.workers.prefill, scenario.workers.decode));
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
      link_(SharedLink::create(scenario.link, scenario.workers.prefill, scenario.workers.decode)),
      secret_(Secret::make()),
      listener_(io, {asio::ip::make_address(scenario.listen), 0},
                CallerBounds::beside(count(scenario.workers)),
                [this](tcp::socket socket) { return accept(std::move(socket)); }),
      staging_(staging_of(scenario)),
      gpus_(backend == BackendKind::cuda ? gpus_of_workers(scenario)
                                         : std::vector<std::uint32_t>()),
      share_processes_(scenario.share_process && is_shared(gpus_) && scenario.faults.empty() &&
                       scenario.on_fault == OnFault::fail_fast &&
                       !traits_of(scenario.transport).device_memory),
      cores_(cores_of_workers(gpus_, count(scenario.workers))),
      supervisor_(loop, scenario, *this) {
  for (std::uint32_t i = 0; i < count(scenario.workers); ++i) {
    const bool prefill = i < scenario.workers.prefill;
    const Member member{prefill, prefill ? i : i - scenario.workers.prefill};
    workers_.push_back(std::make_unique<Worker>());
    workers_.back()->member = member;
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
  const std::size_t first = leader(number(w.member));
  if (first != number(w.member)) {
    w.process = workers_[first]->process;
    return;
  }
  std::vector<const char*> roles;
  for (std::size_t i = first; i < count(scenario_.workers); ++i)
    if (leader(i) == first) roles.push_back(i < scenario_.workers.prefill ? "prefill" : "decode");
  std::vector<std::string> environment;
  if (!gpus_.empty())
    environment.push_back("CUDA_VISIBLE_DEVICES=" +
                          visible_to(number(w.member), gpus_, visible_gpus()));
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
  w.channel->send(
      WorkerSetup{.index = w.member.index,
                  .prefill_workers = scenario_.workers.prefill,
                  .decode_workers = scenario_.workers.decode,
                  .pipeline = pipeline_,
                  .hardware = hardware_,
                  .compute = scenario_.compute,
                  .compute_scale = scenario_.compute_scale,
                  .backend = backend_,
                  .codecs = scenario_.codecs,
                  .arms = scenario_.arms,
                  .kv = scenario_.kv,
                  .drift = scenario_.drift,
                  .wire_bytes_per_s = wire_bytes_per_s(scenario_),
                  .seed = scenario_.seed,
                  .kv_bytes = w.member.prefill ? scenario_.prefill_memory : scenario_.decode_memory,
                  .link_descriptor = link_.descriptor(),
                  .staging_descriptor = staging_ ? staging_->number() : -1,
                  .listen = scenario_.listen,
                  .transport_kind = scenario_.transport,
                  .transport = scenario_.transport_options,
                  .cores = cores_[number(w.member)],
                  .heartbeat_timeout = scenario_.heartbeat_timeout});
}

void RealFleet::handle(Worker& w, const ControlMessage& message) {
  w.heard = steady_clock::now();
  std::visit(Overloaded{[](const Alive&) {}, [&](const Pong&) { w.answers = true; },
                        [&](const Ready& ready) {
                          w.ready = ready;
                          w.phase = Phase::serving;
                          supervisor_.returned(w.member);
                        },
                        [&](const Probe& probe) { w.probe = probe; },
                        [&](const Failed& failed) {
                          w.failure = failed.why;
                          lost(w, "");
                        },
                        [this](const FlowUp& flow) {
                          congestion_control_ = flow.congestion_control;
                          supervisor_.flow_up({flow.prefill, flow.decode}, flow.session);
                        },
                        [this](const FlowLost& flow) {
                          flow_lost({flow.prefill, flow.decode}, flow.session, flow.why);
                        },
                        [this](const Duplicate& flow) {
                          supervisor_.noticed({flow.prefill, flow.decode},
                                              "a message came twice, and was discarded");
                        },
                        [&]<class Other>(const Other& event) {
                          if constexpr (kIsEvent<Other>) {
                            if (dispatcher_) dispatcher_->on(event);
                          } else {
                            throw unexpected(message);
                          }
                        }},
             message);
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
  link_.reset();  // must precede any request for the next chunk's number
  supervisor_.renew();
  settle();
  return link_.reset();
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
  worker({true, job.prefill_worker}).channel->send(job);
}

void RealFleet::drop(Member member, std::uint64_t job) {
  if (const auto& channel = worker(member).channel) channel->send(Drop{job});
}

void RealFleet::end(Member member) {
  Worker& w = worker(member);
  w.phase = Phase::ended;
  // The channel outlives its handlers, which may be running.
  if (w.channel) loop_.post([channel = std::shared_ptr(std::move(w.channel))] {});
  w.process.reset();
}

void RealFleet::restart(Member member) {
  launch(worker(member));
}

void RealFleet::connect(const FlowId& flow, std::uint64_t session) {
  const Ready& decode = worker(decode_end(flow)).ready;
  Connect order{.decode = flow.receiver,
                .address = scenario_.listen,
                .port = decode.port,
                .session = session,
                .memory = {}};
  if (!decode.memory.empty()) order.memory = {decode.memory.at(flow.sender)};
  worker(prefill_end(flow)).channel->send(order);
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
  const std::string what = fmt::format("{} (pid {}){}", name_of(w.member), w.process->pid(), why);
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

std::optional<MedianCost> RealFleet::cost_alone(Member member, Arm arm,
                                                const std::vector<JobPace>& paces) {
  const std::optional<Probe> found = ask(worker(member), {.arm = arm, .paces = paces});
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
