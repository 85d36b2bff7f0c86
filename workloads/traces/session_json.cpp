#include "workloads/traces/session_json.hpp"

#include <algorithm>
#include <queue>
#include <set>
#include <string_view>
#include <utility>

#include "workloads/traces/json_fields.hpp"
#include "workloads/traces/line_source.hpp"
#include "workloads/traces/prefix_index.hpp"

namespace splitbench {
namespace {

constexpr std::uint64_t kMaxBlock = 1 << 20;
constexpr Time kLongest = std::chrono::years(10);  // measured from the start of a session
constexpr std::ptrdiff_t kDeepest = 32;            // the names of requests grow with it

/// The properties that all requests of a session have in common.
struct Session {
  std::string id;
  std::uint64_t scope = 0;  // mixed into each hash id; 0 where ids are global
  std::uint32_t block_tokens = 0;
};

/// A request that has ended by a certain time, for others to wait for.
struct Ended {
  std::string id;
  Time at{0};
};

/// The sub-agents of an agent whose end no turn has waited for. Each is put in and taken out once.
class Running {
 public:
  void add(Ended ended) { waiting_.push({std::move(ended), number_++}); }

  /// Removes those that have ended by a time, in the order in which they began.
  std::vector<Ended> ended_by(Time time) {
    std::vector<Item> items;
    for (; !waiting_.empty() && waiting_.top().ended.at <= time; waiting_.pop())
      items.push_back(waiting_.top());
    std::ranges::sort(items, {}, &Item::number);
    std::vector<Ended> all;
    for (Item& item : items) all.push_back(std::move(item.ended));
    return all;
  }

 private:
  struct Item {
    Ended ended;
    std::size_t number;  // in the order in which they began
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

Session session_of(const TracePlace& place, JsonObject object) {
  Session session;
  text_field(place, object, "id", session.id);
  if (session.id.empty()) session.id = place.path.stem().string();
  std::string scope;
  text_field(place, object, "hash_id_scope", scope);
  if (scope != "global") session.scope = number_of(session.id);
  session.block_tokens =
      static_cast<std::uint32_t>(integer_field(place, object, "block_size", 1, kMaxBlock));
  return session;
}

bool is_marker(const TracePlace& place, JsonObject item) {
  std::string type;
  text_field(place, item, "type", type);
  return type == "subagent";
}

/// Reads the turns of an agent and, within them, of its sub-agents, as `requests` lists them.
class AgentReader {
 public:
  AgentReader(const Session& session, std::vector<TraceRequest>& requests)
      : session_(session), requests_(requests) {}

  /// Reads the agent `name`, whose times count from `begin`, and returns its last request; `before`
  /// is the one that it waits for, if there is one.
  Ended read(const TracePlace& place, const std::vector<JsonObject>& items, const std::string& name,
             Time begin, Ended before) {
    Running sub_agents;
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
      latest = at;
      if (is_marker(here, items[i]))
        sub_agents.add(fan_out(here, items[i], fmt::format("{}/{}", name, i), at, before));
      else
        before = read_turn(here, items[i], fmt::format("{}/{}", name, i), at, before, sub_agents);
    }
    return before;
  }

 private:
  Ended fan_out(const TracePlace& place, JsonObject marker, const std::string& name, Time at,
                const Ended& before) {
    const std::vector<JsonObject> items = objects_field(place, marker, "requests");
    if (items.empty()) return {before.id, at};
    if (std::ranges::count(name, '/') > kDeepest)
      place.refuse("a sub-agent of a sub-agent, and so on",
                   fmt::format("at most {} of them in one another", kDeepest));
    // Some files count times of sub-agents from the session's start, too.
    const Time first = time_field(place, items[0], "t", kSeconds);
    return read(place, items, name, first < at || at == Time(0) ? at : Time(0), before);
  }

  Ended read_turn(const TracePlace& place, JsonObject item, std::string id, Time at,
                  const Ended& before, Running& sub_agents) {
    TraceRequest request{.timestamp = at,
                         .input_tokens = tokens_field(place, item, "in"),
                         .output_tokens = std::max<std::uint64_t>(
                             1, integer_field(place, item, "out", 0, kMaxTokens)),
                         .session = session_.id,
                         .request_id = std::move(id),
                         .block_tokens = session_.block_tokens};
    ids_field(place, item, "hash_ids", request.hash_ids);
    if (session_.scope != 0)
      for (std::uint64_t& hash : request.hash_ids) hash = chained(session_.scope, hash);
    const Time thought = time_field_or_zero(place, item, "think_time", kSeconds);
    const bool joined = wait(request, before, sub_agents);
    if (!joined && !request.wait_for.empty() && has_field(item, "think_time"))
      request.delay = thought;
    Ended ended{request.request_id, at + time_field_or_zero(place, item, "api_time", kSeconds)};
    requests_.push_back(std::move(request));
    return ended;
  }

  /// Makes a request wait for the turn before, and for the sub-agents that have ended, which later
  /// turns need not wait for. Returns whether there were any of these.
  static bool wait(TraceRequest& request, const Ended& before, Running& sub_agents) {
    const std::vector<Ended> ended = sub_agents.ended_by(request.timestamp);
    std::set<std::string_view> named;  // a sub-agent without a turn ends with the turn before it
    Time latest = before.at;
    const auto wait_for = [&](const Ended& one) {
      latest = std::max(latest, one.at);
      if (!one.id.empty() && named.insert(one.id).second) request.wait_for.push_back(one.id);
    };
    wait_for(before);
    std::ranges::for_each(ended, wait_for);
    request.delay = std::max(Time(0), request.timestamp - latest);
    return !ended.empty();
  }

  const Session& session_;
  std::vector<TraceRequest>& requests_;
};

/// Makes the first request begin the session at `start`; a request that waits for no other waits
/// for it.
void begin_at(Time start, std::vector<TraceRequest>& requests) {
  std::ranges::stable_sort(requests, {}, &TraceRequest::timestamp);
  TraceRequest& first = requests.front();
  const Time shift = start - first.timestamp;
  for (TraceRequest& request : requests) {
    request.timestamp += shift;
    if (request.wait_for.empty() && &request != &first)
      request.wait_for.push_back(first.request_id);
  }
  first.delay = Time(0);
}

}  // namespace

std::vector<TraceRequest> read_session(const TracePlace& place, simdjson::dom::parser& parser,
                                       std::string& text, Time start) {
  text.reserve(text.size() + LineSource::kPadding);
  const JsonObject object =
      parse_object(place, parser, text, "one JSON object of a session with block_size, requests");
  const Session session = session_of(place, object);
  std::vector<TraceRequest> requests;
  AgentReader(session, requests)
      .read(place, objects_field(place, object, "requests"), session.id, Time(0), {});
  if (requests.empty()) place.refuse("no request", "a session of one or more");
  begin_at(start, requests);
  return requests;
}

}  // namespace splitbench
