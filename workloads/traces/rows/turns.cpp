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
  if (timed) newest_ = std::max(newest_, request.timestamp);
  row.stays = row.has(Role::wait_for) || (timed && says_when && shape_.states_turns);
  if (request.session.empty() || (timed && shape_.states_turns)) return;
  const auto [dated, first] = dated_.try_emplace(request.session, newest_);
  if (!timed) request.timestamp = row.order = dated->second;
  if (says_when && !first) row.order = std::max(dated->second, row.order);
  dated->second = first ? request.timestamp : std::max(dated->second, request.timestamp);
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
  if (request.wait_for.empty()) {  // else its time says nothing
    time_turn(place, row, session);
    session.latest = std::max(session.latest, request.timestamp);
  }
  ++session.turns;
  if (delta)
    make_whole(place, request, session);
  else
    count_continuing(request, session);
}

void SessionTurns::time_turn(const TracePlace& place, Row& row, const Session& session) const {
  TraceRequest& request = row.request;
  const bool timed = row.has(Role::arrival);
  const bool says_when = row.has(Role::delay) || row.has(Role::tool_wait) || !timed;
  if (session.turns == 0) {
    request.delay = Time(0);
    return;
  }
  request.after_session = says_when || options_.sessions == SessionArrivals::closed;
  if (!request.after_session || says_when) return;
  request.delay = request.timestamp - session.latest;
  if (request.delay < Time(0))
    place.refuse(fmt::format("a turn {} s before the one that its session had before",
                             seconds(-request.delay)),
                 "turns in order of their times, as nearly as other rows; sort the file by them");
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
  const std::uint64_t block = request.block_tokens;
  std::uint64_t left = request.input_tokens;
  for (const std::uint64_t id : request.hash_ids) {
    const std::uint64_t tokens = std::min(block, left);
    session.add(tokens, id, block);
    left -= tokens;
  }
  session.add(left, ++unnamed_, block);
  request.hash_ids = session.ids;
  request.input_tokens = session.tokens;
  session.add(request.output_tokens, ++unnamed_, block);
}

void SessionTurns::Session::add(std::uint64_t count, std::uint64_t identity, std::uint64_t block) {
  if (count == 0) return;
  // Blocks of a context that was there before its file had ids are named by all of it.
  while (block > 0 && block * (ids.size() + 1) <= tokens)
    ids.push_back(chained(prefix, ids.size()));
  const std::uint64_t part = chained(prefix, identity);
  for (std::uint64_t end = block * (ids.size() + 1); block > 0 && end <= tokens + count;
       end += block)
    ids.push_back(chained(part, end - tokens));
  tokens += count;
  prefix = chained(part, count);
}

}  // namespace splitbench
