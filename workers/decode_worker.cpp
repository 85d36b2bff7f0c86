#include "workers/decode_worker.hpp"

#include <fmt/format.h>
#include <utility>

namespace splitbench {

DecodeWorker::DecodeWorker(EventLoop& loop, const Pipeline& pipeline, DecodeEngine& engine,
                           Receiver& receiver, DecodeObserver& observer)
    : loop_(loop),
      pipeline_(pipeline),
      engine_(engine),
      receiver_(receiver),
      observer_(observer),
      batch_(engine, observer) {
  engine_.on_unpacked = [this](const Unpacked& done) { end_unpack(done); };
  receiver_.on_begin = [this](const Job& job) { begin(job); };
  receiver_.on_chunk = [this](std::uint32_t from, std::uint64_t job, const Arrived& chunk) {
    const auto in = incoming_.find(job);
    if (in == incoming_.end() || in->second.unwanted)
      receiver_.release(from, chunk.slot);
    else
      unpack(in->second, chunk);
  };
  receiver_.on_end = [this](std::uint64_t job, std::vector<std::uint64_t> digests) {
    const auto in = incoming_.find(job);
    if (in == incoming_.end() || in->second.unwanted) return;
    in->second.expected = std::move(digests);
    if (in->second.unpacked == in->second.chunks.size()) check(in->second);
  };
}

void DecodeWorker::begin(const Job& job) {
  if (unwanted_.contains(job.id)) return;  // the order to drop it was faster
  if (loop_.now() < pool_full_until_) {
    unwanted_.insert(job.id);
    return observer_.on(Refused{.job = job.id, .why = "the KV pool is full"});
  }
  Incoming& in = incoming_[job.id];
  in.job = job;
  in.chunks = pipeline_.chunks(job);
  in.report.job = job.id;
  in.report.lateness.reserve(in.chunks.size());
  in.report.spans.reserve(4 * in.chunks.size());
}

void DecodeWorker::drop(std::uint64_t job) {
  unwanted_.insert(job);
  batch_.drop(job);
  const auto in = incoming_.find(job);
  if (in == incoming_.end()) return observer_.on(Dropped{.job = job, .by_prefill = false});
  in->second.unwanted = in->second.dropped = true;
  settle(in->second);
}

void DecodeWorker::refuse(Incoming& in, const std::string& why) {
  in.unwanted = true;
  observer_.on(Refused{.job = in.job.id, .why = why});
}

bool DecodeWorker::settle(Incoming& in) {
  if (!in.unwanted) return false;
  if (in.dropped && in.busy == 0) {
    const Dropped report{.job = in.job.id, .by_prefill = false};
    incoming_.erase(in.job.id);
    observer_.on(report);
  }
  return true;
}

void DecodeWorker::unpack(Incoming& in, const Arrived& chunk) {
  if (chunk.index >= in.chunks.size()) {
    receiver_.release(in.job.prefill_worker, chunk.slot);
    return refuse(in, fmt::format("it has a chunk {} of {}", chunk.index, in.chunks.size()));
  }
  auto& spans = in.report.spans;
  if (chunk.packed < chunk.wire.start)
    spans.push_back({Stage::xfer_queue, chunk.packed, chunk.wire.start});
  spans.push_back({Stage::xfer_wire, chunk.wire.start, chunk.wire.arrival});
  in.report.lateness.push_back(loop_.now() - chunk.wire.arrival);

  ++in.busy;
  unpacking_.push_back({&in, chunk.slot});
  engine_.unpack(in.job, in.chunks[chunk.index], chunk.slot, chunk.payload_bytes);
}

void DecodeWorker::end_unpack(const Unpacked& done) {
  const Unpacking first = unpacking_.take_front();
  Incoming& in = *first.job;
  --in.busy;
  receiver_.release(in.job.prefill_worker, first.slot);
  if (settle(in)) return;
  if (!done.refused.empty()) return refuse(in, done.refused);
  in.report.spans.insert(in.report.spans.end(), done.spans.begin(), done.spans.end());
  if (++in.unpacked < in.chunks.size()) return;
  in.report.at = done.spans.back().end;
  if (pipeline_.verify != Verify::inline_) install(in);
  check(in);
}

void DecodeWorker::install(Incoming& in) {
  if (!pipeline_.join_on_order) batch_.join(in.job);
  observer_.on(std::move(in.report));  // after it, since to write a long report takes time
}

void DecodeWorker::join(const Job& job) {
  if (!unwanted_.contains(job.id)) batch_.join(job);
}

void DecodeWorker::check(Incoming& in) {
  if (!in.expected || in.checking) return;
  in.checking = true;
  if (pipeline_.verify == Verify::off) {
    receiver_.applied(in.job);
    incoming_.erase(in.job.id);
    return;
  }
  ++in.busy;
  engine_.digest(in.job, [this, &in](const std::vector<std::uint64_t>& digests, Span span) {
    --in.busy;
    if (!settle(in)) checked(in, digests, span);
  });
}

void DecodeWorker::checked(Incoming& in, const std::vector<std::uint64_t>& digests, Span span) {
  const bool same = digests == *in.expected;
  observer_.on(Verified{.job = in.job.id, .same = same, .took = span.end - span.begin});
  if (!same)
    return;  // the observer ends the run: a wrong KV is never used further nor acknowledged
  if (pipeline_.verify == Verify::inline_) {
    in.report.spans.push_back(span);
    in.report.at = span.end;
    install(in);
  }
  receiver_.applied(in.job);
  incoming_.erase(in.job.id);
}

}  // namespace splitbench
