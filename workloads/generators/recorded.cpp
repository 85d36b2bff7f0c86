#include "workloads/generators/recorded.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <functional>
#include <numeric>
#include <optional>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

#include "workloads/input_error.hpp"
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
  std::vector<std::string> remarks() const override { return trace_->remarks(); }

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
    const std::uint64_t id = turns_.size();
    turns_.emplace_back();
    Request request{.id = id,
                    .session = recorded.session,
                    .arrival = recorded.timestamp,
                    .prompt_tokens = recorded.input_tokens,
                    .output_tokens = recorded.output_tokens,
                    .delay = recorded.delay};
    for (const std::string& name : recorded.wait_for) wait_for(named_.find(name), request);
    if (recorded.after_session) wait_for(last_of_.find(recorded.session), request);
    if (recorded.states_prefix)
      state_prefix(recorded, request);
    else
      find_prefix(recorded, request);
    if (!recorded.request_id.empty()) named_[recorded.request_id] = id;
    if (!recorded.session.empty()) last_of_[recorded.session] = id;
    return request;
  }

 private:
  /// A request that later ones may continue.
  struct Turn {
    std::uint64_t answered = 0;  ///< tokens of its prompt and its answer
    std::size_t blocks = 0;      ///< blocks that its prompt fills; 0 if no ids say what it shares
    std::uint64_t prefix = 0;    ///< identity of these blocks together
    std::size_t session = 0;     ///< its session's name, mixed
  };
  static constexpr std::hash<std::string> hash{};
  using Names = std::unordered_map<std::string, std::uint64_t>;

  void wait_for(Names::const_iterator named, Request& request) const {
    if (named != named_.end()) request.after.push_back(named->second);
  }

  void state_prefix(const TraceRequest& recorded, Request& request) const {
    const auto of = named_.find(recorded.prefix_of);
    if (of == named_.end()) return;
    request.prefix_of = of->second;
    request.prefix_tokens = recorded.prefix_tokens;
    request.answer_tokens = recorded.answer_tokens;
  }

  void find_prefix(const TraceRequest& recorded, Request& request) {
    const SharedPrefix shared = prefixes_.add(request.id, recorded);
    request.prefix_of = shared.of;
    request.prefix_tokens = shared.tokens;
    if (shared.blocks > 0) {
      for (const std::uint64_t before : request.after) find_answer(before, recorded, request);
      if (const auto last = last_of_.find(recorded.session); last != last_of_.end())
        find_answer(last->second, recorded, request);
      if (!recorded.session.empty() && turns_.at(shared.of).session == hash(recorded.session))
        find_answer(shared.of, recorded, request);  // a chat may branch
    }
    const std::span<const std::uint64_t> chain = prefixes_.chain();
    const std::size_t blocks =
        recorded.block_tokens == 0
            ? 0
            : std::min<std::size_t>(recorded.input_tokens / recorded.block_tokens, chain.size());
    turns_.back() = {.answered = recorded.input_tokens + recorded.output_tokens,
                     .blocks = blocks,
                     .prefix = blocks == 0 ? 0 : chain[blocks - 1],
                     .session = hash(recorded.session)};
  }

  /// Takes the answer of an earlier request for a part of the prompt, if the prompt begins with all
  /// blocks of that one's and is long enough.
  void find_answer(std::uint64_t before, const TraceRequest& recorded, Request& request) const {
    const Turn& turn = turns_.at(before);
    const std::span<const std::uint64_t> chain = prefixes_.chain();
    const bool continues = turn.blocks > 0 && turn.blocks <= chain.size() &&
                           chain[turn.blocks - 1] == turn.prefix &&
                           recorded.input_tokens >= turn.answered;
    if (!continues || turn.answered <= request.prefix_tokens + request.answer_tokens) return;
    request.prefix_of = before;
    request.answer_tokens = turn.answered - request.prefix_tokens;
  }

  PrefixIndex prefixes_;
  Names named_, last_of_;
  std::vector<Turn> turns_;  // indexed by id
};

/// Sorts the requests by arrival and gives them ids to match. A prefix is shared only with a
/// request that arrives earlier; one that waits arrives when others have ended, whatever its time.
void sort_by_arrival(std::vector<Request>& requests) {
  std::ranges::stable_sort(requests, {}, &Request::arrival);
  std::vector<std::uint64_t> place(requests.size());
  for (std::uint64_t i = 0; i < requests.size(); ++i) place[requests[i].id] = i;
  for (Request& request : requests) {
    request.id = place[request.id];
    for (std::uint64_t& other : request.after) other = place[other];
    if (request.prefix_of != kNoRequest) request.prefix_of = place[request.prefix_of];
    const bool waits = !request.after.empty() && request.prefix_of != kNoRequest;
    if (request.prefix_of > request.id && !waits) request.prefix_tokens = 0;
    if (request.prefix_tokens > 0) continue;
    request.prefix_of = kNoRequest;
    request.answer_tokens = 0;
  }
}

