#include "sim/run/virtual/computed_fleet.hpp"

#include <algorithm>
#include <array>
#include <deque>
#include <optional>
#include <stdexcept>
#include <utility>

#include "network/fifo.hpp"
#include "network/tcp/message.hpp"
#include "workers/decode_batch.hpp"
#include "workers/pack_report.hpp"

namespace splitbench {
namespace {

[[noreturn]] void refuse_faults() {
  throw std::logic_error("a fleet whose transfers are computed has no faults");
}

}  // namespace

/// A job from its start until its prefill memory is free.
struct ComputedFleet::Moving {
  Job job;
  std::vector<Chunk> chunks;
  std::vector<Time> computed;  // when each group is; empty until its computing begins
  std::uint32_t packed = 0;
  PrefillReleased released;
  Installed installed;
  bool in_pool = false;
  std::optional<std::vector<std::uint64_t>> expected;  // digests, once the last chunk was sent
  bool checking = false;
};

/// A prefill worker.
struct ComputedFleet::Producer {
  Producer(VirtualLoop& loop, PrefillCosts& costs, const CodebookKeeper::Spec& codebooks,
           std::uint32_t slots)
      : digests(loop, costs), keeper(codebooks), free_slots(slots) {}

  struct Outcome {
    Time at;
    const Moving* moving;
    std::uint32_t chunk;
    std::vector<CodedPiece> pieces;
  };

  ScheduledPrefillEngine digests;  // for these only
  CodebookKeeper keeper;
  std::size_t reported_changes = 0;
  std::deque<Time> changes;                  // when the keeper made those that were not reported
  std::deque<Outcome> outcomes;              // what the keeper has not heard of
  std::deque<std::unique_ptr<Moving>> jobs;  // sorted by arrival
  bool computing = false;
  StageLine compute_line, pack_line;
  // When the last packs end, none before the one before; the next one takes the first one's place.
  std::array<Time, Pipeline::kAtOnce> pack_ends{};
  std::uint32_t next_pack = 0;
  Time last_pack_end{0};
  std::uint32_t free_slots;
  Time choice{-1};  // a task is due then that chooses an arm
};

/// A decode worker.
struct ComputedFleet::Consumer {
  Consumer(VirtualLoop& loop, DecodeCosts& costs, DecodeObserver& observer)
      : engine(loop, costs), batch(engine, observer) {}

  ScheduledDecodeEngine engine;  // for steps and digests
  DecodeBatch batch;
  StageLine unpack_line;
  Time unpacked{0};  // when the last chunk that has arrived is
};

struct ComputedFleet::Flow {
  struct Staged {
    Moving* moving;
    bool last;  // of its job
    std::uint64_t payload_bytes;
    Time packed;  // by the chunk's own stages
    Time staged;
    FluidLink::Turn turn;
    StageTimes unpack;
  };

  struct Credit {
    Time back;
    FluidLink::Turn turn;
  };

