#include "workers/prefill_worker.hpp"

#include <algorithm>
#include <numeric>
#include <set>
#include <utility>

#include "network/tcp/message.hpp"

namespace splitbench {

PrefillWorker::PrefillWorker(EventLoop& loop, const Pipeline& pipeline, PrefillEngine& engine,
                             CodebookKeeper& keeper, std::vector<Sender*> senders,
                             PrefillObserver& observer)
    : loop_(loop),
      pipeline_(pipeline),
      engine_(engine),
      keeper_(keeper),
      senders_(std::move(senders)),
      observer_(observer),
      free_slots_(pipeline.staging_plan().slots),
      queued_bytes_(senders_.size()) {
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
  running->chunks = pipeline_.chunks(job.kv_tokens());
  running->report.job = job.id;
  running->job = std::move(job);
  jobs_.push_back(std::move(running));
  if (!computing_) compute_next();
}

void PrefillWorker::renew() {
  keeper_.reset();
  reported_changes_ = 0;
}

void PrefillWorker::compute_next() {
  const auto next = std::ranges::find_if(
      jobs_, [&](const auto& r) { return !r->dropped && r->computed.size() < pipeline_.groups(); });
  if (next == jobs_.end()) return;
  Running& r = **next;
  computing_ = true;
  if (!r.computed.empty()) return compute_group(r);
  ++r.busy;
  engine_.prepare(r.job, [this, &r] {
    --r.busy;
    if (r.dropped) computing_ = false;
    if (settle(r)) return;
    observer_.on(PrefillBegan{r.job.id, loop_.now()});
    if (r.job.arm != Arm::automatic) announce(r);
    compute_group(r);
  });
}

void PrefillWorker::compute_group(Running& r) {
  ++r.busy;
  engine_.compute(r.job, static_cast<std::uint32_t>(r.computed.size()),
                  [this, &r](const std::vector<Span>& spans) {
                    --r.busy;
                    computing_ = false;
                    if (settle(r)) return;
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
  while (packing_ < pipeline_.at_once() && !free_slots_.empty() && pack_one()) {
  }
}

bool PrefillWorker::pack_one() {
  const auto next = std::ranges::find_if(
      jobs_, [](const auto& r) { return !r->dropped && r->packed < r->chunks.size(); });
  if (next == jobs_.end() || !may_pack(**next)) return false;

  Running& r = **next;
  if (!r.begun) {
    r.job.arm = keeper_.choose(r.job, load_before(r));
    announce(r);
  }
  const std::uint32_t chunk = r.packed++;
  const std::uint32_t slot = free_slots_.back();
  free_slots_.pop_back();
  ++packing_;
  ++r.busy;
  engine_.pack(
      r.job, r.chunks[chunk], slot, keeper_.plan(r.job, r.chunks[chunk]),
      [this, &r, chunk, slot](const Packed& packed) {
        --r.busy;
        --packing_;
        note(r, r.chunks[chunk], packed);
        if (r.dropped) free_slots_.push_back(slot);
        if (settle(r)) return;
        staged_.push_back({&r, chunk, slot, packed.payload_bytes, packed.spans.back().end});
        queued_bytes_[r.job.decode_worker] += packed.payload_bytes;
        send_staged();
        pack_next();
      });
  return true;
}

void PrefillWorker::announce(Running& r) {
  senders_[r.job.decode_worker]->begin(r.job);
  r.begun = true;
}

TransferLoad PrefillWorker::load_before(const Running& r) const {
  const auto waits = [&r](const auto& other) {
    return other.get() != &r && !other->dropped && other->packed == 0;
  };
  return {.queued_bytes = queued_bytes_[r.job.decode_worker],
          .waiting = static_cast<std::uint32_t>(std::ranges::count_if(jobs_, waits))};
}

void PrefillWorker::note(Running& r, const Chunk& chunk, const Packed& packed) {
  PrefillReleased& report = r.report;
  const Time computed = r.computed[chunk.group], begun = packed.spans.front().begin;
  if (computed < begun) report.spans.push_back({Stage::xfer_queue, computed, begun});
  report.spans.insert(report.spans.end(), packed.spans.begin(), packed.spans.end());
  report.chunk_bytes.push_back(packed.payload_bytes + kMessageHeaderBytes);
  for (std::size_t i = 0; i < packed.pieces.size(); ++i) {
    report.escapes += packed.pieces[i].escapes;
    if (packed.pieces[i].kind == FrameKind::stored)
      report.stored_bytes += pipeline_.bytes_of(chunk.pieces[i].elements);
  }
  keeper_.learn(r.job, chunk, packed.pieces);
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
                [this, staged, to = r.job.decode_worker] {
                  queued_bytes_[to] -= staged.payload_bytes;
                  free_slots_.push_back(staged.slot);
                  pack_next();
                });
    if (++r.sent == r.chunks.size()) finish_sending(r);
  }
}

void PrefillWorker::finish_sending(Running& r) {
  Sender& sender = *senders_[r.job.decode_worker];
  if (pipeline_.verify == Verify::off) return sender.end(r.job, {});
  ++r.busy;
  engine_.digest(r.job, [this, &r, &sender](std::vector<std::uint64_t> digests) {
    --r.busy;
    if (settle(r)) return;
    r.report.digests = digests;
    sender.end(r.job, std::move(digests));
  });
}

void PrefillWorker::released(std::uint64_t job) {
  const auto done = find(job);
  if (done == jobs_.end() || (*done)->dropped) return;  // the answer crossed the order to drop it
  PrefillReleased report = std::move((*done)->report);
  const auto& changes = keeper_.changes();
  report.codebook_changes.assign(changes.begin() + static_cast<std::ptrdiff_t>(reported_changes_),
                                 changes.end());
  reported_changes_ = changes.size();
  jobs_.erase(done);
  observer_.on(report);
}

void PrefillWorker::drop(std::uint64_t job) {
  const auto found = find(job);
  if (found == jobs_.end()) return observer_.on(Dropped{.job = job, .by_prefill = true});
  Running& r = **found;
  r.dropped = true;
  std::erase_if(staged_, [&](const Staged& staged) {
    if (staged.running != &r) return false;
    queued_bytes_[r.job.decode_worker] -= staged.payload_bytes;
    free_slots_.push_back(staged.slot);
    return true;
  });
  if (r.begun) senders_[r.job.decode_worker]->cancel(r.job);
  settle(r);
}

bool PrefillWorker::settle(Running& r) {
  if (!r.dropped) return false;
  if (r.busy == 0) {
    const Dropped report{.job = r.job.id, .by_prefill = true};
    jobs_.erase(find(r.job.id));
    observer_.on(report);
  }
  pack_next();
  if (!computing_) compute_next();
  return true;
}

std::deque<std::unique_ptr<PrefillWorker::Running>>::iterator PrefillWorker::find(
    std::uint64_t job) {
  return std::ranges::find_if(jobs_, [&](const auto& r) { return r->job.id == job; });
}

}  // namespace splitbench
