#include "sim/bench/drift/drift_lab.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

#include "codec/codec.hpp"
#include "codec/exponent_statistics.hpp"
#include "sim/run/dispatch/dispatcher.hpp"
#include "workers/codebooks/codebook_keeper.hpp"

namespace splitbench {
namespace {

constexpr std::uint64_t kOffsetAlignment = 4096;

/// Returns the seconds of the stages that encode or decode or, if there are none, of all stages: it
/// was copied.
double codec_seconds_of(const StageSpans& spans) {
  Time codec{0}, all{0};
  for (const Span& span : spans) {
    all += span.end - span.begin;
    if (span.stage == Stage::encode || span.stage == Stage::decode_codec)
      codec += span.end - span.begin;
  }
  return seconds(codec > Time{0} ? codec : all);
}

double p99(std::vector<double> values) {
  std::ranges::sort(values);
  const auto rank = static_cast<std::size_t>(std::ceil(0.99 * static_cast<double>(values.size())));
  return values[rank - 1];
}

}  // namespace

CodebookKeeper lab_keeper(const DriftCase& of, const Pipeline& pipeline, const KvSource& source) {
  DriftSpec drift;
  drift.policy = of.policy;
  drift.scope = of.scope;
  CodebookKeeper::Spec spec = keeper_spec(drift, pipeline, source, {});
  spec.pays = nullptr;
  return CodebookKeeper(std::move(spec));
}

DriftLab::DriftLab(DriftLabSpec spec)
    : spec_(std::move(spec)),
      source_(KvSource::load(spec_.kv, spec_.pipeline.model, spec_.pipeline.element_type,
                             spec_.seed, spec_.drift)),
      chunks_(spec_.pipeline.chunks(spec_.tokens)),
      copy_offset_((spec_.pipeline.memory_of(spec_.tokens) + kOffsetAlignment - 1) /
                   kOffsetAlignment * kOffsetAlignment),
      changes_(spec_.cases.size()) {
  const BackendSpec backend{
      .pipeline = spec_.pipeline, .source = source_, .kv_bytes = 2 * copy_offset_, .slots = 1};
  backend_ = spec_.cuda ? make_cuda_backend(backend) : make_cpu_backend(backend);
  for (const DriftCase& of : spec_.cases)
    keepers_.push_back(lab_keeper(of, spec_.pipeline, source_));
}

std::vector<DriftRow> DriftLab::step(std::uint64_t request, Time arrival) {
  const ElementType type = spec_.pipeline.element_type;
  const std::vector<CacheTensor> tensors = spec_.pipeline.model.tensors(type);
  Job job{.id = request + 1, .arm = Arm::splitzip};
  job.requests.push_back({.id = request,
                          .prompt_tokens = spec_.tokens,
                          .output_tokens = 1,
                          .drift_level = drift_level(spec_.drift, request, arrival)});
  backend_->fill(job, 0, 0, static_cast<std::uint32_t>(tensors.size()));
  const std::uint64_t digest = backend_->digest(job, 0).front();
  exponents_ = exponents_of(source_, type, job, chunks_);

  std::vector<DriftRow> rows;
  for (std::size_t i = 0; i < spec_.cases.size(); ++i) {
    rows.push_back(run_case(job, i, digest));
    const TensorScopes scopes(spec_.cases[i].scope, tensors);
    const BestRatios best = best_ratios(exponents_, type, scopes);
    rows.back().oracle_ratio = best.codebooks;
    rows.back().entropy_ratio = best.entropy;
  }
  return rows;
}

/// The sums over a request's chunks.
struct DriftLab::Coded {
  double encode_seconds = 0, decode_seconds = 0;
  std::uint64_t elements = 0, frame_bytes = 0, stored_bytes = 0, escapes = 0;
  std::vector<double> chunk_escapes;
};

DriftLab::Coded DriftLab::code(const Job& job, CodebookKeeper& keeper) {
  Coded sum;
  std::size_t at = 0;  // index into exponents_
  for (const Chunk& chunk : chunks_) {
    const std::vector<Coding> codings = keeper.plan(job, chunk);
    const std::span<std::byte> slot = backend_->slot(0);
    const Packed packed = backend_->pack(job, 0, chunk, codings, {.slot = slot});
    keeper.learn(job, chunk, packed.pieces);
    std::uint64_t chunk_escapes = 0;
    for (std::size_t i = 0; i < chunk.pieces.size(); ++i, ++at) {
      const CodedPiece& piece = packed.pieces[i];
      const std::uint64_t missed = escapes(exponents_[at].histogram, codings[i].codebook);
      if (piece.kind == FrameKind::stored)
        sum.stored_bytes += spec_.pipeline.bytes_of(chunk.pieces[i].elements);
      else if (piece.escapes != missed)
        throw Mismatch(fmt::format("drift {}, request {}: a frame has {} escapes, its elements {}",
                                   spec_.kind, job.requests[0].id, piece.escapes, missed));
      chunk_escapes += missed;
    }
    sum.escapes += chunk_escapes;
    sum.elements += chunk.elements;
    sum.frame_bytes += packed.payload_bytes;
    sum.chunk_escapes.push_back(static_cast<double>(chunk_escapes) /
                                static_cast<double>(chunk.elements));
    sum.encode_seconds += codec_seconds_of(packed.spans);
    sum.decode_seconds += codec_seconds_of(
        backend_->unpack(job, copy_offset_, chunk, slot.first(packed.payload_bytes)));
  }
  return sum;
}

DriftRow DriftLab::run_case(const Job& job, std::size_t index, std::uint64_t digest) {
  const DriftCase& of = spec_.cases[index];
  CodebookKeeper& keeper = keepers_[index];
  Job other = job;  // so that what an earlier case left behind is not taken for decoded
  other.requests[0].id += 1;
  backend_->fill(other, copy_offset_, 0, exponents_.back().tensor + 1);
  const std::size_t known = keeper.changes().size();
  const Coded coded = code(job, keeper);
  verify(job, digest, of);

  std::vector<std::uint64_t>& by_scope = changes_[index];
  for (std::size_t i = known; i < keeper.changes().size(); ++i) {
    const std::uint32_t scope = keeper.changes()[i].scope;
    by_scope.resize(std::max<std::size_t>(by_scope.size(), scope + 1));
    ++by_scope[scope];
  }
  const ElementType type = spec_.pipeline.element_type;
  const std::uint64_t raw = spec_.pipeline.bytes_of(coded.elements);
  const double published = published_layout_ratio(type, coded.elements, coded.escapes);
  const bool as_published = of.policy == DriftPolicy::fixed;
  DriftRow row;
  row.kind = spec_.kind;
  row.step = job.requests[0].id;
  row.drift = static_cast<double>(job.requests[0].drift_level) / kDriftLevels;
  row.of = of;
  row.escape_rate = static_cast<double>(coded.escapes) / static_cast<double>(coded.elements);
  row.chunk_escapes_p99 = p99(coded.chunk_escapes);
  row.published_ratio = published;
  row.raw_bytes = raw;
  row.frame_bytes = as_published ? published_layout_bytes(type, coded.elements, coded.escapes)
                                 : coded.frame_bytes;
  row.ratio = static_cast<double>(raw) / static_cast<double>(row.frame_bytes);
  row.stored_share =
      as_published ? 0 : static_cast<double>(coded.stored_bytes) / static_cast<double>(raw);
  row.changes = keeper.changes().size();
  row.changes_most = by_scope.empty() ? 0 : std::ranges::max(by_scope);
  row.encode_seconds = coded.encode_seconds;
  row.decode_seconds = coded.decode_seconds;
  return row;
}

void DriftLab::verify(const Job& job, std::uint64_t digest, const DriftCase& of) {
  if (backend_->digest(job, copy_offset_).front() == digest) return;
  throw Mismatch(fmt::format(
      "drift {}, request {}, policy {}, scope {}: decoded KV is not what was encoded", spec_.kind,
      job.requests[0].id, kDriftPolicyNames[of.policy], kCodebookScopeNames[of.scope]));
}

}  // namespace splitbench
