#include "workloads/traces/trace_reader.hpp"

#include <functional>

namespace splitbench {
namespace {

double milliseconds(Time time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

}  // namespace

void TraceOrder::check(const TracePlace& place, const TraceRequest& request) {
  constexpr std::hash<std::string> hash;
  if (!waits(request) && request.timestamp < latest_)
    place.refuse(fmt::format("timestamp is {} ms", milliseconds(request.timestamp)),
                 fmt::format("at least the {} ms of the line before", milliseconds(latest_)));
  for (const std::string& id : request.wait_for)
    if (!ids_.contains(hash(id)))
      place.refuse(fmt::format("wait_for names \"{}\"", id), "the request_id of an earlier line");
  if (!request.request_id.empty() && !ids_.insert(hash(request.request_id)).second)
    place.refuse(fmt::format("request_id is \"{}\" once more", request.request_id),
                 "one request for each id");
  if (!waits(request)) latest_ = request.timestamp;
}

}  // namespace splitbench
