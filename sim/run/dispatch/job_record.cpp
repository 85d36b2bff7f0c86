#include "sim/run/dispatch/job_record.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <numeric>
#include <span>
#include <utility>

#include "workloads/partition.hpp"

namespace splitbench {
namespace {

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

/// Returns a request's share of something that its batch has in common.
std::uint64_t share(std::uint64_t whole, std::uint64_t part, std::uint64_t of) {
  return static_cast<std::uint64_t>(static_cast<unsigned __int128>(whole) * part / of);
}

void write_tokens(const Finished& finished, Time epoch, Timeline& t) {
  t.first_token = finished.tokens.front() - epoch;
  t.last_token = finished.tokens.back() - epoch;
  t.token_gaps.reserve(finished.tokens.size() - 1);
  for (std::size_t i = 1; i < finished.tokens.size(); ++i)
    t.token_gaps.push_back(finished.tokens[i] - finished.tokens[i - 1]);
}

}  // namespace

Transfer write_timelines(const JobRecord& record, Time epoch, bool with_spans,
                         std::vector<Timeline>& timelines) {
  const Job& job = record.job;
  const std::vector<Span>&sent = record.released->spans, &received = record.installed->spans;
  const Timeline& any = timelines[job.requests.front().id];
  const auto& chunk_bytes = record.released->chunk_bytes;
  Transfer transfer{.id = job.id, .requests = {}, .arm = any.arm, .repeat = any.repeat};
  transfer.raw_bytes = record.raw_bytes;
  transfer.wire_bytes = record.shards_alike *
                        std::accumulate(chunk_bytes.begin(), chunk_bytes.end(), std::uint64_t{0});
  transfer.elements = record.elements;
  transfer.escapes = record.shards_alike * record.released->escapes;
  transfer.ready = first_begin(sent, {Stage::encode, Stage::xfer_prep}) - epoch;
  transfer.start = first_begin(received, {Stage::xfer_wire}) - epoch;
  transfer.end = last_end(received, Stage::xfer_wire) - epoch;
  transfer.applied = record.installed->at - epoch;
  transfer.shards_apart = record.installed->shards_apart;
  transfer.verified = record.verified;

  std::uint64_t bytes_before = 0;
  for (std::size_t i = 0; i < job.requests.size(); ++i) {
    const JobRequest& request = job.requests[i];
    Timeline& t = timelines[request.id];
    const std::uint64_t upto = bytes_before + record.request_bytes[i];
    const auto part = [&](std::uint64_t whole) {  // shares of a batch add up to the whole
      return share(whole, upto, record.raw_bytes) - share(whole, bytes_before, record.raw_bytes);
    };
    t.status = Status::ok;
    t.transfer = job.id;
    t.prefill_worker = static_cast<int>(job.prefill_worker);
    t.decode_worker = static_cast<int>(job.decode_worker);
    t.prefill_begin = record.began->at - epoch;
    const Finished& finished = *std::ranges::find(record.finished, request.id, &Finished::request);
    write_tokens(finished, epoch, t);
    const std::array<SpansSince, 3> all = {
        {{sent, epoch}, {received, epoch}, {{&finished.first_step, 1}, epoch}}};
    t.sums = sums_of_spans(t, all);
    if (with_spans)
      for (const auto& [spans, since] : all)
        for (const Span& s : spans) t.spans.push_back({s.stage, s.begin - since, s.end - since});
    t.prefill_cached_tokens = request.cached_tokens;
    t.decode_resident_tokens = request.resident_tokens;
    t.raw_bytes = part(transfer.raw_bytes);
    t.wire_bytes = part(transfer.wire_bytes);
    t.escapes = part(transfer.escapes);
    t.stored_bytes = part(record.shards_alike * record.released->stored_bytes);
    t.drift = static_cast<double>(request.drift_level) / kDriftLevels;
    t.kv_hash = record.released->digests.empty() ? 0 : record.released->digests[i];
    t.verified = record.verified;
    bytes_before = upto;
    transfer.requests.push_back(request.id);
    transfer.warmup |= t.warmup;
  }
  return transfer;
}

}  // namespace splitbench
