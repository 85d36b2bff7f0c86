#include "workloads/traces/sessions/session_json.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <queue>
#include <string_view>
#include <utility>

#include "workloads/traces/json_fields.hpp"
#include "workloads/traces/prefix_index.hpp"

namespace splitbench {
namespace {

constexpr Time kLongest = std::chrono::years(10);  // measured from the start of a session
constexpr int kDeepest = 32;                       // the names of requests grow with it

/// The properties that all requests of a session have in common.
struct Session {
  std::string id;
  std::uint64_t scope = 0;         // mixed into each hash id; 0 where ids are global
  std::uint32_t block_tokens = 0;  ///< 0: it states none, and may have no ids
};

/// A request that has ended by a certain time, for others to wait for.
struct Ended {
  std::string id;
  Time at{0};
};

/// The calls of an agent, its sub-agents among them, whose end no turn has waited for. Each is put
/// in and taken out once.
class Running {
 public:
  void add(Ended ended, bool is_turn) { waiting_.push({std::move(ended), number_++, is_turn}); }

  /// Removes those that have ended by a time, in the order in which they began: turns, and
  /// sub-agents.
  struct EndedBy {
    std::vector<Ended> turns, sub_agents;
  };
  EndedBy ended_by(Time time) {
    std::vector<Item> items;
    for (; !waiting_.empty() && waiting_.top().ended.at <= time; waiting_.pop())
      items.push_back(waiting_.top());
    std::ranges::sort(items, {}, &Item::number);
    EndedBy all;
    for (Item& item : items)
      (item.is_turn ? all.turns : all.sub_agents).push_back(std::move(item.ended));
    return all;
  }

 private:
  struct Item {
    Ended ended;
    std::size_t number;  // in the order in which they began
    bool is_turn;
    bool operator<(const Item& other) const { return ended.at > other.ended.at; }
  };

  std::priority_queue<Item> waiting_;  // the first to end is on top
  std::size_t number_ = 0;
};

std::uint64_t number_of(std::string_view text) {
  std::uint64_t number = 0;
  for (const char c : text) number = chained(number, static_cast<unsigned char>(c));
  return number;
}

/// Returns the name of a session that has none: its file's, and its line there if it is not the
/// first.
std::string name_by_place(const TracePlace& place) {
  std::string name = (place.path.parent_path().filename() / place.path.stem()).string();
  if (place.line > 1) name += fmt::format(":{}", place.line);
  return name;
}

Session session_of(const TracePlace& place, JsonObject object, const TraceOptions& options) {
  Session session;
  text_field(place, object, "id", session.id);
  if (session.id.empty()) session.id = name_by_place(place);
  std::string scope;
  text_field(place, object, "hash_id_scope", scope);
  if (scope != "global") session.scope = number_of(session.id);
  if (const std::optional<JsonValue> size = optional_field(object, "block_size"))
    session.block_tokens =
        static_cast<std::uint32_t>(integer_value(place, "block_size", *size, 1, kMaxBlockTokens));
  if (options.block_tokens > 0) session.block_tokens = options.block_tokens;
  return session;
}

/// Returns by how much a turn may begin before the one before has ended and still wait for it: its
/// times may be whole seconds.
Time rounding_of(const std::vector<JsonObject>& items) {
  const bool whole = std::ranges::all_of(items, [](JsonObject item) {
    double t = 0;  // what is no number is refused when it is read
    return item.at_key("t").get(t) != simdjson::SUCCESS || t == std::floor(t);
  });
  return whole ? Time(std::chrono::seconds(1)) : Time(std::chrono::milliseconds(10));
}

/// Returns the time that a person or a tool took before a turn, if the file says: some recorders
/// write a negative one for none.
std::optional<Time> think_time(const TracePlace& place, JsonObject item) {
  const std::optional<JsonValue> value = optional_field(item, "think_time");
  double number = 0;
  if (!value || (value->get(number) == simdjson::SUCCESS && number < 0)) return std::nullopt;
  return time_value(place, "think_time", *value, kSeconds);
}

bool is_marker(const TracePlace& place, JsonObject item) {
  std::string type;
  text_field(place, item, "type", type);
  return type == "subagent";
}

/// Reads the turns of an agent and, within them, of its sub-agents, as `requests` lists them.
class AgentReader {
 public:
  AgentReader(const Session& session, bool relative, std::vector<TraceRequest>& requests)
      : session_(session), relative_(relative), requests_(requests) {}

