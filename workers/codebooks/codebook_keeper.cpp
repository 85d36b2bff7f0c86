#include "workers/codebooks/codebook_keeper.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include "codec/exponent_statistics.hpp"

namespace splitbench {

CodebookKeeper::CodebookKeeper(Spec spec)
    : spec_(std::move(spec)), tensor_scopes_(spec_.scope, spec_.tensors) {
  assert(spec_.tensors.size() == spec_.calibration.size());
  reset();
}

std::vector<ScopeWatch::Spec> CodebookKeeper::scope_specs() const {
  std::vector<ScopeWatch::Spec> scopes(tensor_scopes_.count(),
                                       {.element_type = spec_.element_type,
                                        .tensors = 0,
                                        .recalibrates = spec_.policy == DriftPolicy::recalibrate});
  for (std::uint32_t tensor = 0; tensor < spec_.tensors.size(); ++tensor) {
    if (!spec_.tensors[tensor].coded()) continue;
    ScopeWatch::Spec& scope = scopes[tensor_scopes_.of(tensor)];
    ++scope.tensors;
    scope.calibration += spec_.calibration[tensor];
    if (!spec_.given.empty()) scope.given = spec_.given[tensor].codebook;
  }
  return scopes;
}

std::vector<Codebook> CodebookKeeper::fixed_codebooks(std::span<const ScopeWatch::Spec> scopes,
                                                      FrameKind kind) const {
  std::vector<Codebook> codebooks;
  for (const ScopeWatch::Spec& scope : scopes)
    codebooks.push_back(calibrate(scope.calibration, spec_.element_type, kind));
  for (std::uint32_t tensor = 0; tensor < spec_.given.size(); ++tensor)
    if (spec_.tensors[tensor].coded())
      codebooks[tensor_scopes_.of(tensor)] = spec_.given[tensor].codebook_for(kind);
  return codebooks;
}

void CodebookKeeper::reset() {
  assert(spec_.given.empty() || spec_.given.size() == spec_.calibration.size());
  std::vector<ScopeWatch::Spec> scopes = scope_specs();
  scopes_.clear();
  fixed_.clear();
  for (const Codec& codec : kOwnCodecs)
    if (!codec.counts_escapes) fixed_[*codec.frames] = fixed_codebooks(scopes, *codec.frames);
  for (ScopeWatch::Spec& scope : scopes) {
    // Neighbours, whose pieces lie in one chunk, are sampled in one job: that is one launch.
    scope.stagger = scopes_.size() * 64 / scopes.size();
    scopes_.emplace_back(scope);
  }
  changes_.clear();
  planned_.clear();
  jobs_ = 0;
  ratios_.clear();
  pays_ = true;
}

double CodebookKeeper::calibrated_ratio(FrameKind kind) const {
  double raw = 0, frames = 0;
  for (std::uint32_t tensor = 0; tensor < spec_.tensors.size(); ++tensor) {
    if (!spec_.tensors[tensor].coded()) continue;
    const ExponentHistogram& histogram = spec_.calibration[tensor];
    raw += static_cast<double>(elements(histogram) * element_bytes(spec_.element_type));
    frames += static_cast<double>(expected_frame_bytes(histogram, codebook(tensor, kind), kind));
  }
  return raw > 0 ? raw / frames : 1;
}

std::uint64_t CodebookKeeper::raw_bytes(const Job& job) const {
  const std::vector<std::uint64_t> tokens = request_tokens(job);
  std::uint64_t elements = 0;
  for (const CacheTensor& tensor : spec_.tensors) elements += tensor.elements(tokens);
  return elements * element_bytes(spec_.element_type);
}

FrameRatios CodebookKeeper::whole_ratios(const Job& job) const {
  const std::vector<std::uint64_t> tokens = request_tokens(job);
  double coded = 0, carried = 0;
  for (const CacheTensor& tensor : spec_.tensors)
    (tensor.coded() ? coded : carried) += static_cast<double>(tensor.elements(tokens));
  FrameRatios ratios = ratios_;
  if (carried > 0)
    for (auto& [kind, ratio] : ratios) ratio = (coded + carried) / (coded / ratio + carried);
  return ratios;
}

Arm CodebookKeeper::choose(const Job& job, const TransferLoad& load) {
  if (ratios_.empty())
    for (const Codec& codec : kOwnCodecs) ratios_[*codec.frames] = calibrated_ratio(*codec.frames);
  const FrameKind best =
      spec_.choose ? spec_.choose(job, load, whole_ratios(job)) : FrameKind::ranked;
  const Codec* codec = find_codec(best);
  return codec != nullptr ? Arm(*codec) : Arm::raw;
}

std::vector<Coding> CodebookKeeper::plan(const Job& job, const Chunk& chunk,
                                         std::vector<Coding> codings) {
  assert(job.arm != Arm::automatic && codings.empty());
  if (!frames(job.arm)) return codings;
  if (!watches(job.arm)) {
    const FrameKind wanted = kind_of(job.arm);
    for (const Piece& piece : chunk.pieces)
      codings.push_back(is_coded(piece)
                            ? Coding{.codebook = codebook(piece.tensor, wanted), .wanted = wanted}
                            : carried());
    return codings;
  }
  if (jobs_ == 0 || job.id != current_job_) begin(job);
  Planned& planned = planned_.emplace_back(Planned{job.id, chunk.index, jobs_, {}});
  for (const Piece& piece : chunk.pieces) {
    codings.push_back(is_coded(piece) ? code(job, piece) : carried());
    planned.parts.push_back(
        {codings.back().wanted,
         is_coded(piece) ? scopes_[tensor_scopes_.of(piece.tensor)].version() : 0});
  }
  return codings;
}

void CodebookKeeper::begin(const Job& job) {
  ++jobs_;
  current_job_ = job.id;
  const std::uint64_t bytes = raw_bytes(job);
  pays_ = !spec_.pays || bytes == 0 || spec_.pays(bytes, expected_ratio(job));
}

double CodebookKeeper::expected_ratio(const Job& job) const {
  const std::vector<std::uint64_t> tokens = request_tokens(job);
  double raw = 0, frames = 0;
  for (std::uint32_t tensor = 0; tensor < spec_.tensors.size(); ++tensor) {
    const std::uint64_t elements = spec_.tensors[tensor].elements(tokens);
    if (elements == 0) continue;
    double share = 1;  // of a stored frame
    if (spec_.tensors[tensor].coded()) {
      const ScopeWatch& scope = scopes_[tensor_scopes_.of(tensor)];
      if (!scope.stored()) share = frame_share(spec_.element_type, scope.escape_rate(), elements);
    }
    raw += static_cast<double>(element_bytes(spec_.element_type) * elements);
    frames += share * static_cast<double>(stored_frame_bytes(spec_.element_type, elements));
  }
  return raw / frames;
}

Coding CodebookKeeper::carried() const {
  Coding coding{.codebook = {}, .wanted = FrameKind::stored};
  coding.codebook.element_type = spec_.element_type;
  return coding;
}

Coding CodebookKeeper::code(const Job& job, const Piece& piece) {
  ScopeWatch& scope = scopes_[tensor_scopes_.of(piece.tensor)];
  const bool blind = !pays_ || scope.stored();
  const bool sampled = scope.samples(jobs_, tensor_scopes_.index_in(piece.tensor), blind);
  return {.codebook = scope.codebook(),
          .wanted = blind ? FrameKind::stored : kind_of(job.arm),
          .sample = sampled && represents(job, piece)};
}

/// Returns whether the piece is the one of its tensor that is sampled. It is another one in each
/// job, because the exponents at the beginning of a prompt differ.
bool CodebookKeeper::represents(const Job& job, const Piece& piece) const {
  const std::uint64_t elements = spec_.tensors[piece.tensor].elements(request_tokens(job));
  const std::uint64_t element = mix(job.id, piece.tensor) % elements;
  return piece.first <= element && element < piece.first + piece.elements;
}

/// Returns what was planned for the chunk. Chunks come back in the order in which they were
/// planned, but not all of them do.
std::optional<CodebookKeeper::Planned> CodebookKeeper::planned(const Job& job, const Chunk& chunk) {
  while (!planned_.empty()) {
    Planned first = std::move(planned_.front());
    planned_.pop_front();
    if (first.job == job.id && first.chunk == chunk.index) return first;
  }
  return std::nullopt;
}

void CodebookKeeper::learn(const Job& job, const Chunk& chunk, std::span<const CodedPiece> pieces) {
  if (!watches(job.arm)) return;
  const std::optional<Planned> then = planned(job, chunk);
  if (!then) return;
  assert(pieces.size() == chunk.pieces.size());
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    const Piece& piece = chunk.pieces[i];
    const CodedPiece& coded = pieces[i];
    if (!is_coded(piece)) continue;
    const std::uint32_t number = tensor_scopes_.of(piece.tensor);
    ScopeWatch& scope = scopes_[number];
    const bool blind = then->parts[i].wanted == FrameKind::stored;
    if (!blind && then->parts[i].version == scope.version())
      scope.saw_frame(then->number, piece.elements,
                      coded.kind == FrameKind::stored ? piece.elements : coded.escapes);
    if (!coded.sample) continue;
    scope.saw_sample(then->number, tensor_scopes_.index_in(piece.tensor), *coded.sample, blind);
    if (scope.recalibrate(then->number)) changes_.push_back({.scope = number, .job = job.id});
  }
}