  FlowId id;
  Fifo<Staged> chunks;                               // not known to have arrived
  std::uint64_t offered = 0, left = 0, arrived = 0;  // numbers of chunks
  // Those of the last chunks that arrived, and whose places those of the next ones take.
  std::vector<Credit> credits;
  std::uint32_t next_taken = 0, next_back = 0;
  Time last_back{0};
};

/// A chunk that has left its sender, and is the first of its flow that has not arrived.
struct ComputedFleet::Landed {
  Flow* flow;
  FluidLink::Turn turn;
  Delivery wire;
};

ComputedFleet::ComputedFleet(VirtualLoop& loop, const Scenario& scenario,
                             CodebookKeeper::Spec codebooks, PrefillCosts& prefill_costs,
                             DecodeCosts& decode_costs)
    : loop_(loop),
      pipeline_(scenario.pipeline),
      learns_(codebooks.policy == DriftPolicy::fallback ||
              codebooks.policy == DriftPolicy::recalibrate),
      jitters_(scenario.link.jitter > Time{0}),
      credits_(pipeline_.staging_plan().credits_per_sender(scenario.workers.prefill)),
      prefill_costs_(prefill_costs),
      decode_costs_(decode_costs),
      codebooks_(std::move(codebooks)),
      link_(scenario.link, scenario.workers.prefill, scenario.workers.decode),
      producers_(scenario.workers.prefill),
      consumers_(scenario.workers.decode),
      flows_(producers_.size() * consumers_.size()) {
  for (std::uint32_t p = 0; p < producers_.size(); ++p)
    for (std::uint32_t d = 0; d < consumers_.size(); ++d) flow(FlowId{p, d}).id = {p, d};
}

ComputedFleet::~ComputedFleet() = default;

void ComputedFleet::bring_up(PrefillObserver& prefill_observer, DecodeObserver& decode_observer,
                             Supervisor* supervisor) {
  prefill_observer_ = &prefill_observer;
  decode_observer_ = &decode_observer;
  supervisor_ = supervisor;
  const std::uint32_t slots = pipeline_.staging_plan().slots;
  for (auto& place : producers_)
    place = std::make_unique<Producer>(loop_, prefill_costs_, codebooks_, slots);
  for (auto& place : consumers_)
    place = std::make_unique<Consumer>(loop_, decode_costs_, decode_observer);
  if (!supervisor_) return;
  for (std::uint32_t p = 0; p < producers_.size(); ++p)
    supervisor_->returned({.prefill = true, .index = p});
  for (std::uint32_t d = 0; d < consumers_.size(); ++d)
    supervisor_->returned({.prefill = false, .index = d});
}

void ComputedFleet::connect(const FlowId& flow, std::uint64_t session) {
  supervisor_->flow_up(flow, session);
}

void ComputedFleet::drop(Member, std::uint64_t) {
  refuse_faults();
}

void ComputedFleet::end(Member) {
  refuse_faults();
}

void ComputedFleet::restart(Member) {
  refuse_faults();
}

ComputedFleet::Producer& ComputedFleet::producer(const Moving& m) {
  return *producers_[m.job.prefill_worker];
}

ComputedFleet::Consumer& ComputedFleet::consumer(const Moving& m) {
  return *consumers_[m.job.decode_worker];
}

ComputedFleet::Flow& ComputedFleet::flow(const FlowId& id) {
  return flows_[id.sender * consumers_.size() + id.receiver];
}

ComputedFleet::Flow& ComputedFleet::flow(const Moving& m) {
  return flow(FlowId{m.job.prefill_worker, m.job.decode_worker});
}

void ComputedFleet::start(const Job& job) {
  // Posted, as in a real run: the dispatcher is in the middle of something.
  loop_.post([this, job] {
    auto moving = std::make_unique<Moving>();
    Moving& m = *moving;
    m.job = job;
    m.chunks = pipeline_.chunks(job);
    m.released.job = m.installed.job = job.id;
    m.released.chunk_bytes.reserve(m.chunks.size());
    m.released.spans.reserve(pipeline_.groups(job.kv_tokens()) + 3 * m.chunks.size());
    m.installed.spans.reserve(4 * m.chunks.size());
    Producer& p = producer(m);
    p.jobs.push_back(std::move(moving));
    if (!p.computing) compute_next(p);
  });
}

void ComputedFleet::compute_next(Producer& p) {
  const auto next = std::ranges::find_if(p.jobs, [](const auto& m) { return m->computed.empty(); });
  if (next == p.jobs.end()) return;
  Moving& m = **next;
  p.computing = true;
  prefill_observer_->on(PrefillBegan{m.job.id, loop_.now()});
  Time end = loop_.now();
  const std::uint32_t groups = pipeline_.groups(m.job.kv_tokens());
  m.computed.reserve(groups);
  for (std::uint32_t group = 0; group < groups; ++group) {
    const StageSpans spans = p.compute_line.enter(end, prefill_costs_.compute(m.job, group));
    m.released.spans.insert(m.released.spans.end(), spans.begin(), spans.end());
    if (!spans.empty()) end = spans.back().end;
    m.computed.push_back(end);
  }
  loop_.at(end, [this, &p, &m] {
    prefill_observer_->on(PrefillComputed{m.job.id});
    p.computing = false;
    compute_next(p);
  });
  pack_ahead(p, loop_.now());
  watch();
}

void ComputedFleet::pack_ahead(Producer& p, Time now) {
  while (p.free_slots > 0) {
    const auto next =
        std::ranges::find_if(p.jobs, [](const auto& m) { return m->packed < m->chunks.size(); });
    if (next == p.jobs.end() || (*next)->computed.empty()) return;
    Moving& m = **next;
    const std::optional<Time> begin = pack_begin(p, m, now);
    if (!begin || !has_arm(p, m, *begin, now)) return;
    pack(p, m, *begin, now);
  }
}

std::optional<Time> ComputedFleet::pack_begin(const Producer& p, const Moving& m, Time now) {
  const Time computed =
      pipeline_.overlap ? m.computed[m.chunks[m.packed].group] : m.computed.back();
  const Time begin = std::max(std::max(now, computed), p.pack_ends[p.next_pack]);
  if (pipeline_.overlap) return begin;
  const Flow& f = flow(m);  // all of whose credits must be back
  if (f.arrived < f.offered) return std::nullopt;
  return std::max(begin, f.last_back);
}

bool ComputedFleet::has_arm(Producer& p, Moving& m, Time begin, Time now) {
  if (m.job.arm != Arm::automatic) return true;
  if (begin > now) {  // what it finds then is not known yet
    if (std::exchange(p.choice, begin) != begin)
      loop_.at(begin, [this, &p] {
        pack_ahead(p, loop_.now());
        watch();
      });
    return false;
  }
  Flow& f = flow(m);
  TransferLoad load;
  for (std::size_t i = f.left - f.arrived; i < f.chunks.size(); ++i)
    if (f.chunks[i].staged <= now) load.queued_bytes += f.chunks[i].payload_bytes;
  const auto waits = [&m](const auto& other) { return other.get() != &m && other->packed == 0; };
  load.waiting = static_cast<std::uint32_t>(std::ranges::count_if(p.jobs, waits));
  m.job.arm = p.keeper.choose(m.job, load);
  return true;
}

void ComputedFleet::pack(Producer& p, Moving& m, Time begin, Time now) {
  const std::uint32_t index = m.packed++;
  const Chunk& chunk = m.chunks[index];
  --p.free_slots;
  learn(p, begin);
  codings_.clear();
  codings_ = p.keeper.plan(m.job, chunk, std::move(codings_));
  pieces_.clear();
  PrefillCosts::Pack cost = prefill_costs_.pack(m.job, chunk, codings_, std::move(pieces_));
  Packed packed{.spans = p.pack_line.enter(begin, cost.stages),
                .payload_bytes = cost.payload_bytes,
                .pieces = std::move(cost.pieces)};
  const Time chunk_end = packed.spans.back().end;
  const Time end = p.last_pack_end = std::max(p.last_pack_end, chunk_end);
  p.pack_ends[p.next_pack] = end;
  if (++p.next_pack == pipeline_.at_once()) p.next_pack = 0;

  add_pack(m.released, pipeline_, chunk, m.computed[chunk.group], packed);
  const bool waited = !pipeline_.overlap || begin == now;  // for a chunk that left or was unpacked
  const std::uint64_t turn = waited ? next_turn() : m.job.id;
  if (learns_)
    p.outcomes.push_back({end, &m, index, std::move(packed.pieces)});
  else
    pieces_ = std::move(packed.pieces);

  Flow& f = flow(m);
  Flow::Staged& staged = f.chunks.push_back();
  staged.moving = &m;
  staged.last = m.packed == m.chunks.size();
  staged.payload_bytes = cost.payload_bytes;
  staged.packed = chunk_end;
  staged.staged = end;
  staged.turn = {begin, turn};
  staged.unpack = decode_costs_.unpack(m.job, chunk, cost.payload_bytes);
  offer_waiting(f);
}

void ComputedFleet::learn(Producer& p, Time upto) {
  for (; !p.outcomes.empty() && p.outcomes.front().at <= upto; p.outcomes.pop_front()) {
    Producer::Outcome& outcome = p.outcomes.front();
    const Moving& m = *outcome.moving;
    p.keeper.learn(m.job, m.chunks[outcome.chunk], outcome.pieces);
    const std::size_t changes = p.keeper.changes().size();
    if (changes > p.reported_changes + p.changes.size())
      p.changes.resize(changes - p.reported_changes, outcome.at);
    pieces_ = std::move(outcome.pieces);
  }
}

void ComputedFleet::offer_waiting(Flow& f) {
  while (f.offered < f.arrived + std::min<std::size_t>(f.chunks.size(), credits_)) {
    Flow::Staged& chunk = f.chunks[f.offered - f.arrived];
    Time ready = chunk.staged;
    if (f.offered >= credits_) {
      const Flow::Credit& credit = f.credits[f.next_taken];
      if (++f.next_taken == credits_) f.next_taken = 0;
      if (std::pair(credit.back, credit.turn) > std::pair(ready, chunk.turn)) {
        ready = credit.back;
        chunk.turn = credit.turn;
      }
    }
    ++f.offered;
    link_.offer_ahead(ready, chunk.turn, f.id, chunk.payload_bytes + kMessageHeaderBytes);
    if (chunk.last) loop_.at(ready, [this, &m = *chunk.moving] { end_sending(m); });
  }
}

void ComputedFleet::end_sending(Moving& m) {
  const auto sent = [this, &m](std::vector<std::uint64_t> digests) {
    m.expected = digests;
    m.released.digests = std::move(digests);
    if (m.in_pool) check(m);
  };
  if (pipeline_.verify == Verify::off)
    sent({});
  else
    producer(m).digests.digest(m.job, sent);
}

void ComputedFleet::follow_wire() {
  watched_ = Time::max();
  for (Time at; (at = link_.next_event()) <= loop_.now() || at < loop_.next_beside(timer_);) {
    link_.advance(at);
    take_ended(at);
  }
  watch();
}

void ComputedFleet::watch() {
  const Time next = link_.next_event();
  if (next == watched_ || next == Time::max()) return;
  watched_ = next;
  timer_.set(next);
}

void ComputedFleet::take_ended(Time now) {
  if (link_.ended().empty()) return;
  landed_.clear();
  for (const auto& [id, delivery] : link_.ended()) {
    Flow& f = flow(id);
    landed_.push_back({&f, f.chunks[f.left++ - f.arrived].turn, delivery});
  }
  link_.forget_ended();
  if (landed_.size() > 1)
    std::ranges::sort(landed_, {}, [](const Landed& l) { return std::pair(l.wire.ready, l.turn); });
  for (const Landed& landed : landed_) {
    Producer& p = *producers_[landed.flow->id.sender];
    ++p.free_slots;
    pack_ahead(p, now);
  }
  for (const Landed& landed : landed_) {
    if (!jitters_)  // what leaves first arrives first
      arrive(landed, now);
    else
      loop_.at(landed.wire.arrival, [this, landed] {
        arrive(landed, loop_.now());
        watch();
      });
  }
}

void ComputedFleet::arrive(const Landed& landed, Time now) {
  Flow& f = *landed.flow;
  const Delivery& wire = landed.wire;
  const Flow::Staged chunk = f.chunks.take_front();
  Moving& m = *chunk.moving;
  Consumer& c = consumer(m);
  std::vector<Span>& spans = m.installed.spans;
  if (chunk.packed < wire.start) spans.push_back({Stage::xfer_queue, chunk.packed, wire.start});
  spans.push_back({Stage::xfer_wire, wire.start, wire.arrival});
  const StageSpans unpacked = c.unpack_line.enter(wire.arrival, chunk.unpack);
  for (const Span& span : unpacked) spans.push_back(span);
  c.unpacked = std::max(c.unpacked, unpacked.back().end);

  if (f.credits.empty()) f.credits.resize(credits_);
  f.credits[f.next_back] = {c.unpacked, {wire.arrival, next_turn()}};
  if (++f.next_back == credits_) f.next_back = 0;
  f.last_back = c.unpacked;
  ++f.arrived;
  offer_waiting(f);
  if (chunk.last)
    loop_.at(c.unpacked, [this, &m, end = unpacked.back().end] {
      m.in_pool = true;
      m.installed.at = end;
      if (pipeline_.verify != Verify::inline_) install(m);
      check(m);
    });
  if (!pipeline_.overlap) pack_ahead(producer(m), now);
}

void ComputedFleet::install(Moving& m) {
  consumer(m).batch.join(m.job);
  decode_observer_->on(std::move(m.installed));
}

void ComputedFleet::check(Moving& m) {
  if (!m.expected || std::exchange(m.checking, true)) return;
  if (pipeline_.verify == Verify::off) return applied(m);
  consumer(m).engine.digest(m.job, [this, &m](const std::vector<std::uint64_t>&, Span span) {
    decode_observer_->on(Verified{.job = m.job.id, .same = true, .took = span.end - span.begin});
    if (pipeline_.verify == Verify::inline_) {
      m.installed.spans.push_back(span);
      m.installed.at = span.end;
      install(m);
    }
    applied(m);
  });
}

void ComputedFleet::applied(Moving& m) {
  loop_.post([this, &m] { release(m); });
}

void ComputedFleet::release(Moving& m) {
  Producer& p = producer(m);
  learn(p, loop_.now());
  PrefillReleased report = std::move(m.released);
  for (; !p.changes.empty() && p.changes.front() <= loop_.now(); p.changes.pop_front())
    report.codebook_changes.push_back(p.keeper.changes()[p.reported_changes++]);
  p.jobs.erase(std::ranges::find(p.jobs, &m, &std::unique_ptr<Moving>::get));
  prefill_observer_->on(std::move(report));
}

}  // namespace splitbench
