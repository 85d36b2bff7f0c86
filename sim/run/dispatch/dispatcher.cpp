#include "sim/run/dispatch/dispatcher.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <fmt/format.h>
#include <utility>

namespace splitbench {

Dispatcher::Dispatcher(EventLoop& loop, const Scenario& scenario, std::span<const Request> trace,
                       Run run, Fleet& fleet, Supervisor& supervisor, std::function<void()> done)
    : loop_(loop),
      scenario_(scenario),
      trace_(trace),
      arm_(run.arm),
      repeat_(run.repeat),
      fleet_(fleet),
      supervisor_(supervisor),
      done_(std::move(done)),
      clients_(loop, scenario.workload, trace,
               [this](std::uint64_t request, Time arrival) { arrive(request, arrival); }),
      next_job_(run.first_job),
      answered_(trace.size()),
      prefill_cache_(scenario.workers.prefill, PrefixCache(trace, false)),
      decode_cache_(scenario.workers.decode, PrefixCache(trace, true)),
      prefill_memory_(scenario.workers.prefill, Arena(scenario.prefill_memory)),
      decode_memory_(scenario.workers.decode, Arena(scenario.decode_memory)),
      prefill_load_(scenario.workers.prefill),
      decode_load_(scenario.workers.decode),
      computing_(scenario.workers.prefill),
      holding_(scenario.workers.prefill) {
  for (const Request& request : trace) {
    Timeline& t = timelines_.emplace_back();
    t.request = request;
    t.arm = name_of(arm_);
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
  for (const JobRequest& request : job->record.job.requests)
    prefill_cache_[job->record.job.prefill_worker].hold(request.id);
  stop_computing(*job);
  dispatch();
}

void Dispatcher::stop_computing(JobState& job) {
  if (std::exchange(job.computed, true)) return;
  --computing_[job.record.job.prefill_worker];
  prefill_load_[job.record.job.prefill_worker] -= job.record.job.kv_tokens();
}

void Dispatcher::on(const PrefillReleased& e) {
  JobState* job = live(e.job);
  if (!job) return;
  for (CodebookChange change : e.codebook_changes) {
    change.prefill_worker = job->record.job.prefill_worker;
    codebook_changes_.push_back(change);
  }
  job->record.released = e;
  leave(*job, true);
  close_if_done(*job);
  dispatch();
}

void Dispatcher::on(const Installed& e) {
  JobState* job = live(e.job);
  if (!job) return;
  job->record.installed = e;
  job->progress = std::max(job->progress, Progress::decode);
  if (!is_warmup(job->record.job, scenario_.workload))
    lateness_.insert(lateness_.end(), e.lateness.begin(), e.lateness.end());
}

void Dispatcher::on(const Finished& e) {
  JobState* job = live(e.job);
  if (!job) return;
  job->record.finished.push_back(e);
  if (job->record.finished.size() == job->record.job.requests.size())
    job->progress = Progress::verify;
  decode_cache_[job->record.job.decode_worker].hold(e.request);
  close_if_done(*job);
  answer(e.request);
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
        requests, j.prefill_worker, j.decode_worker, name_of(arm_), repeat_, scenario_.seed);
    const Ticket ticket = supervisor_.noticed(FlowId{j.prefill_worker, j.decode_worker}, why);
    supervisor_.undoes(ticket);  // and nobody will be well again
    fail(j, why);
    throw Mismatch(why);
  }
  job->record.verified = true;
  verify_times_.push_back(e.took);
  close_if_done(*job);
}

void Dispatcher::leave(JobState& job, bool prefill) {
  const Job& j = job.record.job;
  const std::uint64_t bytes = scenario_.pipeline.memory_of(j.kv_tokens());
  if (!std::exchange(prefill ? job.at_prefill : job.at_decode, false)) return;
  if (prefill) {
    stop_computing(job);
    --holding_[j.prefill_worker];
    prefill_memory_[j.prefill_worker].give_back(j.prefill_offset, bytes);
  } else {
    decode_memory_[j.decode_worker].give_back(j.decode_offset, bytes);
    decode_load_[j.decode_worker] -= j.kv_tokens();
  }
}

void Dispatcher::close_if_done(JobState& job) {
  JobRecord& record = job.record;
  const bool checked = record.verified || scenario_.pipeline.verify == Verify::off;
  if (job.closed || !record.released || !record.installed || !checked ||
      record.finished.size() < record.job.requests.size())
    return;
  job.closed = true;
  leave(job, false);
  transfers_.push_back(write_timelines(record, epoch_, timelines_));
  record.finished = {};  // they stand in the timelines now, and the replay asks for no tokens
  for (const JobRequest& request : record.job.requests) settle(request.id);
  loop_.post([this] { dispatch(); });
}

void Dispatcher::settle(std::uint64_t request) {
  if (const auto trouble = troubled_.extract(request)) supervisor_.is_through(trouble.mapped());
  ++settled_;
  if (settled_ == trace_.size()) loop_.post(done_);
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

RunRecord Dispatcher::record() const {
  RunRecord record{.arm = std::string(name_of(arm_)),
                   .repeat = repeat_,
                   .duration = Time{0},
                   .timelines = timelines_,
                   .transfers = transfers_,
                   .incidents = supervisor_.incidents(epoch_),
                   .codebook_changes = codebook_changes_,
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
