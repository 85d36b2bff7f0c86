#include "workloads/generators/session_stream.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace splitbench {
namespace {

std::vector<TrafficClass> classes_of(const WorkloadSpec& spec) {
  if (!spec.mix.empty()) return spec.mix;
  return {
      {.context = spec.context.value(), .output = spec.output.value(), .sessions = spec.sessions}};
}

bool clients_have_a_say(const WorkloadSpec& spec) {
  const bool thinks = spec.think_time != Distribution();
  return spec.arrivals == Arrivals::closed &&
         (thinks || std::ranges::any_of(classes_of(spec), [](const TrafficClass& traffic) {
            return traffic.sessions.turns != fixed(1);
          }));
}

}  // namespace

SessionStream::SessionStream(const WorkloadSpec& spec, std::uint64_t seed)
    : left_(spec.requests + spec.warmup),
      bound_(clients_have_a_say(spec)),
      choice_(seed, "class"),
      arrivals_(spec, seed),
      think_time_(spec.think_time, seed, "think_time") {
  double below = 0;
  for (const TrafficClass& traffic : classes_of(spec)) {
    traffic_.emplace_back(traffic, traffic_.size(), seed);
    names_.push_back(traffic.name);
    share_below_.push_back(below += traffic.share);
  }
  if (bound_)
    for (std::uint32_t client = 0; client < spec.concurrency; ++client) wait(begin());
  else
    next_begin_ = arrivals_.next();
}

bool SessionStream::next(Request& request) {
  if (left_ == 0) return false;
  --left_;
  while (!bound_ && (waiting_.empty() || next_begin_ < waiting_.front().session.due)) {
    Session session = begin();
    session.due = std::exchange(next_begin_, arrivals_.next());
    wait(std::move(session));
  }
  Session session = take();
  Sessions& traffic = traffic_[session.traffic];
  request = traffic.ask(session, asked_++);
  go_on(std::move(session), request.id);
  return true;
}

Session SessionStream::begin() {
  std::size_t chosen = 0;
  if (traffic_.size() > 1) {
    const double point = choice_.uniform() * share_below_.back();
    while (share_below_[chosen] < point) ++chosen;
  }
  Session session = traffic_[chosen].begin();
  ++begun_;
  if (session.turns > 1)
    session.name = fmt::format("{}{}{}", names_[chosen], names_[chosen].empty() ? "" : "-", begun_);
  return session;
}

void SessionStream::go_on(Session session, std::uint64_t id) {
  if (session.turns == 0) return end(session, id);
  std::vector<Session> agents = traffic_[session.traffic].fan_out(session);
  if (agents.empty()) return wait(std::move(session));
  session.due -= std::exchange(session.delay, Time(0));  // the agents are what it waits for
  session.after.clear();
  const auto join = std::make_shared<Join>(Join{std::move(session), agents.size()});
  for (Session& agent : agents) {
    agent.join = join;
    wait(std::move(agent));
  }
}

void SessionStream::end(const Session& session, std::uint64_t id) {
  if (session.join) {
    Join& join = *session.join;
    join.session.after.push_back(id);
    join.session.due = std::max(join.session.due, session.due);
    if (--join.running == 0) wait(std::move(join.session));
  } else if (bound_) {
    Session following = begin();
    following.after = {id};
    following.delay = think_time_.time();
    following.due = session.due + following.delay;
    wait(std::move(following));
  }
}

bool SessionStream::later(const Waiting& a, const Waiting& b) {
  return std::pair(a.session.due, a.order) > std::pair(b.session.due, b.order);
}

void SessionStream::wait(Session session) {
  waiting_.push_back({waited_++, std::move(session)});
  std::ranges::push_heap(waiting_, later);
}

Session SessionStream::take() {
  std::ranges::pop_heap(waiting_, later);
  Session session = std::move(waiting_.back().session);
  waiting_.pop_back();
  return session;
}

}  // namespace splitbench
