#include "workers/device/real_engine.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <thread>
#include <utility>

#include "codec/errors.hpp"
#include "network/event_loop.hpp"
#include "network/real_loop.hpp"

namespace splitbench {
namespace {

void sleep_until(Time when) {
  std::this_thread::sleep_until(std::chrono::steady_clock::time_point(when));
}

Lane::Priority digest_priority(const Pipeline& pipeline) {
  return pipeline.verify == Verify::inline_ ? Lane::Priority::normal : Lane::Priority::yielding;
}

}  // namespace

RealPrefillEngine::RealPrefillEngine(asio::io_context& io, Backend& backend,
                                     const Pipeline& pipeline, ComputeKind kind,
                                     const ComputeModel& model, DestinationOf destination,
                                     Time spin)
    : backend_(backend),
      pipeline_(pipeline),
      kind_(kind),
      model_(model),
      destination_(std::move(destination)),
      compute_lane_(io, Lane::Priority::normal, 1, spin),
      pack_lane_(io, Lane::Priority::normal, pipeline.at_once(), spin),
      digest_lane_(io, digest_priority(pipeline)) {}

void RealPrefillEngine::prepare(const Job& job, std::function<void()> done) {
  if (kind_ != ComputeKind::none) return done();
  compute_lane_.run(
      [this, &job] {
        const KvLayout layout = pipeline_.layout(job);
        backend_.fill(job, job.prefill_offset, 0, layout.tensors());
        return true;
      },
      [done = std::move(done)](bool) { done(); });
}

void RealPrefillEngine::compute(const Job& job, std::uint32_t group) {
  if (kind_ == ComputeKind::none) return on_computed({});
  compute_lane_.run(
      [this, &job, group] {
        return StageSpans{kind_ == ComputeKind::gemm ? compute_really(job, group)
                                                     : compute_timed(job, group)};
      },
      [this](const StageSpans& spans) { on_computed(spans); });
}

Span RealPrefillEngine::compute_really(const Job& job, std::uint32_t group) {
  Span span = backend_.load()->prefill(job.requests, pipeline_.layers_of_group(group).count);
  fill(job, group);
  span.end = RealLoop::clock_now();
  return span;
}

Span RealPrefillEngine::compute_timed(const Job& job, std::uint32_t group) {
  const Time begin = group == 0 ? RealLoop::clock_now() : computed_until_;
  const Time end = (group == 0 ? begin : due_) + prefill_of_group(model_, pipeline_, job, group);
  const double written = bytes_of(job, group);
  const Time expected(std::llround(fill_cost_ * written));
  sleep_until(end - expected);
  const Time fill_begin = RealLoop::clock_now();
  fill(job, group);
  const Time filling = RealLoop::clock_now() - fill_begin;
  if (written > 0) fill_cost_ = static_cast<double>(filling.count()) / written;
  sleep_until(end);
  due_ = end + std::max(filling - expected, Time{0});
  computed_until_ = RealLoop::clock_now();
  return {Stage::prefill_compute, begin, computed_until_};
}

void RealPrefillEngine::fill(const Job& job, std::uint32_t group) {
  const auto [first, tensors] = pipeline_.tensors_of_group(group);
  backend_.fill(job, job.prefill_offset, first, tensors);
}

double RealPrefillEngine::bytes_of(const Job& job, std::uint32_t group) const {
  const KvLayout layout = pipeline_.layout(job);
  const auto [first, tensors] = pipeline_.tensors_of_group(group);
  double sum = 0;
  for (std::uint32_t tensor = first; tensor < first + tensors; ++tensor)
    sum += static_cast<double>(layout.tensor_bytes(tensor));
  return sum;
}

void RealPrefillEngine::pack(const Job& job, const Chunk& chunk, std::uint32_t slot,
                             std::vector<Coding> codings) {
  pack_lane_.run(
      [this, &job, &chunk, codings = std::move(codings), to = destination_(job, slot)] {
        backend_.begin_pack(job, job.prefill_offset, chunk, codings, to);
      },
      [this] { return backend_.pack_ready(); }, [this] { return backend_.end_pack(); },
      [this](const Packed& packed) { on_packed(packed); });
}

void RealPrefillEngine::digest(const Job& job,
                               std::function<void(std::vector<std::uint64_t>)> done) {
  digest_lane_.run([this, &job] { return backend_.digest(job, job.prefill_offset); },
                   std::move(done));
}

RealDecodeEngine::RealDecodeEngine(asio::io_context& io, EventLoop& loop, Backend& backend,
                                   const Pipeline& pipeline, ComputeKind kind,
                                   const ComputeModel& model, Receiver& receiver, Time spin)
    : loop_(loop),
      backend_(backend),
      kind_(kind),
      model_(model),
      receiver_(receiver),
      unpack_lane_(io, Lane::Priority::normal, pipeline.at_once(), spin),
      digest_lane_(io, digest_priority(pipeline)),
      step_lane_(io) {}

void RealDecodeEngine::unpack(const Job& job, const Chunk& chunk, std::uint32_t slot,
                              std::uint64_t payload_bytes) {
  unpack_lane_.run(
      [this, &job, &chunk,
       payload = receiver_.received(job.prefill_worker, slot).first(payload_bytes)] {
        backend_.begin_unpack(job, job.decode_offset, chunk, payload);
      },
      [this] { return backend_.unpack_ready(); },
      [this, &chunk]() -> Unpacked {
        try {
          return {backend_.end_unpack(), {}};
        } catch (const BadFrame& bad) {
          return {{}, fmt::format("chunk {}: {}", chunk.index, bad.what())};
        }
      },
      [this](const Unpacked& unpacked) { on_unpacked(unpacked); });
}

void RealDecodeEngine::digest(const Job& job,
                              std::function<void(std::vector<std::uint64_t>, Span)> done) {
  digest_lane_.run(
      [this, &job] {
        const Time begin = RealLoop::clock_now();
        auto digests = backend_.digest(job, job.decode_offset);
        return std::pair(std::move(digests), Span{Stage::verify, begin, RealLoop::clock_now()});
      },
      [done = std::move(done)](const auto& result) { done(result.first, result.second); });
}

void RealDecodeEngine::steps(std::span<const std::uint64_t> context_tokens, std::uint64_t,
                             std::function<void(std::span<const Span>)> done) {
  if (kind_ == ComputeKind::gemm)
    return step_lane_.run(
        [this, context = std::vector(context_tokens.begin(), context_tokens.end())] {
          return backend_.load()->decode_step(context);
        },
        [done = std::move(done)](const Span& step) {
          done({&step, 1});
        });
  const Time begin = loop_.now();
  const Time length = kind_ == ComputeKind::none ? Time{0} : model_.decode_step(context_tokens);
  const Time end = (begin - ended_ < length ? ended_ : begin) + length;
  loop_.at(end, [this, begin, end, done = std::move(done)] {
    const Span step{Stage::first_decode_step, begin, loop_.now()};
    ended_ = end;
    done({&step, 1});
    ended_ = kNever;
  });
}

}  // namespace splitbench
