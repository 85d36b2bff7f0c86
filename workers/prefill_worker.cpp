#include "workers/prefill_worker.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include "workers/pack_report.hpp"

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
      flows_(senders_.size()),
      sent_(free_slots_.size()) {
  std::iota(free_slots_.rbegin(), free_slots_.rend(), 0);
  engine_.on_computed = [this](const StageSpans& spans) { end_compute(spans); };
  engine_.on_packed = [this](const Packed& packed) { end_pack(packed); };
  for (std::uint32_t to = 0; to < senders_.size(); ++to) {
    Sender* sender = senders_[to];
    sender->on_departed = [this](std::uint32_t slot) { depart(slot); };
    sender->on_credit = [this, to] {
      send_staged(to);
      pack_next();
    };
    sender->on_applied = [this](std::uint64_t job) { released(job); };
  }
}

void PrefillWorker::start(Job job) {
  auto running = std::make_unique<Running>();
  running->chunks = pipeline_.chunks(job);
  running->report.job = job.id;
  running->report.chunk_bytes.reserve(running->chunks.size());
  running->groups = pipeline_.groups(job.kv_tokens());
  running->report.spans.reserve(running->groups + 3 * running->chunks.size());
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
      jobs_, [&](const auto& r) { return !r->dropped && r->computed.size() < r->groups; });
  if (next == jobs_.end()) return;
  Running& r = **next;
  computing_ = &r;
  if (!r.computed.empty()) return compute_group(r);
  ++r.busy;
  engine_.prepare(r.job, [this, &r] {
    --r.busy;
    if (r.dropped) computing_ = nullptr;
    if (settle(r)) return;
    observer_.on(PrefillBegan{r.job.id, loop_.now()});
    if (r.job.arm != Arm::automatic) announce(r);
    compute_group(r);
  });
}

void PrefillWorker::compute_group(Running& r) {
  ++r.busy;
  engine_.compute(r.job, static_cast<std::uint32_t>(r.computed.size()));
}

void PrefillWorker::end_compute(const StageSpans& spans) {
  Running& r = *std::exchange(computing_, nullptr);
  --r.busy;
  if (settle(r)) return;
  r.report.spans.insert(r.report.spans.end(), spans.begin(), spans.end());
  r.computed.push_back(loop_.now());
  pack_next();
  if (r.computed.size() == r.groups) observer_.on(PrefillComputed{r.job.id});
  if (!computing_) compute_next();
}

bool PrefillWorker::may_pack(const Running& r) const {
  if (!pipeline_.overlap)
    return r.computed.size() == r.groups && r.packed == r.sent &&
           std::ranges::all_of(flows_, [](const Flow& flow) { return flow.staged.empty(); }) &&
           senders_[r.job.decode_worker]->idle();
  return r.chunks[r.packed].group < r.computed.size();
}

void PrefillWorker::pack_next() {
  while (packing_.size() < pipeline_.at_once() && !free_slots_.empty() && pack_one()) {
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
  packing_.push_back({&r, chunk, slot});
  ++r.busy;
  engine_.pack(r.job, r.chunks[chunk], slot, keeper_.plan(r.job, r.chunks[chunk]));
  return true;
}

void PrefillWorker::end_pack(const Packed& packed) {
  const Packing done = packing_.take_front();
  Running& r = *done.running;
  --r.busy;
  note(r, r.chunks[done.chunk], packed);
  if (r.dropped) free_slots_.push_back(done.slot);
  if (settle(r)) return;
  Flow& flow = flows_[r.job.decode_worker];
  flow.staged.push_back({done, packed.payload_bytes, packed.spans.back().end});
  flow.queued_bytes += packed.payload_bytes;
  send_staged(r.job.decode_worker);
  pack_next();
}

void PrefillWorker::announce(Running& r) {
  senders_[r.job.decode_worker]->begin(r.job);
  r.begun = true;
}

TransferLoad PrefillWorker::load_before(const Running& r) const {
  const auto waits = [&r](const auto& other) {
    return other.get() != &r && !other->dropped && other->packed == 0;
  };
  return {.queued_bytes = flows_[r.job.decode_worker].queued_bytes,
          .waiting = static_cast<std::uint32_t>(std::ranges::count_if(jobs_, waits))};
}

void PrefillWorker::note(Running& r, const Chunk& chunk, const Packed& packed) {
  add_pack(r.report, pipeline_, chunk, r.computed[chunk.group], packed);
  keeper_.learn(r.job, chunk, packed.pieces);
}

void PrefillWorker::send_staged(std::uint32_t decode_worker) {
  Fifo<Staged>& waiting = flows_[decode_worker].staged;
  Sender& sender = *senders_[decode_worker];
  while (!waiting.empty() && sender.credits() > 0) {
    const Staged staged = waiting.take_front();
    Running& r = *staged.running;
    sent_[staged.slot] = {decode_worker, staged.payload_bytes};
    sender.send(r.job, staged.chunk, staged.slot, staged.payload_bytes, staged.packed);
    if (++r.sent == r.chunks.size()) finish_sending(r);
  }
}

void PrefillWorker::depart(std::uint32_t slot) {
  flows_[sent_[slot].decode_worker].queued_bytes -= sent_[slot].payload_bytes;
  free_slots_.push_back(slot);
  pack_next();
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
  observer_.on(std::move(report));
}

void PrefillWorker::drop(std::uint64_t job) {
  const auto found = find(job);
  if (found == jobs_.end()) return observer_.on(Dropped{.job = job, .by_prefill = true});
  Running& r = **found;
  r.dropped = true;
  Flow& flow = flows_[r.job.decode_worker];
  for (Fifo<Staged> all = std::exchange(flow.staged, {}); !all.empty();) {
    const Staged staged = all.take_front();
    if (staged.running != &r) {
      flow.staged.push_back(staged);
      continue;
    }
    flow.queued_bytes -= staged.payload_bytes;
    free_slots_.push_back(staged.slot);
  }
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
