#include "workers/decode_worker.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <iterator>
#include <utility>

#include "network/message.hpp"

namespace splitbench {

DecodeWorker::DecodeWorker(EventLoop& loop, const Pipeline& pipeline, DecodeEngine& engine,
                           Receiver& receiver, DecodeObserver& observer)
    : loop_(loop), pipeline_(pipeline), engine_(engine), receiver_(receiver), observer_(observer) {
  receiver_.on_begin = [this](const Job& job) {
    Incoming& in = incoming_[job.id];
    in.job = job;
    in.chunks = pipeline_.chunks(job.tokens());
    in.report.job = job.id;
  };
  receiver_.on_chunk = [this](const Job& job, const Arrived& chunk) {
    unpack(incoming_.at(job.id), chunk);
  };
  receiver_.on_end = [this](const Job& job, std::vector<std::uint64_t> digests) {
    Incoming& in = incoming_.at(job.id);
    in.expected = std::move(digests);
    if (in.unpacked == in.chunks.size()) check(in);
  };
}

void DecodeWorker::unpack(Incoming& in, const Arrived& chunk) {
  if (chunk.index >= in.chunks.size())
    throw ProtocolError(fmt::format("chunk {} of a job of {}", chunk.index, in.chunks.size()));
  auto& spans = in.report.spans;
  if (chunk.packed < chunk.wire.start)
    spans.push_back({Stage::xfer_queue, chunk.packed, chunk.wire.start});
  spans.push_back({Stage::xfer_wire, chunk.wire.start, chunk.wire.arrival});
  in.report.lateness.push_back(loop_.now() - chunk.wire.arrival);

  engine_.unpack(in.job, in.chunks[chunk.index], chunk.slot, chunk.payload_bytes,
                 [this, &in, slot = chunk.slot](const std::vector<Span>& done) {
                   in.report.spans.insert(in.report.spans.end(), done.begin(), done.end());
                   receiver_.release(in.job.prefill_worker, slot);
                   if (++in.unpacked < in.chunks.size()) return;
                   in.report.at = done.back().end;
                   if (pipeline_.verify != Verify::inline_) install(in);
                   check(in);
                 });
}

void DecodeWorker::install(Incoming& in) {
  observer_.on(in.report);
  for (const JobRequest& request : in.job.requests) {
    Generating generating{.job = in.job.id, .request = request, .report = {}};
    generating.report.job = in.job.id;
    generating.report.request = request.id;
    joining_.push_back(std::move(generating));
  }
  if (!stepping_) step();
}

void DecodeWorker::check(Incoming& in) {
  if (!in.expected || in.checking) return;
  in.checking = true;
  if (pipeline_.verify == Verify::off) {
    receiver_.applied(in.job);
    incoming_.erase(in.job.id);
    return;
  }
  engine_.digest(in.job, [this, &in](const std::vector<std::uint64_t>& digests, Span span) {
    checked(in, digests, span);
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

void DecodeWorker::step() {
  std::ranges::move(joining_, std::back_inserter(batch_));
  joining_.clear();
  if (batch_.empty()) return;

  stepping_ = true;
  std::vector<std::uint64_t> context;
  for (const Generating& g : batch_)
    context.push_back(g.request.prompt_tokens + g.report.tokens.size());
  engine_.step(context, [this](Span span) {
    stepping_ = false;
    for (Generating& g : batch_) {
      if (g.report.tokens.empty()) g.report.first_step = span;
      g.report.tokens.push_back(span.end);
    }
    std::erase_if(batch_, [this](const Generating& g) {
      if (g.report.tokens.size() < g.request.output_tokens) return false;
      observer_.on(g.report);
      return true;
    });
    if (!stepping_) step();
  });
}

}  // namespace splitbench
