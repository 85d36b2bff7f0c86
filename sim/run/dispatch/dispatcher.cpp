#include "sim/run/dispatch/dispatcher.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <utility>

#include "reports/folder/trace_events.hpp"
#include "sim/run/dispatch/supervisor.hpp"

namespace splitbench {
namespace {

/// The number of places behind the queue's head in which to look for a session whose worker is
/// free.
constexpr std::size_t kLookAhead = 64;

}  // namespace

Dispatcher::Dispatcher(EventLoop& loop, const Scenario& scenario, std::span<const Request> trace,
                       Run run, Fleet& fleet, Supervisor& supervisor, std::function<void()> done)
    : loop_(loop),
      scenario_(scenario),
      trace_(trace),
      arm_(run.arm),
      repeat_(run.repeat),
      keep_measurements_(run.keep_measurements),
      shards_alike_(run.shards_alike),
      fleet_(fleet),
      supervisor_(supervisor),
      done_(std::move(done)),
      clients_(loop, scenario.workload, trace,
               [this](std::uint64_t request, Time arrival) { arrive(request, arrival); }),
      placement_(scenario, trace),
      next_job_(run.first_job),
      kept_spans_(scenario.timeline == TimelineOutput::off ? 0 : kMaxTraceEvents),
      answered_(trace.size()) {
  timelines_.reserve(trace.size());
  for (const Request& request : trace) {
    Timeline& t = timelines_.emplace_back();
    t.request = request;
    t.arm = name_of(arm_, scenario_.codecs);
    t.repeat = repeat_;
    t.warmup = request.id < scenario.workload.warmup;
  }
  supervisor_.serve(this);
}

Dispatcher::~Dispatcher() {
  supervisor_.serve(nullptr);
}

void Dispatcher::begin() {
  epoch_ = loop_.now();
  clients_.begin();
  dispatch();
}

void Dispatcher::arrive(std::uint64_t request, Time arrival) {
  timelines_[request].arrival = arrival;
  timelines_[request].dispatched = loop_.now() - epoch_;
  if (!hopeless_.empty()) return lose(request, hopeless_);
  queue_.push_back(request);
  loop_.post([this] { dispatch(); });
}

void Dispatcher::answer(std::uint64_t request) {
  if (answered_[request]) return;
  answered_[request] = true;
  ++answers_;
  clients_.answered(request);
}

void Dispatcher::dispatch() {
  const std::size_t batch = scenario_.workload.batch_size;
  while (queue_.size() >= batch && start_batch(batch)) {
  }
  if (queue_.empty() || queue_.size() >= batch) return;
  const std::size_t under_way = clients_.arrived() - answers_ - queue_.size();
  const bool all_wait_here = clients_.wait_for_answers() && under_way == 0;
  if (clients_.all_arrived() || all_wait_here) start_batch(queue_.size());
}

bool Dispatcher::start_batch(std::size_t size) {
  const bool in_order = scenario_.dispatch != Dispatch::session_affinity;
  const std::size_t last = in_order ? 0 : std::min(queue_.size() - size, kLookAhead);
  for (std::size_t first = 0; first <= last; ++first)
    if (start_batch(first, size)) return true;
  return false;
}

bool Dispatcher::start_batch(std::size_t first, std::size_t size) {
  const auto begin = queue_.begin() + static_cast<std::ptrdiff_t>(first);
  const auto end = begin + static_cast<std::ptrdiff_t>(size);
  Job job{.id = next_job_, .arm = arm_, .requests = {}};
  for (auto request = begin; request != end; ++request) {
    const Request& r = trace_[*request];
    job.requests.push_back({.id = r.id,
                            .prompt_tokens = r.prompt_tokens,
                            .output_tokens = r.output_tokens,
                            .drift_level = drift_level(scenario_.drift, r.id, r.arrival)});
  }
  if (!placement_.place(job, [this](const FlowId& flow) { return supervisor_.is_up(flow); }))
    return false;
  ++next_job_;
  queue_.erase(begin, end);
  JobState state;
  state.record.job = job;
  state.record.shards_alike = shards_alike_;
  const Pipeline& pipeline = scenario_.pipeline;
  for (const JobRequest& request : job.requests) {
    state.record.request_bytes.push_back(pipeline.shards.count *
                                         pipeline.raw_bytes(request.kv_tokens()));
    state.record.raw_bytes += state.record.request_bytes.back();
  }
  state.record.elements = state.record.raw_bytes / pipeline.bytes_of(1);
  jobs_.emplace(job.id, std::move(state));
  fleet_.start(job);
  if (on_start) on_start(job);
  return true;
}

Dispatcher::JobState* Dispatcher::live(std::uint64_t job) {
  const auto found = jobs_.find(job);
  return found == jobs_.end() || found->second.undone ? nullptr : &found->second;
}

void Dispatcher::on(const PrefillBegan& e) {
  JobState* job = live(e.job);
  if (!job) return;
  job->record.began = e;
  job->progress = std::max(job->progress, Progress::prefill);
}

void Dispatcher::on(const PrefillComputed& e) {
  JobState* job = live(e.job);
  if (!job) return;
  job->progress = std::max(job->progress, Progress::transfer);
  const Job& j = job->record.job;
  for (const JobRequest& request : j.requests)
    placement_.hold({.prefill = true, .index = j.prefill_worker}, request.id);
  stop_computing(*job);
  dispatch();
}

void Dispatcher::stop_computing(JobState& job) {
  if (!std::exchange(job.computed, true)) placement_.stop_computing(job.record.job);
}

void Dispatcher::on(PrefillReleased e) {
  JobState* job = live(e.job);
  if (!job) return;
  for (CodebookChange change : e.codebook_changes) {
    change.prefill_worker = job->record.job.prefill_worker;
    codebook_changes_.push_back(change);
  }
  job->record.released = std::move(e);
  leave(*job, true);
  close_if_done(*job);
  dispatch();
}

void Dispatcher::on(Installed e) {
  JobState* job = live(e.job);
  if (!job) return;
  job->progress = std::max(job->progress, Progress::decode);
  if (keep_measurements_ && !is_warmup(job->record.job, scenario_.workload))
    lateness_.insert(lateness_.end(), e.lateness.begin(), e.lateness.end());
  job->record.installed = std::move(e);
}

void Dispatcher::on(Finished e) {
  JobState* job = live(e.job);
  if (!job) return;
  const std::uint64_t request = e.request;
  job->record.finished.push_back(std::move(e));
  if (job->record.finished.size() == job->record.job.requests.size())
    job->progress = Progress::verify;
  placement_.hold({.prefill = false, .index = job->record.job.decode_worker}, request);
  close_if_done(*job);
  answer(request);
  dispatch();
}

void Dispatcher::on(const Verified& e) {
  JobState* job = live(e.job);
  if (!job) return;
  if (!e.same) {
    const Job& j = job->record.job;
    std::string requests;
    for (const JobRequest& r : j.requests) requests += fmt::format(" {}", r.id);
    const std::string why = fmt::format(
        "KV of request{} differs between prefill worker {} and decode worker {} (arm "
        "{}, repeat {}, seed {})",
        requests, j.prefill_worker, j.decode_worker, name_of(arm_, scenario_.codecs), repeat_,
        scenario_.seed);
    const Ticket ticket = supervisor_.noticed(FlowId{j.prefill_worker, j.decode_worker}, why);
    supervisor_.undoes(ticket);  // keeps the incident unrecovered
    fail(j, why);
    throw Mismatch(why);
  }
  job->record.verified = true;
  if (keep_measurements_) verify_times_.push_back(e.took);
  close_if_done(*job);
}

void Dispatcher::leave(JobState& job, bool prefill) {
  if (!std::exchange(prefill ? job.at_prefill : job.at_decode, false)) return;
  if (!prefill) return placement_.leave_decode(job.record.job);
  stop_computing(job);
  placement_.leave_prefill(job.record.job);
}

void Dispatcher::close_if_done(JobState& job) {
  JobRecord& record = job.record;
  const bool checked = record.verified || scenario_.pipeline.verify == Verify::off;
  if (job.closed || !record.released || !record.installed || !checked ||
      record.finished.size() < record.job.requests.size())
    return;
  job.closed = true;
  leave(job, false);
  const bool with_spans = std::ranges::any_of(
      record.job.requests, [this](const JobRequest& r) { return kept_spans_.wants(r.id); });
  transfers_.push_back(write_timelines(record, epoch_, with_spans, timelines_));
  for (const JobRequest& request : record.job.requests) {
    if (with_spans) kept_spans_.add(request.id, record.job.requests.size(), timelines_);
    settle(request.id);
  }
  if (keep_measurements_)
    record.finished = {};  // now in the timelines; the replay needs no tokens
  else
    jobs_.erase(std::uint64_t{record.job.id});
  loop_.post([this] { dispatch(); });
}

void Dispatcher::settle(std::uint64_t request) {
  if (const auto trouble = troubled_.extract(request)) supervisor_.is_through(trouble.mapped());
  ++settled_;
  if (settled_ == trace_.size()) loop_.post(done_);
}

void Dispatcher::worker_lost(const Member& member, Ticket ticket, const std::string& why) {
  placement_.forget(member);
  for (const std::uint64_t id : jobs_where([&](const JobState& s) { return is_at(s, member); })) {
    leave(jobs_.at(id), member.prefill);
    undo(id, ticket, why);
  }
}

void Dispatcher::flow_lost(const FlowId& flow, Ticket ticket, const std::string& why) {
  const auto on_flow = [&](const JobState& s) {
    return is_at(s, prefill_end(flow)) && s.record.job.decode_worker == flow.receiver;
  };
  for (const std::uint64_t id : jobs_where(on_flow)) undo(id, ticket, why);
}

void Dispatcher::flow_up() {
  dispatch();
}

void Dispatcher::give_up(const std::string& why) {
  hopeless_ = why;
  for (const std::uint64_t request : std::exchange(queue_, {})) lose(request, why);
}

void Dispatcher::cancel_a_request(const std::string& fault) {
  const auto under_way = jobs_where([](const JobState& s) { return !s.closed && !s.undone; });
  if (under_way.empty()) return;
  const std::uint64_t request = jobs_.at(under_way.front()).record.job.requests.front().id;
  cancelled_.insert(request);
  const std::string target = fmt::format("request {}", request);
  undo(under_way.front(), supervisor_.injected_and_over(fault, target, "cancelled"),
       "a request of its batch was cancelled");
}

void Dispatcher::on(const Refused& e) {
  JobState* job = live(e.job);
  if (!job) return;
  const FlowId flow{job->record.job.prefill_worker, job->record.job.decode_worker};
  const std::string why = fmt::format("{} refused a job: {}", name_of(decode_end(flow)), e.why);
  const Ticket ticket = supervisor_.noticed(flow, why);
  if (scenario_.on_fault == OnFault::fail_fast) throw WorkerLost(decode_end(flow), why);
  undo(e.job, ticket, why);
}

void Dispatcher::on(const Dropped& e) {
  const auto job = jobs_.find(e.job);
  if (job == jobs_.end()) return;
  leave(job->second, e.by_prefill);
  end_if_undone(e.job);
  dispatch();
}

std::vector<std::uint64_t> Dispatcher::jobs_where(
    const std::function<bool(const JobState&)>& condition) const {
  std::vector<std::uint64_t> found;
  for (const auto& [id, state] : jobs_)
    if (condition(state)) found.push_back(id);
  return found;
}

void Dispatcher::undo(std::uint64_t id, Ticket ticket, const std::string& why) {
  JobState& job = jobs_.at(id);
  if (!job.undone) {
    job.undone = why;
    const Job& j = job.record.job;
    for (const JobRequest& request : j.requests) {
      if (const auto before = troubled_.extract(request.id))
        supervisor_.is_through(before.mapped());  // it belongs to this incident from now on
      if (cancelled_.contains(request.id)) continue;
      supervisor_.undoes(ticket);
      troubled_.emplace(request.id, ticket);
    }
    // These are copies, because an answer may come at once and end the job.
    const Member prefill{.prefill = true, .index = j.prefill_worker};
    const Member decode{.prefill = false, .index = j.decode_worker};
    const bool at_prefill = job.at_prefill, at_decode = job.at_decode;
    if (at_prefill) fleet_.drop(prefill, id);
    if (at_decode) fleet_.drop(decode, id);
  }
  end_if_undone(id);
}

void Dispatcher::end_if_undone(std::uint64_t id) {
  const auto found = jobs_.find(id);
  if (found == jobs_.end()) return;
  const JobState& job = found->second;
  if (!job.undone || job.at_prefill || job.at_decode) return;
  const Job ended = job.record.job;
  const std::string why = *job.undone;
  jobs_.erase(found);
  for (const JobRequest& request : ended.requests) {
    if (cancelled_.contains(request.id))
      cancel(request.id);
    else
      send_again(request.id, why);
  }
}

void Dispatcher::send_again(std::uint64_t request, const std::string& why) {
  constexpr Time kFirst{10'000'000}, kLongest{1'000'000'000};
  Timeline& t = timelines_[request];
  if (!hopeless_.empty()) return lose(request, hopeless_);
  if (t.retries == scenario_.max_retries)
    return lose(request, fmt::format("given up after {} retries: {}", t.retries, why));
  const Time wait = backoff(kFirst, kLongest, t.retries);
  ++t.retries;
  if (const auto trouble = troubled_.find(request); trouble != troubled_.end())
    supervisor_.sends_again(trouble->second);
  loop_.after(wait, [this, request] {
    if (!hopeless_.empty()) return lose(request, hopeless_);
    const auto place = std::ranges::upper_bound(queue_, request);  // the oldest first
    queue_.insert(place, request);
    dispatch();
  });
}

void Dispatcher::cancel(std::uint64_t request) {
  timelines_[request].status = Status::cancelled;
  timelines_[request].failure = "its client gave up";
  settle(request);
  answer(request);
}

void Dispatcher::lose(std::uint64_t request, const std::string& why) {
  timelines_[request].status = Status::failed;
  timelines_[request].failure = why;
  if (const auto trouble = troubled_.extract(request)) supervisor_.gives_up(trouble.mapped());
  settle(request);
  answer(request);
}

bool Dispatcher::is_at(const JobState& state, const Member& member) {
  const Job& job = state.record.job;
  if (state.closed || !(member.prefill ? state.at_prefill : state.at_decode)) return false;
  return member.index == (member.prefill ? job.prefill_worker : job.decode_worker);
}

std::string Dispatcher::in_flight_at(const Member& member) const {
  constexpr std::array<std::string_view, 5> kNames = {"prefill_queue", "prefill_compute",
                                                      "transfer", "decode", "verify"};
  for (const auto& [id, state] : jobs_)
    if (is_at(state, member))
      return fmt::format("request {} in {}", state.record.job.requests.front().id,
                         kNames[static_cast<std::size_t>(state.progress)]);
  return "no request";
}

void Dispatcher::fail(const Member& member, const std::string& why) {
  for (const auto& [id, state] : jobs_)
    if (is_at(state, member)) fail(state.record.job, why);
}

void Dispatcher::fail(const Job& job, const std::string& why) {
  for (const JobRequest& request : job.requests) {
    timelines_[request.id].status = Status::failed;
    timelines_[request.id].failure = why;
  }
}

RunRecord Dispatcher::take_record() {
  RunRecord record{.arm = std::string(name_of(arm_, scenario_.codecs)),
                   .repeat = repeat_,
                   .duration = Time{0},
                   .timelines = std::move(timelines_),
                   .transfers = std::move(transfers_),
                   .incidents = supervisor_.incidents(epoch_),
                   .codebook_changes = std::move(codebook_changes_),
                   .failure = {}};
  Time first = Time::max();
  for (Timeline& t : record.timelines) {
    first = std::min(first, t.arrival);
    record.duration = std::max(record.duration, t.last_token);
    if (t.status == Status::unfinished) t.failure = "the run ended before it";
  }
  record.duration = std::max(record.duration - first, Time{0});
  return record;
}

std::vector<JobRecord> Dispatcher::completed() const {
  std::vector<JobRecord> all;
  for (const auto& [id, state] : jobs_)
    if (state.closed) all.push_back(state.record);
  return all;
}

}  // namespace splitbench
