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
                  .after = std::move(session.after),
                  .delay = session.delay};
  if (const std::size_t group = std::exchange(session.group, 0)) groups_[group - 1].last = id;
  if (--session.turns > 0) grow(session, request);
  return request;
}

void Sessions::grow(Session& session, const Request& last) {
  session.after = {last.id};
  session.delay = think_time_.time();
  session.due += session.delay;
  const std::uint64_t kept = spec_.history ? session.prompt : session.context;
  const std::uint64_t answer = spec_.history ? last.output_tokens : 0;
  const std::uint64_t grown = std::min(kept + answer + added_.tokens(), kMaxTokens);
  const bool full = session.window > 0 && grown > session.window;
  if (full || compactions_.chance(spec_.compactions)) {
    session.prompt = std::max(std::min(compacted_.tokens(), kept), session.shared + 1);
    session.prefix_tokens = session.shared;
  } else {
    session.prompt = grown;
    session.prefix_tokens = resets_.chance(spec_.resets) ? session.shared : kept;
  }
  session.prefix_of = session.prefix_tokens > 0 ? last.id : kNoRequest;
}

std::vector<Session> Sessions::fan_out(const Session& session) {
  if (session.join || session.turns == 0 || !fan_out_.chance(spec_.fan_out)) return {};
  std::vector<Session> agents(branches_.tokens());
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

}  // namespace splitbench
