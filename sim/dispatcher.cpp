#include "sim/dispatcher.hpp"

#include <algorithm>
#include <cassert>
#include <fmt/format.h>
#include <numeric>
#include <utility>

namespace splitbench {
namespace {

constexpr std::uint64_t kBytesPerElement = 2;

Time first_begin(std::span<const Span> spans, std::initializer_list<Stage> stages) {
  Time first = Time::max();
  for (const Span& s : spans)
    if (std::ranges::find(stages, s.stage) != stages.end()) first = std::min(first, s.begin);
  return first;
}

Time last_end(std::span<const Span> spans, Stage stage) {
  Time last{0};
  for (const Span& s : spans)
    if (s.stage == stage) last = std::max(last, s.end);
  return last;
}

/// A request's share of something that its batch has in common.
std::uint64_t share(std::uint64_t whole, std::uint64_t part, std::uint64_t of) {
  return static_cast<std::uint64_t>(static_cast<unsigned __int128>(whole) * part / of);
}

}  // namespace

Dispatcher::Dispatcher(EventLoop& loop, const Scenario& scenario, std::span<const Request> trace,
                       Arm arm, int repeat, std::function<void(const Job&)> start,
                       std::function<void()> done)
    : loop_(loop),
      scenario_(scenario),
      trace_(trace),
      arm_(arm),
      repeat_(repeat),
      start_(std::move(start)),
      done_(std::move(done)),
      prefill_memory_(scenario.workers.prefill, Arena(scenario.prefill_memory)),
      decode_memory_(scenario.workers.decode, Arena(scenario.decode_memory)),
      prefill_load_(scenario.workers.prefill),
      decode_load_(scenario.workers.decode),
      computing_(scenario.workers.prefill),
      holding_(scenario.workers.prefill) {
  for (const Request& request : trace) {
    Timeline& t = timelines_.emplace_back();
    t.request = request;
    t.arm = kArmNames[static_cast<std::size_t>(arm)];
    t.repeat = repeat;
    t.warmup = request.id < scenario.workload.warmup;
  }
}

void Dispatcher::begin() {
  epoch_ = loop_.now();
  if (scenario_.workload.arrivals == Arrivals::closed) {
    const std::size_t clients =
        std::min<std::size_t>(scenario_.workload.concurrency, trace_.size());
    for (std::size_t i = 0; i < clients; ++i) arrive(arrived_);
    dispatch();
    return;
  }
  for (std::size_t i = 0; i < trace_.size(); ++i)
    loop_.at(epoch_ + trace_[i].arrival, [this, i] {
      arrive(i);
      dispatch();
    });
}

void Dispatcher::arrive(std::size_t index) {
  assert(index == arrived_);
  ++arrived_;
  const Time now = loop_.now() - epoch_;
  const bool closed = scenario_.workload.arrivals == Arrivals::closed;
  timelines_[index].arrival = closed ? now : trace_[index].arrival;
  timelines_[index].dispatched = now;
  queue_.push_back(index);
}

void Dispatcher::dispatch() {
  const std::size_t batch = scenario_.workload.batch_size;
  while (queue_.size() >= batch && start_batch(batch)) {
  }
  const bool last = arrived_ == trace_.size() && !queue_.empty() && queue_.size() < batch;
  if (last) start_batch(queue_.size());
}

bool Dispatcher::start_batch(std::size_t size) {
  Job job{.id = next_job_, .arm = arm_, .requests = {}};
  for (std::size_t i = 0; i < size; ++i) {
    const Request& r = trace_[queue_[i]];
    job.requests.push_back({r.id, r.prompt_tokens, r.output_tokens});
  }
  const std::uint64_t bytes = job_bytes(job);
  const std::uint32_t most_jobs = scenario_.pipeline ? 2 : 1;  // one computes while one drains

  std::uint32_t prefill_turn = prefill_turn_, decode_turn = decode_turn_;
  const auto prefill = choose(
      prefill_memory_, bytes,
      [&](std::uint32_t w) { return computing_[w] == 0 && holding_[w] < most_jobs; }, prefill_load_,
      prefill_turn, job.prefill_offset);
  if (!prefill) return false;
  const auto decode = choose(
      decode_memory_, bytes, [](std::uint32_t) { return true; }, decode_load_, decode_turn,
      job.decode_offset);
  if (!decode) {
    prefill_memory_[*prefill].give_back(job.prefill_offset, bytes);
    return false;
  }
  prefill_turn_ = prefill_turn;
  decode_turn_ = decode_turn;
  job.prefill_worker = *prefill;
  job.decode_worker = *decode;
  prefill_load_[*prefill] += job.tokens();
  decode_load_[*decode] += job.tokens();
  ++computing_[*prefill];
  ++holding_[*prefill];
  ++next_job_;
  queue_.erase(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(size));
  start_(jobs_.emplace(job.id, JobState{.job = job}).first->second.job);
  return true;
}

std::optional<std::uint32_t> Dispatcher::choose(std::vector<Arena>& memory, std::uint64_t bytes,
                                                const std::function<bool(std::uint32_t)>& has_room,
                                                const std::vector<std::uint64_t>& load,
                                                std::uint32_t& turn, std::uint64_t& offset) {
  std::vector<std::uint32_t> order(memory.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::rotate(order, order.begin() + turn);
  if (scenario_.dispatch == Dispatch::least_loaded)
    std::ranges::stable_sort(order, {}, [&](std::uint32_t w) { return load[w]; });
  for (const std::uint32_t worker : order) {
    if (!has_room(worker)) continue;
    const auto place = memory[worker].take(bytes);
    if (!place) continue;
    offset = *place;
    turn = (worker + 1) % static_cast<std::uint32_t>(memory.size());
    return worker;
  }
  return std::nullopt;
}

std::uint64_t Dispatcher::job_bytes(const Job& job) const {
  return job.tokens() * scenario_.model.elements_per_token() * kBytesPerElement;
}

void Dispatcher::on(const PrefillBegan& e) {
  JobState& job = jobs_.at(e.job);
  job.began = e;
  job.progress = std::max(job.progress, Progress::prefill);
}

void Dispatcher::on(const PrefillComputed& e) {
  JobState& job = jobs_.at(e.job);
  job.progress = std::max(job.progress, Progress::transfer);
  --computing_[job.job.prefill_worker];
  prefill_load_[job.job.prefill_worker] -= job.job.tokens();
  dispatch();
}

void Dispatcher::on(const PrefillReleased& e) {
  JobState& job = jobs_.at(e.job);
  job.released = e;
  --holding_[job.job.prefill_worker];
  prefill_memory_[job.job.prefill_worker].give_back(job.job.prefill_offset, job_bytes(job.job));
  close_if_done(job);
  dispatch();
}

void Dispatcher::on(const Installed& e) {
  JobState& job = jobs_.at(e.job);
  job.installed = e;
  job.progress = std::max(job.progress, Progress::decode);
  lateness_.insert(lateness_.end(), e.lateness.begin(), e.lateness.end());
}

void Dispatcher::on(const Finished& e) {
  JobState& job = jobs_.at(e.job);
  Timeline& t = timelines_[e.request];
  t.spans.push_back({e.first_step.stage, e.first_step.begin - epoch_, e.first_step.end - epoch_});
  t.first_token = e.tokens.front() - epoch_;
  t.last_token = e.tokens.back() - epoch_;
  for (std::size_t i = 1; i < e.tokens.size(); ++i)
    t.token_gaps.push_back(e.tokens[i] - e.tokens[i - 1]);
  if (++job.finished == job.job.requests.size()) job.progress = Progress::verify;
  close_if_done(job);
  if (scenario_.workload.arrivals == Arrivals::closed && arrived_ < trace_.size()) arrive(arrived_);
  dispatch();
}

void Dispatcher::on(const Verified& e) {
  JobState& job = jobs_.at(e.job);
  if (!e.same) {
    std::string requests;
    for (const JobRequest& r : job.job.requests) requests += fmt::format(" {}", r.id);
    const std::string why = fmt::format(
        "KV of request{} differs between prefill worker {} and decode worker {} (arm "
        "{}, repeat {}, seed {})",
        requests, job.job.prefill_worker, job.job.decode_worker,
        kArmNames[static_cast<std::size_t>(arm_)], repeat_, scenario_.seed);
    fail(job.job, why);
    throw Mismatch(why);
  }
  job.verified = true;
  verify_times_.push_back(e.took);
  close_if_done(job);
}

void Dispatcher::close_if_done(JobState& job) {
  const bool checked = job.verified || scenario_.verify == Verify::off;
  if (job.closed || !job.released || !job.installed || !checked ||
      job.finished < job.job.requests.size())
    return;
  job.closed = true;
  decode_memory_[job.job.decode_worker].give_back(job.job.decode_offset, job_bytes(job.job));
  decode_load_[job.job.decode_worker] -= job.job.tokens();
  finished_ += job.job.requests.size();
  write_timelines(job);
  loop_.post([this] { dispatch(); });
  if (finished_ == trace_.size()) loop_.post(done_);
}

void Dispatcher::write_timelines(const JobState& state) {
  const Job& job = state.job;
  std::vector<Span> spans = state.released->spans;
  spans.insert(spans.end(), state.installed->spans.begin(), state.installed->spans.end());
  for (Span& s : spans) s = {s.stage, s.begin - epoch_, s.end - epoch_};

  const auto& chunk_bytes = state.released->chunk_bytes;
  Transfer transfer{.id = job.id,
                    .requests = {},
                    .arm = std::string(kArmNames[static_cast<std::size_t>(arm_)]),
                    .repeat = repeat_};
  transfer.raw_bytes = job_bytes(job);
  transfer.wire_bytes = std::accumulate(chunk_bytes.begin(), chunk_bytes.end(), std::uint64_t{0});
  transfer.elements = transfer.raw_bytes / kBytesPerElement;
  transfer.escapes = state.released->escapes;
  transfer.ready = first_begin(spans, {Stage::encode, Stage::xfer_prep});
  transfer.start = first_begin(spans, {Stage::xfer_wire});
  transfer.end = last_end(spans, Stage::xfer_wire);
  transfer.applied = state.installed->at - epoch_;
  transfer.verified = state.verified;

  std::uint64_t tokens_before = 0;
  for (std::size_t i = 0; i < job.requests.size(); ++i) {
    const JobRequest& request = job.requests[i];
    Timeline& t = timelines_[request.id];
    const std::uint64_t upto = tokens_before + request.prompt_tokens;
    const auto part = [&](std::uint64_t whole) {  // shares of a batch add up to the whole
      return share(whole, upto, job.tokens()) - share(whole, tokens_before, job.tokens());
    };
    t.status = Status::ok;
    t.transfer = job.id;
    t.prefill_worker = static_cast<int>(job.prefill_worker);
    t.decode_worker = static_cast<int>(job.decode_worker);
    t.prefill_begin = state.began->at - epoch_;
    t.spans.insert(t.spans.end(), spans.begin(), spans.end());
    t.raw_bytes = part(transfer.raw_bytes);
    t.wire_bytes = part(transfer.wire_bytes);
    t.escapes = part(transfer.escapes);
    t.kv_hash = state.released->digests.empty() ? 0 : state.released->digests[i];
    t.verified = state.verified;
    tokens_before = upto;
    transfer.requests.push_back(request.id);
    transfer.warmup |= t.warmup;
  }
  transfers_.push_back(std::move(transfer));
}

bool Dispatcher::is_at(const JobState& state, bool prefill, std::uint32_t worker) {
  if (state.closed || (prefill && state.released)) return false;
  return worker == (prefill ? state.job.prefill_worker : state.job.decode_worker);
}

std::string Dispatcher::in_flight_at(bool prefill, std::uint32_t worker) const {
  constexpr std::array<std::string_view, 5> kNames = {"prefill_queue", "prefill_compute",
                                                      "transfer", "decode", "verify"};
  for (const auto& [id, state] : jobs_)
    if (is_at(state, prefill, worker))
      return fmt::format("request {} in {}", state.job.requests.front().id,
                         kNames[static_cast<std::size_t>(state.progress)]);
  return "no request";
}

void Dispatcher::fail(bool prefill, std::uint32_t worker, const std::string& why) {
  for (const auto& [id, state] : jobs_)
    if (is_at(state, prefill, worker)) fail(state.job, why);
}

void Dispatcher::fail(const Job& job, const std::string& why) {
  for (const JobRequest& request : job.requests) {
    timelines_[request.id].status = Status::failed;
    timelines_[request.id].failure = why;
  }
}

RunRecord Dispatcher::record() const {
  RunRecord record{.arm = std::string(kArmNames[static_cast<std::size_t>(arm_)]),
                   .repeat = repeat_,
                   .duration = Time{0},
                   .timelines = timelines_,
                   .transfers = transfers_};
  Time first = Time::max();
  for (Timeline& t : record.timelines) {
    first = std::min(first, t.arrival);
    record.duration = std::max(record.duration, t.last_token);
    if (t.status == Status::unfinished) t.failure = "the run ended before it";
  }
  record.duration = std::max(record.duration - first, Time{0});
  return record;
}

std::vector<Dispatcher::Transferred> Dispatcher::transferred() const {
  std::vector<Transferred> all;
  for (const auto& [id, state] : jobs_)
    if (state.closed) all.push_back({state.job, *state.began, *state.released, *state.installed});
  return all;
}

}  // namespace splitbench
