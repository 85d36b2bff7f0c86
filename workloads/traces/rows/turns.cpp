#include "workloads/traces/rows/turns.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "workloads/traces/prefix_index.hpp"

namespace splitbench {

void SessionTurns::date(const TracePlace& place, Row& row) {
  TraceRequest& request = row.request;
  const bool timed = row.has(Role::arrival), says_when = row.has(Role::delay) || !timed;
  if (!timed && request.session.empty())
    place.refuse(
        fmt::format("{} is missing", shape_.names.front().name),
        fmt::format("{}, or a session whose turns follow one another", shape_.unit->expected));
  row.stays = row.has(Role::wait_for) || (timed && says_when && shape_.states_turns);
  if (request.session.empty() || (timed && shape_.states_turns)) return;
  const auto [dated, first] = dated_.try_emplace(request.session);
  if (!timed) request.timestamp = row.order = dated->second;
  if (says_when) row.order = std::max(dated->second, row.order);
  dated->second = std::max(dated->second, request.timestamp);
}

void SessionTurns::name_session(Row& row) {
  if (!row.has(Role::chat)) return;
  const auto parent = row.parent < 0 ? root_of_chat_.end() : root_of_chat_.find(row.parent);
  std::int64_t root = row.parent < 0 ? row.chat : row.parent;
  if (parent != root_of_chat_.end()) root = parent->second;
  root_of_chat_.emplace(row.chat, root);
  row.request.session = std::to_string(root);
}

void SessionTurns::complete(const TracePlace& place, Row& row) {
  TraceRequest& request = row.request;
  const bool delta = options_.turns == Turns::delta && !shape_.states_turns;
  if (request.session.empty()) {
    if (request.wait_for.empty()) request.delay = Time(0);
    Session alone;
    if (delta) make_whole(place, request, alone);
    return;
  }
  if (shape_.states_turns) {
    request.after_session = row.has(Role::delay) && request.wait_for.empty();
    return;
  }
  Session& session = sessions_[request.session];
  if (request.wait_for.empty()) time_turn(row, session);
  session.latest = std::max(session.latest, request.timestamp);
  ++session.turns;
  if (delta)
    make_whole(place, request, session);
  else
    count_continuing(request, session);
}

void SessionTurns::time_turn(Row& row, const Session& session) const {
  TraceRequest& request = row.request;
  const bool timed = row.has(Role::arrival);
  const bool says_when = row.has(Role::delay) || row.has(Role::tool_wait) || !timed;
  if (session.turns == 0) {
    request.delay = Time(0);
    return;
  }
  request.after_session = says_when || options_.sessions == SessionArrivals::closed;
  if (request.after_session && !says_when) request.delay = request.timestamp - session.latest;
}

void SessionTurns::count_continuing(const TraceRequest& request, Session& session) {
  if (request.hash_ids.empty()) return;
  const std::uint64_t first = request.hash_ids.front();
  if (session.has_ids) {
    ++later_;
    continuing_ += first == session.first_id;
  }
  session.has_ids = true;
  session.first_id = first;
}

void SessionTurns::make_whole(const TracePlace& place, TraceRequest& request, Session& session) {
  constexpr std::uint64_t kMaxBlocks = 1 << 22;
  const std::uint64_t whole = session.tokens + request.input_tokens;
  if (whole > kMaxTokens || (request.block_tokens > 0 && whole / request.block_tokens > kMaxBlocks))
    place.refuse(fmt::format("a prompt of {} tokens, all its turns together", whole),
                 fmt::format("at most {}, in at most {} blocks", kMaxTokens, kMaxBlocks));
  session.tokens = whole + request.output_tokens;
  const std::uint64_t block = request.block_tokens;
  std::uint64_t left = request.input_tokens;
  for (const std::uint64_t id : request.hash_ids) {
    const std::uint64_t tokens = std::min(block, left);
    session.context.push_back({tokens, id});
    left -= tokens;
  }
  if (left > 0) session.context.push_back({left, ++unnamed_});

  request.hash_ids.clear();
  request.input_tokens = 0;
  std::uint64_t prefix = 0, next_end = block;
  for (const Part& part : session.context) {
    for (; block > 0 && next_end <= request.input_tokens + part.tokens; next_end += block)
      request.hash_ids.push_back(
          chained(chained(prefix, part.identity), next_end - request.input_tokens));
    request.input_tokens += part.tokens;
    prefix = chained(chained(prefix, part.identity), part.tokens);
  }
  session.context.push_back({request.output_tokens, ++unnamed_});
}

}  // namespace splitbench
