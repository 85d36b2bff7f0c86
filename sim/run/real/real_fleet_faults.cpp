#include <algorithm>
#include <asio/steady_timer.hpp>
#include <csignal>
#include <fmt/format.h>
#include <memory>

#include "sim/run/real/real_fleet.hpp"

namespace splitbench {
namespace {

using std::chrono::steady_clock;

}  // namespace

// Faults that come

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
  const bool knows_why = !why.starts_with(kPeerClosed);
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
  // A worker that dies takes its peers' connections with it: the culprit is the one that was
  // killed, that says why it gave up, or that stands still, whoever was noticed first.
  constexpr auto kPatience = std::chrono::milliseconds(300);
  ending_ = true;
  const auto deadline = steady_clock::now() + kPatience;
  while (steady_clock::now() < deadline) io_.run_one_for(std::chrono::milliseconds(20));

  const Time silence = scenario_.heartbeat_timeout / 2;  // beats come twice as often
  for (const auto& w : workers_)
    if (w->process->ended().find("killed") != std::string::npos) give_up(*w, "");
  for (const auto& w : workers_)
    if (!w->failure.empty()) give_up(*w, "");
  for (const auto& w : workers_)
    if (w->phase == Phase::serving && steady_clock::now() - w->heard > silence)
      give_up(*w, fmt::format(" {}", was_not_heard_of(scenario_.heartbeat_timeout)));
}

// Faults that are made

void RealFleet::strike(const FaultSpec& fault) {
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
          .channel->send(Strike{fault.kind, fault.prefill.value_or(0), fault.duration});
    default:
      return worker({true, *fault.prefill})
          .channel->send(Strike{fault.kind, *fault.decode, fault.duration});
  }
}

void RealFleet::wake_later(Member member, Time duration) {
  // Not on the loop, whose tasks end with the run.
  auto timer = std::make_shared<asio::steady_timer>(io_, duration);
  timer->async_wait([this, timer, member, pid = worker(member).process->pid()](std::error_code) {
    if (const auto& process = worker(member).process; process && process->pid() == pid)
      kill(pid, SIGCONT);
  });
}

}  // namespace splitbench
