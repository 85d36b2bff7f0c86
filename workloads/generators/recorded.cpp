#include "workloads/generators/recorded.hpp"

#include <algorithm>
#include <numeric>
#include <unordered_map>
#include <utility>
#include <vector>

#include "workloads/traces/prefix_index.hpp"
#include "workloads/traces/trace_reader.hpp"

namespace splitbench {

namespace {

class Spread final : public TraceReader {
 public:
  explicit Spread(std::unique_ptr<TraceReader> trace) : trace_(std::move(trace)) {}

  bool next(TraceRequest& request) override {
    if (given_ == batch_.size() && !read_batch()) return false;
    request = std::move(batch_[given_++]);
    return true;
  }

  const LeftOut& left_out() const override { return trace_->left_out(); }
  bool starts_recorded() const override { return trace_->starts_recorded(); }

 private:
  bool read_batch() {
    batch_.clear();
    given_ = 0;
    if (!begun_) more_ = trace_->next(ahead_);
    begun_ = true;
    if (!more_) return false;
    const Time at = ahead_.timestamp;
    while (more_ && (waits(ahead_) || ahead_.timestamp == at || batch_.empty())) {
      batch_.push_back(std::move(ahead_));
      ahead_ = {};
      more_ = trace_->next(ahead_);
    }
    if (more_) gap_ = ahead_.timestamp - at;
    spread(at);
    return true;
  }

  void spread(Time at) {
    const auto count = std::ranges::count_if(batch_, [](const auto& r) { return !waits(r); });
    std::int64_t i = 0;
    for (TraceRequest& request : batch_)
      if (!waits(request)) request.timestamp = at + gap_ / count * i++;
  }

  std::unique_ptr<TraceReader> trace_;
  TraceRequest ahead_;
  bool begun_ = false, more_ = false;
  Time gap_{0};
  std::vector<TraceRequest> batch_;
  std::size_t given_ = 0;
};

}  // namespace

std::unique_ptr<TraceReader> spread_batches(std::unique_ptr<TraceReader> trace) {
  return std::make_unique<Spread>(std::move(trace));
}

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

/// Sorts the requests by arrival and gives them ids to match. A prefix is shared only with a
/// request that arrives earlier.
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
