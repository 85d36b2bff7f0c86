#include "sim/run/dispatch/supervisor.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace splitbench {
namespace {

/// Returns the wait before the next attempt to connect, which `salt` makes differ between flows.
Time wait_to_connect(std::uint32_t attempts, std::uint64_t salt) {
  constexpr Time kFirst{20'000'000}, kLongest{2'000'000'000};
  const Time wait = backoff(kFirst, kLongest, attempts);
  return wait + wait * static_cast<std::int64_t>(salt * 40503 % 256) / 1024;
}

}  // namespace

Supervisor::Supervisor(EventLoop& loop, const Scenario& scenario, Fleet& fleet)
    : loop_(loop),
      scenario_(scenario),
      fleet_(fleet),
      prefill_(scenario.workers.prefill),
      decode_(scenario.workers.decode),
      flows_(prefill_.size() * decode_.size()) {}

void Supervisor::serve(Listener* listener) {
  listener_ = listener;
  incidents_.clear();
}

bool Supervisor::all_up() const {
  for (std::size_t i = 0; i < flows_.size(); ++i)
    if (const FlowId flow = flow_at(i); flows_[i].state != FlowState::up &&
                                        !worker(prefill_end(flow)).gone &&
                                        !worker(decode_end(flow)).gone)
      return false;
  return true;
}

std::vector<FlowId> Supervisor::flows_of(const Member& member) const {
  std::vector<FlowId> flows;
  if (member.prefill)
    for (std::uint32_t d = 0; d < decode_.size(); ++d) flows.push_back({member.index, d});
  else
    for (std::uint32_t p = 0; p < prefill_.size(); ++p) flows.push_back({p, member.index});
  return flows;
}

void Supervisor::returned(const Member& member) {
  worker(member).alive = true;
  for (const FlowId& flow : flows_of(member)) connect(flow);
}

void Supervisor::renew() {
  for (std::size_t i = 0; i < flows_.size(); ++i) {
    flows_[i].state = FlowState::down;
    connect(flow_at(i));
  }
}

void Supervisor::connect(const FlowId& flow) {
  Flow& f = flows_[index(flow)];
  if (f.state != FlowState::down || !is_alive(prefill_end(flow)) || !is_alive(decode_end(flow)))
    return;
  f.state = FlowState::connecting;
  ++f.session;
  fleet_.connect(flow, f.session);
}

void Supervisor::connect_later(const FlowId& flow) {
  Flow& f = flows_[index(flow)];
  loop_.after(wait_to_connect(f.attempts++, f.session + index(flow)),
              [this, flow, session = f.session] {
                if (flows_[index(flow)].session == session) connect(flow);
              });
}

void Supervisor::flow_up(const FlowId& flow, std::uint64_t session) {
  Flow& f = flows_[index(flow)];
  if (f.session != session || f.state != FlowState::connecting) return;
  f.state = FlowState::up;
  f.attempts = 0;
  for (Open& o : incidents_)
    if (o.down.erase(index(flow)) > 0) close_if_over(o);
  if (listener_) listener_->flow_up();
}

void Supervisor::take_down(const FlowId& flow, Ticket ticket) {
  Flow& f = flows_[index(flow)];
  f.state = FlowState::down;
  at(ticket).down.insert(index(flow));
}

void Supervisor::flow_lost(const FlowId& flow, std::uint64_t session, const std::string& why) {
  Flow& f = flows_[index(flow)];
  if (f.session != session) return;
  if (f.state == FlowState::down) return hear_other_end(flow, why);
  const std::string seen = fmt::format("{}: {}", name_of(flow), why);
  const Ticket ticket = explain(flow, seen);
  take_down(flow, ticket);
  if (scenario_.on_fault == OnFault::fail_fast) throw WorkerLost(decode_end(flow), seen);
  if (listener_) listener_->flow_lost(flow, ticket, seen);
  connect_later(flow);
}

void Supervisor::hear_other_end(const FlowId& flow, const std::string& why) {
  for (Open& o : incidents_)
    if (o.flow == flow && !o.incident.recovered && o.incident.seen.find(why) == std::string::npos)
      o.incident.seen += "; its other end: " + why;
}

void Supervisor::lost(const Member& member, const std::string& why) {
  Worker& w = worker(member);
  if (w.gone) return;
  w.alive = false;
  const Ticket ticket = explain(member, why);
  for (const FlowId& flow : flows_of(member)) {
    take_down(flow, ticket);
    ++flows_[index(flow)].session;  // later reports of its end belong to the old session
  }
  if (scenario_.on_fault == OnFault::fail_fast) throw WorkerLost(member, why);
  fleet_.end(member);
  if (listener_) listener_->worker_lost(member, ticket, why);
  if (w.restarts < scenario_.max_restarts) {
    ++w.restarts;
    return fleet_.restart(member);
  }
  w.gone = true;
  at(ticket).incident.seen +=
      fmt::format("; it was restarted {} times and is not restarted again", w.restarts);
  if (listener_ && std::ranges::all_of(member.prefill ? prefill_ : decode_, &Worker::gone))
    listener_->give_up(
        fmt::format("no {} worker is left: {}", member.prefill ? "prefill" : "decode", why));
}

Supervisor::Ticket Supervisor::open(Incident incident, std::optional<Member> member,
                                    std::optional<FlowId> flow) {
  incidents_.push_back({std::move(incident), member, flow, {}, 0, {}});
  return {incidents_.size() - 1};
}

Supervisor::Ticket Supervisor::injected(const std::string& fault, const Member& member) {
  return open({.fault = fault, .target = name_of(member), .injected = loop_.now(), .seen = {}},
              member, std::nullopt);
}

Supervisor::Ticket Supervisor::injected(const std::string& fault, const FlowId& flow) {
  return open({.fault = fault, .target = name_of(flow), .injected = loop_.now(), .seen = {}},
              std::nullopt, flow);
}

Supervisor::Ticket Supervisor::injected_and_over(const std::string& fault,
                                                 const std::string& target,
                                                 const std::string& seen) {
  const Time now = loop_.now();
  return open({.fault = fault,
               .target = target,
               .injected = now,
               .detected = now,
               .recovered = now,
               .seen = seen},
              std::nullopt, std::nullopt);
}

Supervisor::Ticket Supervisor::see(std::size_t number, const std::string& seen) {
  Incident& incident = incidents_[number].incident;
  if (!incident.detected) incident.detected = loop_.now();
  if (incident.seen.empty()) incident.seen = seen;
  return {number};
}

Supervisor::Ticket Supervisor::explain(const Member& member, const std::string& seen) {
  std::optional<std::size_t> whole;
  for (std::size_t i = incidents_.size(); i-- > 0 && !whole;)
    if (incidents_[i].member == member && !incidents_[i].incident.recovered) whole = i;
  if (!whole) whole = open({.target = name_of(member), .seen = {}}, member, std::nullopt).incident;
  for (std::size_t i = 0; i < incidents_.size(); ++i) {
    const Open& o = incidents_[i];
    if (o.flow && is_end(member, *o.flow) && o.incident.fault.empty() && !o.incident.recovered)
      fold(i, *whole);
  }
  return see(*whole, seen);
}

void Supervisor::fold(std::size_t part, std::size_t whole) {
  Open& from = incidents_[part];
  Open& to = incidents_[whole];
  if (from.part_of) return;
  from.part_of = whole;
  to.incident.detected = std::min(to.incident.detected.value_or(Time::max()),
                                  from.incident.detected.value_or(Time::max()));
  to.incident.retried += from.incident.retried;
  to.incident.lost += from.incident.lost;
  to.down.merge(from.down);
  to.pending += from.pending;
}

Supervisor::Open& Supervisor::at(Ticket ticket) {
  Open& o = incidents_[ticket.incident];
  return o.part_of ? at({*o.part_of}) : o;
}

Supervisor::Ticket Supervisor::explain(const FlowId& flow, const std::string& seen) {
  for (std::size_t i = incidents_.size(); i-- > 0;) {
    const Open& o = incidents_[i];
    if (!o.incident.recovered && !o.part_of &&
        (o.flow == flow || (o.member && is_end(*o.member, flow))))
      return see(i, seen);
  }
  return see(open({.target = name_of(flow), .seen = {}}, std::nullopt, flow).incident, seen);
}

Supervisor::Ticket Supervisor::noticed(const FlowId& flow, const std::string& seen) {
  const Ticket ticket = explain(flow, seen);
  close_if_over(at(ticket));
  return ticket;
}

void Supervisor::undoes(Ticket ticket) {
  Open& o = at(ticket);
  ++o.pending;
  o.incident.recovered.reset();
}

void Supervisor::sends_again(Ticket ticket) {
  ++at(ticket).incident.retried;
}

void Supervisor::is_through(Ticket ticket) {
  Open& o = at(ticket);
  --o.pending;
  close_if_over(o);
}

void Supervisor::gives_up(Ticket ticket) {
  ++at(ticket).incident.lost;
  is_through(ticket);
}

void Supervisor::close_if_over(Open& o) {
  if (o.down.empty() && o.pending == 0 && !o.part_of && !o.incident.recovered)
    o.incident.recovered = loop_.now();
}

std::vector<Incident> Supervisor::incidents(Time epoch) const {
  std::vector<Incident> all;
  for (const Open& o : incidents_) {
    if (o.part_of) continue;
    Incident incident = o.incident;
    for (auto* moment : {&incident.injected, &incident.detected, &incident.recovered})
      if (*moment) **moment -= epoch;
    all.push_back(std::move(incident));
  }
  return all;
}

}  // namespace splitbench
