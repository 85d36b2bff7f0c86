#include "workloads/generators/recorded.hpp"

#include <algorithm>
#include <numeric>
#include <unordered_map>
#include <utility>

#include "workloads/generators/spread.hpp"
#include "workloads/traces/open_trace.hpp"
#include "workloads/traces/prefix_index.hpp"

namespace splitbench {
namespace {

/// Gives requests their ids, in the order of the file.
class Recorder {
 public:
  Request record(const TraceRequest& recorded) {
    const std::uint64_t id = count_++;
    const SharedPrefix shared = prefixes_.add(id, recorded);
    Request request{.id = id,
                    .session = recorded.session,
                    .arrival = recorded.timestamp,
                    .prompt_tokens = recorded.input_tokens,
                    .output_tokens = recorded.output_tokens,
                    .prefix_of = shared.of,
                    .prefix_tokens = shared.tokens,
                    .delay = recorded.delay};
    for (const std::string& name : recorded.wait_for) request.after.push_back(named_.at(name));
    if (waits(recorded) && recorded.wait_for.empty()) wait_for_session(request);
    if (!recorded.request_id.empty()) named_[recorded.request_id] = id;
    if (!recorded.session.empty()) last_of_[recorded.session] = id;
    return request;
  }

 private:
  void wait_for_session(Request& request) const {
    const auto last = last_of_.find(request.session);
    if (last != last_of_.end()) request.after.push_back(last->second);
  }

  std::uint64_t count_ = 0;
  PrefixIndex prefixes_;
  std::unordered_map<std::string, std::uint64_t> named_, last_of_;
};

/// In order of arrival, with ids to match. A prefix is shared only with what arrives earlier.
void sort_by_arrival(std::vector<Request>& requests) {
  std::ranges::stable_sort(requests, {}, &Request::arrival);
  std::vector<std::uint64_t> place(requests.size());
  for (std::uint64_t i = 0; i < requests.size(); ++i) place[requests[i].id] = i;
  for (Request& request : requests) {
    request.id = place[request.id];
    for (std::uint64_t& other : request.after) other = place[other];
    if (request.prefix_of != kNoRequest) request.prefix_of = place[request.prefix_of];
    if (request.prefix_of > request.id) request.prefix_tokens = 0;
    if (request.prefix_tokens == 0) request.prefix_of = kNoRequest;
  }
}

}  // namespace

std::vector<Request> recorded_requests(const std::filesystem::path& path,
                                       const RecordedOptions& options) {
  std::unique_ptr<TraceReader> trace = open_trace(path, {.session_gap = options.session_gap});
  if (options.spread) trace = spread_batches(std::move(trace));
  Recorder recorder;
  std::vector<Request> requests;
  for (TraceRequest recorded; trace->next(recorded);)
    if (options.keep == 0 || requests.size() < options.keep)
      requests.push_back(recorder.record(recorded));
  sort_by_arrival(requests);
  const Time first = requests.front().arrival;
  for (Request& request : requests) request.arrival -= first;
  return requests;
}

}  // namespace splitbench
