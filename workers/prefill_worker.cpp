#include "workers/prefill_worker.hpp"

#include <algorithm>
#include <cassert>
#include <numeric>
#include <set>
#include <utility>

#include "network/message.hpp"

namespace splitbench {

PrefillWorker::PrefillWorker(EventLoop& loop, const Pipeline& pipeline, PrefillEngine& engine,
                             std::vector<Sender*> senders, PrefillObserver& observer)
    : loop_(loop),
      pipeline_(pipeline),
      engine_(engine),
      senders_(std::move(senders)),
      observer_(observer),
      free_slots_(plan_staging(pipeline.staging).slots) {
  std::iota(free_slots_.rbegin(), free_slots_.rend(), 0);
  for (Sender* sender : senders_) {
    sender->on_credit = [this] {
      send_staged();
      pack_next();
    };
    sender->on_applied = [this](std::uint64_t job) { released(job); };
  }
}

void PrefillWorker::start(Job job) {
  auto running = std::make_unique<Running>();
  running->chunks = pipeline_.chunks(job.tokens());
  running->report.job = job.id;
  running->job = std::move(job);
  jobs_.push_back(std::move(running));
  if (!computing_) compute_next();
}

void PrefillWorker::compute_next() {
  const auto next = std::ranges::find_if(
      jobs_, [&](const auto& r) { return r->computed.size() < pipeline_.groups(); });
  if (next == jobs_.end()) return;
  Running& r = **next;
  computing_ = true;
  if (!r.computed.empty()) return compute_group(r);
  engine_.prepare(r.job, [this, &r] {
    observer_.on(PrefillBegan{r.job.id, loop_.now()});
    senders_[r.job.decode_worker]->begin(r.job);
    compute_group(r);
  });
}

void PrefillWorker::compute_group(Running& r) {
  engine_.compute(r.job, static_cast<std::uint32_t>(r.computed.size()),
                  [this, &r](const std::vector<Span>& spans) {
                    computing_ = false;
                    r.report.spans.insert(r.report.spans.end(), spans.begin(), spans.end());
                    r.computed.push_back(loop_.now());
                    pack_next();
                    if (r.computed.size() == pipeline_.groups())
                      observer_.on(PrefillComputed{r.job.id});
                    if (!computing_) compute_next();
                  });
}

bool PrefillWorker::may_pack(const Running& r) const {
  if (!pipeline_.overlap)
    return r.computed.size() == pipeline_.groups() && staged_.empty() && r.packed == r.sent &&
           senders_[r.job.decode_worker]->idle();
  return r.chunks[r.packed].group < r.computed.size();
}

void PrefillWorker::pack_next() {
  if (packing_ || free_slots_.empty()) return;
  const auto next =
      std::ranges::find_if(jobs_, [](const auto& r) { return r->packed < r->chunks.size(); });
  if (next == jobs_.end() || !may_pack(**next)) return;

  Running& r = **next;
  const std::uint32_t chunk = r.packed++;
  const std::uint32_t slot = free_slots_.back();
  free_slots_.pop_back();
  packing_ = true;
  engine_.pack(r.job, r.chunks[chunk], slot, [this, &r, chunk, slot](const Packed& packed) {
    packing_ = false;
    const Time computed = r.computed[r.chunks[chunk].group], begun = packed.spans.front().begin;
    if (computed < begun) r.report.spans.push_back({Stage::xfer_queue, computed, begun});
    r.report.spans.insert(r.report.spans.end(), packed.spans.begin(), packed.spans.end());
    r.report.chunk_bytes.push_back(packed.payload_bytes + kMessageHeaderBytes);
    r.report.escapes += packed.escapes;
    staged_.push_back({&r, chunk, slot, packed.payload_bytes, packed.spans.back().end});
    send_staged();
    pack_next();
  });
}

void PrefillWorker::send_staged() {
  std::set<std::uint32_t> blocked;  // a flow's chunks stay in order
  for (auto next = staged_.begin(); next != staged_.end();) {
    Running& r = *next->running;
    Sender& sender = *senders_[r.job.decode_worker];
    if (sender.credits() == 0) blocked.insert(r.job.decode_worker);
    if (blocked.contains(r.job.decode_worker)) {
      ++next;
      continue;
    }
    const Staged staged = *next;
    next = staged_.erase(next);
    sender.send(r.job, staged.chunk, staged.slot, staged.payload_bytes, staged.packed,
                [this, slot = staged.slot] {
                  free_slots_.push_back(slot);
                  pack_next();
                });
    if (++r.sent == r.chunks.size()) finish_sending(r);
  }
}

void PrefillWorker::finish_sending(Running& r) {
  Sender& sender = *senders_[r.job.decode_worker];
  if (pipeline_.verify == Verify::off) return sender.end(r.job, {});
  engine_.digest(r.job, [&r, &sender](std::vector<std::uint64_t> digests) {
    r.report.digests = digests;
    sender.end(r.job, std::move(digests));
  });
}

void PrefillWorker::released(std::uint64_t job) {
  const auto done = std::ranges::find_if(jobs_, [&](const auto& r) { return r->job.id == job; });
  assert(done != jobs_.end());
  const PrefillReleased report = std::move((*done)->report);
  jobs_.erase(done);
  observer_.on(report);
}

}  // namespace splitbench