  /// Reads the agent `name`, whose times count from `begin`, and returns the last of its requests
  /// to end; `before` is the one that it waits for, if there is one.
  Ended read(const TracePlace& place, const std::vector<JsonObject>& items, const std::string& name,
             Time begin, Ended before, int depth = 0) {
    if (depth > kDeepest)
      place.refuse("a sub-agent of a sub-agent, and so on",
                   fmt::format("at most {} of them in one another", kDeepest));
    Agent agent{.running = {}, .before = {before}, .rounding = {}, .last = before};
    Time latest = begin;
    for (std::size_t i = 0; i < items.size(); ++i) {
      TracePlace here = place;
      here.inside += fmt::format("requests[{}].", i);
      const Time at = begin + time_field(here, items[i], "t", kSeconds);
      if (at < latest)
        here.refuse(fmt::format("t is {} s", seconds(at - begin)),
                    fmt::format("at least the {} s of the one before", seconds(latest - begin)));
      if (at > kLongest)
        here.refuse(fmt::format("t is {} s into the session", seconds(at)), "at most ten years");
      if (i == 0) agent.rounding = rounding_of(items);
      latest = at;
      const std::string call = fmt::format("{}/{}", name, i);
      if (is_marker(here, items[i]))
        fan_out(here, items[i], call, at, agent, depth + 1);
      else
        read_turn(here, items[i], call, at, agent);
    }
    return agent.last_to_end.id.empty() ? agent.last : agent.last_to_end;
  }

 private:
  struct Agent {
    Running running;
    std::vector<Ended> before;  ///< turns that the next one waits for, unless more have ended
    Time rounding;
    Ended last;  ///< turn that began last, at first the one that its parent began last
    std::uint64_t turns = 0;
    Ended last_to_end{};  ///< turn that ended last
  };

  void fan_out(const TracePlace& place, JsonObject marker, const std::string& name, Time at,
               Agent& agent, int depth) {
    const std::vector<JsonObject> items = objects_field(place, marker, "requests");
    if (items.empty()) return;
    agent.running.add(read(place, items, name, relative_ ? at : Time(0), agent.last, depth), false);
  }

  void read_turn(const TracePlace& place, JsonObject item, std::string id, Time at, Agent& agent) {
    const std::optional<JsonValue> out = optional_field(item, "out");
    const std::uint64_t output = out ? integer_value(place, "out", *out, 0, kMaxTokens) : 0;
    TraceRequest request{.timestamp = at,
                         .input_tokens = integer_field(place, item, "in", 1, kMaxTokens),
                         .output_tokens = std::max<std::uint64_t>(1, output),
                         .session = session_.id,
                         .request_id = std::move(id)};
    if (const std::optional<JsonValue> ids = optional_field(item, "hash_ids"))
      ids_value(place, "hash_ids", *ids, request.hash_ids);
    if (!request.hash_ids.empty()) request.block_tokens = block_tokens(place, request);
    if (session_.scope != 0)
      for (std::uint64_t& hash : request.hash_ids) hash = chained(session_.scope, hash);
    const bool follows = wait(request, agent);
    if (const std::optional<Time> thought = think_time(place, item); thought && follows)
      request.delay = *thought;
    ++agent.turns;
    Ended ended{request.request_id, at + time_field_or_zero(place, item, "api_time", kSeconds)};
    agent.running.add(ended, true);
    if (ended.at >= agent.last_to_end.at) agent.last_to_end = ended;
    agent.last = std::move(ended);
    requests_.push_back(std::move(request));
  }