TransferEstimate estimate_of(const Pipeline& pipeline, const HardwareProfile& hardware,
                             TransportKind transport, double wire) {
  return {.model = stage_model_of(pipeline, hardware, transport),
          .chunk_bytes = pipeline.staging_plan().chunk_bytes,
          .tensors = static_cast<double>(pipeline.model.tensors(pipeline.element_type).size()),
          .wire = wire,
          .overlap = pipeline.overlap};
}

CodebookKeeper::Spec keeper_spec(const DriftSpec& drift, const Pipeline& pipeline,
                                 const KvSource& source, const TransferEstimate& estimate) {
  CodebookKeeper::Spec spec{.policy = drift.policy,
                            .scope = drift.scope,
                            .tensors = pipeline.model.tensors(pipeline.element_type),
                            .element_type = pipeline.element_type,
                            .calibration = source.calibration(),
                            .given = source.codebooks(),
                            .pays = nullptr,
                            .choose = [estimate, pipeline](const Job& job, const TransferLoad& load,
                                                           const FrameRatios& ratios) {
                              const std::uint64_t raw_bytes = pipeline.raw_bytes(job);
                              if (raw_bytes == 0) return FrameKind::stored;
                              // Tensors do not divide into full chunks.
                              TransferEstimate exact = estimate;
                              const std::uint64_t chunks = pipeline.chunks(job).size();
                              exact.chunk_bytes = (raw_bytes + chunks - 1) / chunks;
                              return exact.best(raw_bytes, load, ratios);
                            }};
  if (drift.policy == DriftPolicy::fallback || drift.policy == DriftPolicy::recalibrate)
    spec.pays = [estimate](std::uint64_t raw_bytes, double ratio) {
      return estimate.pays(raw_bytes, ratio);
    };
  return spec;
}

}  // namespace splitbench
