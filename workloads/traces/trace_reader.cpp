#include "workloads/traces/trace_reader.hpp"

#include <algorithm>
#include <fmt/chrono.h>
#include <functional>

namespace splitbench {
namespace {

/// Returns a moment as people write it: a date if it counts from 1970, else milliseconds.
std::string text_of(Time time) {
  using namespace std::chrono;
  if (time > years(30))
    return fmt::format("{:%F %T}.{:03}",
                       sys_time<std::chrono::seconds>(floor<std::chrono::seconds>(time)),
                       floor<milliseconds>(time).count() % 1000);
  return fmt::format("{} ms", duration<double, std::milli>(time).count());
}

}  // namespace

void TraceOrder::check(const TracePlace& place, const TraceRequest& request) {
  constexpr std::hash<std::string> hash;
  if (!waits(request) && request.timestamp < latest_)
    place.refuse(fmt::format("a request at {}", text_of(request.timestamp)),
                 fmt::format("none before the {} of one that came earlier; rows may be {} out of "
                             "place, so sort the file by its times",
                             text_of(latest_), kRowsAhead - 1));
  for (const std::string& id : request.wait_for)
    if (!ids_.contains(hash(id)))
      place.refuse(fmt::format("wait_for names \"{}\"", id), "the request_id of an earlier line");
  check_prefix(place, request);
  if (!request.request_id.empty() && !ids_.insert(hash(request.request_id)).second)
    place.refuse(fmt::format("request_id is \"{}\" once more", request.request_id),
                 "one request for each id");
  if (request.hash_ids.empty() && !request.request_id.empty())
    lengths_[hash(request.request_id)] = {request.input_tokens, request.output_tokens};
  if (!waits(request)) latest_ = request.timestamp;
}

void TraceOrder::check_prefix(const TracePlace& place, const TraceRequest& request) const {
  constexpr std::hash<std::string> hash;
  if (request.prefix_of.empty()) {
    if (request.prefix_tokens + request.answer_tokens > 0)
      place.refuse("prefix_tokens or answer_tokens of no request",
                   "prefix_of with the request_id of an earlier line");
    return;
  }
  if (!request.states_prefix || !ids_.contains(hash(request.prefix_of)))
    place.refuse(fmt::format("prefix_of is \"{}\"", request.prefix_of),
                 "prefix_tokens beside it, and the request_id of an earlier line");
  Lengths most{request.input_tokens, request.output_tokens};
  if (const auto of = lengths_.find(hash(request.prefix_of)); of != lengths_.end())
    most = of->second;
  if (request.prefix_tokens > std::min(most.input, request.input_tokens) ||
      request.answer_tokens > request.input_tokens - request.prefix_tokens ||
      (lengths_.contains(hash(request.prefix_of)) && request.answer_tokens > most.output))
    place.refuse(fmt::format("prefix_tokens {} and answer_tokens {}", request.prefix_tokens,
                             request.answer_tokens),
                 "no more than both prompts have, and that answer");
}

}  // namespace splitbench