  std::uint32_t block_tokens(const TracePlace& place, const TraceRequest& request) const {
    if (session_.block_tokens == 0)
      place.refuse("hash_ids without a block_size of the session",
                   "one; --block-tokens (in a scenario workload.block_tokens) says how many tokens "
                   "they have");
    const std::uint64_t most =
        (request.input_tokens + session_.block_tokens - 1) / session_.block_tokens;
    if (request.hash_ids.size() > most)
      place.refuse(
          fmt::format("{} hash_ids for {} tokens", request.hash_ids.size(), request.input_tokens),
          fmt::format("at most {} of block_size {}", most, session_.block_tokens));
    return session_.block_tokens;
  }

  /// Makes a request wait for the turns, and for the sub-agents, that had ended when it began,
  /// which later turns need not wait for. Where none had, it overlapped the turn before, and waits
  /// for what that one waited for. Returns whether it begins when one turn has ended, and nothing
  /// else.
  static bool wait(TraceRequest& request, Agent& agent) {
    Running::EndedBy ended = agent.running.ended_by(request.timestamp + agent.rounding);
    if (!ended.turns.empty()) agent.before = std::move(ended.turns);
    Ended latest;
    const auto wait_for = [&](const Ended& one) {
      if (one.at >= latest.at) latest = one;
      if (!one.id.empty()) request.wait_for.push_back(one.id);
    };
    std::ranges::for_each(agent.before, wait_for);
    std::ranges::for_each(ended.sub_agents, wait_for);
    request.delay = std::max(Time(0), request.timestamp - latest.at);
    return agent.turns > 0 && latest.id == agent.last.id;
  }

  const Session& session_;
  bool relative_;
  std::vector<TraceRequest>& requests_;
};

/// Makes the first request begin the session at `start`. One that waits for no other overlapped the
/// first turn, and comes together with it; that of a sub-agent waits for it.
void begin_at(Time start, std::vector<TraceRequest>& requests) {
  std::ranges::stable_sort(requests, {}, &TraceRequest::timestamp);
  TraceRequest& first = requests.front();
  const Time shift = start - first.timestamp;
  const auto is_turn = [](const TraceRequest& request) {
    return request.request_id.find('/', request.session.size() + 1) == std::string::npos;
  };
  for (TraceRequest& request : requests) {
    request.timestamp += shift;
    if (!request.wait_for.empty() || &request == &first) continue;
    if (is_turn(request) && is_turn(first)) {
      request.timestamp = start;
      request.delay = Time(0);
    } else {
      request.wait_for.push_back(first.request_id);
    }
  }
  first.delay = Time(0);
}

void find_times(const TracePlace& place, const std::vector<JsonObject>& items,
                std::optional<SubAgentTimes>& told) {
  for (const JsonObject item : items) {
    if (!is_marker(place, item)) continue;
    const std::vector<JsonObject> inner = objects_field(place, item, "requests");
    if (inner.empty()) continue;
    const Time marker = time_field(place, item, "t", kSeconds);
    const Time first = time_field(place, inner.front(), "t", kSeconds);
    if (first < marker) {
      told = SubAgentTimes::relative;
      return;
    }
    if (marker > Time(0)) told = SubAgentTimes::automatic;
  }
}

constexpr std::string_view kExpected = "one JSON object of a session with block_size, requests";

}  // namespace

JsonObject parse_session(const TracePlace& place, simdjson::dom::parser& parser,
                         std::string_view text) {
  return parse_object(place, parser, text, kExpected);
}

std::optional<SubAgentTimes> sub_agent_times(const TracePlace& place, JsonObject session) {
  std::optional<SubAgentTimes> told;
  find_times(place, objects_field(place, session, "requests"), told);
  return told;
}

std::vector<TraceRequest> read_session(const TracePlace& place, JsonObject object, Time start,
                                       const TraceOptions& options) {
  check_names(place, object, kExpected);
  const Session session = session_of(place, object, options);
  std::vector<TraceRequest> requests;
  AgentReader(session, options.sub_agents != SubAgentTimes::absolute, requests)
      .read(place, objects_field(place, object, "requests"), session.id, Time(0), {});
  if (requests.empty()) place.refuse("no request", "a session of one or more");
  begin_at(start, requests);
  return requests;
}

}  // namespace splitbench
