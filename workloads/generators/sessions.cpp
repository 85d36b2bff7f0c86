#include "workloads/generators/sessions.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

#include "workloads/traces/trace_request.hpp"

namespace splitbench {

namespace {

bool is_given(const Distribution& distribution) {
  return distribution != Distribution();
}

/// Returns the moment so much later, or the end of time where no clock counts as far.
Time moved(Time moment, Time delay) {
  return delay > Time::max() - moment ? Time::max() : moment + delay;
}

}  // namespace

Sessions::Sessions(const TrafficClass& traffic, std::size_t number, std::uint64_t seed)
    : spec_(traffic.sessions),
      number_(number),
      context_(traffic.context, seed, fmt::format("{}.context", number)),
      output_(traffic.output, seed, fmt::format("{}.output", number)),
      turns_(spec_.turns, seed, fmt::format("{}.turns", number)),
      added_(spec_.added, seed, fmt::format("{}.added", number)),
      think_time_(spec_.think_time, seed, fmt::format("{}.think_time", number)),
      shared_(spec_.shared, seed, fmt::format("{}.shared", number)),
      resumed_context_(spec_.resumed_context, seed, fmt::format("{}.resumed_context", number)),
      window_(spec_.window, seed, fmt::format("{}.window", number)),
      compacted_(spec_.compacted, seed, fmt::format("{}.compacted", number)),
      branches_(spec_.branches, seed, fmt::format("{}.branches", number)),
      branch_turns_(spec_.branch_turns, seed, fmt::format("{}.branch_turns", number)),
      branch_context_(spec_.branch_context, seed, fmt::format("{}.branch_context", number)),
      group_(seed, fmt::format("{}.group", number)),
      resumed_(seed, fmt::format("{}.resumed", number)),
      compactions_(seed, fmt::format("{}.compactions", number)),
      resets_(seed, fmt::format("{}.resets", number)),
      fan_out_(seed, fmt::format("{}.fan_out", number)),
      groups_(spec_.groups) {
  for (Group& group : groups_) group.shared = shared_.tokens();
}

Session Sessions::begin() {
  Session session{.traffic = number_, .turns = turns_.tokens()};
  const bool resumed = resumed_.chance(spec_.resumed);
  if (resumed) session.turns = 1 + resumed_.below(session.turns);
  session.context = resumed ? resumed_context_.tokens() : context_.tokens();
  join_group(session);
  session.context = std::max(session.context, session.shared + 1);
  session.prompt = session.context + (spec_.history ? 0 : added_.tokens());
  if (is_given(spec_.window))
    session.window = std::max(window_.tokens(), session.prompt + session.prompt / 5);
  return session;
}

void Sessions::join_group(Session& session) {
  if (groups_.empty()) {
    if (is_given(spec_.shared)) session.shared = shared_.tokens();
    return;
  }
  session.group = spec_.popularity > 0 ? group_.zipf(groups_.size(), spec_.popularity)
                                       : 1 + group_.below(groups_.size());
  const Group& group = groups_[session.group - 1];
  session.shared = group.shared;
  session.prefix_of = group.last;
  if (group.last != kNoRequest) session.prefix_tokens = group.shared;
}

Request Sessions::ask(Session& session, std::uint64_t id) {
  Request request{.id = id,
                  .session = session.name,
                  .arrival = session.due,
                  .prompt_tokens = session.prompt,
                  .output_tokens = output_.tokens(),
                  .prefix_of = session.prefix_of,
                  .prefix_tokens = session.prefix_tokens,
                  .answer_tokens = session.answer_tokens,
                  .after = std::move(session.after),
                  .delay = session.delay};
  if (const std::size_t group = std::exchange(session.group, 0)) groups_[group - 1].last = id;
  if (--session.turns > 0) grow(session, request);
  return request;
}

void Sessions::grow(Session& session, const Request& last) {
  session.after = {last.id};
  session.delay = think_time_.time();
  session.due = moved(session.due, session.delay);
  const std::uint64_t kept = spec_.history ? session.prompt : session.context;
  const std::uint64_t answer = spec_.history ? last.output_tokens : 0;
  const std::uint64_t grown = std::min(kept + answer + added_.tokens(), kMaxTokens);
  const bool full = session.window > 0 && grown > session.window;
  session.prompt = grown;
  session.prefix_tokens = session.shared;
  session.answer_tokens = 0;
  if (full || compactions_.chance(spec_.compactions)) {
    session.prompt = std::max(std::min(compacted_.tokens(), kept), session.shared + 1);
  } else if (!resets_.chance(spec_.resets)) {
    session.prefix_tokens = kept;
    session.answer_tokens = std::min(answer, grown - kept);
  }
  session.prefix_of = session.prefix_tokens > 0 ? last.id : kNoRequest;
}

std::vector<Session> Sessions::fan_out(const Session& session, std::uint64_t most) {
  if (session.join || session.turns == 0 || !fan_out_.chance(spec_.fan_out)) return {};
  std::vector<Session> agents(std::min(branches_.tokens(), most));
  for (std::size_t i = 0; i < agents.size(); ++i) {
    Session& agent = agents[i];
    agent = {.traffic = number_,
             .name = fmt::format("{}.{}.{}", session.name, session.after.front(), i + 1),
             .due = session.due - session.delay,
             .turns = branch_turns_.tokens(),
             .prompt = branch_context_.tokens(),
             .after = session.after};
    agent.window = session.window;
  }
  return agents;
}

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
    for (std::uint64_t client = 0; client < std::min<std::uint64_t>(spec.concurrency, left_);
         ++client)
      wait(begin());  // of more clients than there are requests the last ones ask for nothing
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
  std::vector<Session> agents = traffic_[session.traffic].fan_out(session, left_);
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
    following.due = moved(session.due, following.delay);
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
