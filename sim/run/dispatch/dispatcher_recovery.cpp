// The part of the dispatcher that undoes attempts and sends requests again.
#include <algorithm>
#include <fmt/format.h>
#include <utility>

#include "sim/run/dispatch/backoff.hpp"
#include "sim/run/dispatch/dispatcher.hpp"

namespace splitbench {

void Dispatcher::worker_lost(const Member& member, Ticket ticket, const std::string& why) {
  (member.prefill ? prefill_cache_ : decode_cache_)[member.index].clear();
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
  undo(under_way.front(), supervisor_.struck_and_over(fault, target, "cancelled"),
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
        supervisor_.is_through(before.mapped());  // from now on it is this incident's
      if (cancelled_.contains(request.id)) continue;
      supervisor_.undoes(ticket);
      troubled_.emplace(request.id, ticket);
    }
    // Copies: an answer may come at once and end the job.
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

}  // namespace splitbench
