#include "workloads/traces/trace_reader.hpp"

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
                             text_of(latest_), kRowsAhead));
  for (const std::string& id : request.wait_for)
    if (!ids_.contains(hash(id)))
      place.refuse(fmt::format("wait_for names \"{}\"", id), "the request_id of an earlier line");
  if (!request.prefix_of.empty() && !ids_.contains(hash(request.prefix_of)))
    place.refuse(fmt::format("prefix_of is \"{}\"", request.prefix_of),
                 "the request_id of an earlier line");
  if (request.prefix_tokens > request.input_tokens)
    place.refuse(fmt::format("prefix_tokens is {}", request.prefix_tokens),
                 fmt::format("at most the {} tokens of the prompt", request.input_tokens));
  if (!request.request_id.empty() && !ids_.insert(hash(request.request_id)).second)
    place.refuse(fmt::format("request_id is \"{}\" once more", request.request_id),
                 "one request for each id");
  if (!waits(request)) latest_ = request.timestamp;
}

}  // namespace splitbench