/// The requests of a trace that are kept, by their times and their lengths.
class Selection {
 public:
  Selection(const std::filesystem::path& path, const RecordedOptions& options)
      : path_(path), options_(options) {}

  /// Returns whether a request is kept. One that is too long may be cut to the longest prompt.
  bool keep(TraceRequest& request) {
    if (!first_) first_ = request.timestamp;
    const Time at = request.timestamp - *first_;
    if (options_.start > Time(0) && at < options_.start) return false;
    if (options_.end > Time(0) && at >= options_.end) return false;
    if (options_.max_context == 0 || request.input_tokens <= options_.max_context) return true;
    if (options_.long_prompts == LongPrompts::refuse)
      throw InputError(
          fmt::format("{}: a prompt of {} tokens, expected at most the {} of workload.max_context; "
                      "workload.long_prompts: drop leaves it out, truncate cuts it",
                      path_.string(), request.input_tokens, options_.max_context));
    ++long_prompts_;
    if (options_.long_prompts == LongPrompts::drop) return false;
    request.input_tokens = options_.max_context;
    request.prefix_tokens = std::min(request.prefix_tokens, options_.max_context);
    if (request.block_tokens > 0)
      request.hash_ids.resize(std::min<std::uint64_t>(request.hash_ids.size(),
                                                      options_.max_context / request.block_tokens));
    return true;
  }

  void remark(std::vector<std::string>& remarks) const {
    if (long_prompts_ > 0)
      remarks.push_back(fmt::format(
          "{} prompts of the trace are longer than workload.max_context, {} tokens, and were {}",
          long_prompts_, options_.max_context,
          options_.long_prompts == LongPrompts::drop ? "left out" : "cut"));
  }

 private:
  std::filesystem::path path_;
  RecordedOptions options_;
  std::optional<Time> first_;
  std::uint64_t long_prompts_ = 0;
};

std::vector<std::string> remarks_on(const TraceReader& trace) {
  std::vector<std::string> remarks = trace.remarks();
  const LeftOut& left_out = trace.left_out();
  if (left_out.failed > 0)
    remarks.push_back(
        fmt::format("{} requests of the trace that failed when they were recorded are left out",
                    left_out.failed));
  if (left_out.bad > 0)
    remarks.push_back(fmt::format("{} bad rows of the trace are left out, the first: {}",
                                  left_out.bad, left_out.first_bad));
  return remarks;
}

}  // namespace

RecordedOptions recorded_options(const WorkloadSpec& spec, std::uint64_t keep) {
  RecordedOptions options{.reading = spec.reading,
                          .keep = keep,
                          .spread = spec.spread,
                          .start = spec.start,
                          .end = spec.end,
                          .max_context = spec.max_context,
                          .long_prompts = spec.long_prompts};
  if (spec.output) options.reading.output_tokens = static_cast<std::uint64_t>(spec.output->value);
  return options;
}

Recorded recorded_requests(const std::filesystem::path& path, const RecordedOptions& options) {
  std::unique_ptr<TraceReader> trace = open_trace(path, options.reading);
  if (options.spread) trace = spread_batches(std::move(trace));
  Recorder recorder;
  Selection selection(path, options);
  Recorded all;
  std::vector<Request>& requests = all.requests;
  for (TraceRequest recorded; trace->next(recorded);)
    if ((options.keep == 0 || requests.size() < options.keep) && selection.keep(recorded))
      requests.push_back(recorder.record(recorded));
  all.remarks = remarks_on(*trace);
  selection.remark(all.remarks);
  if (requests.empty())
    throw InputError(fmt::format(
        "{}: no request from workload.start to workload.end that is short enough, expected one",
        path.string()));
  sort_by_arrival(requests);
  const auto begins = [](const Request& request) { return request.after.empty(); };
  const auto first = std::ranges::find_if(requests, begins);  // who waits may seem to be earlier
  const Time start = first == requests.end() ? requests.front().arrival : first->arrival;
  for (Request& request : requests) request.arrival = std::max(Time(0), request.arrival - start);
  return all;
}

}  // namespace splitbench
