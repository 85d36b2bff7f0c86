#include "sim/run/virtual/model_costs.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "codec/baselines/payload_layout.hpp"
#include "codec/codec.hpp"
#include "codec/exponent_statistics.hpp"
#include "sim/run/dispatch/shard_scenario.hpp"

namespace splitbench {
namespace {

/// Calls `visit` with each request that has some of the elements of a piece of a tensor, and their
/// number.
template <class Visit>
void for_each_part(const Job& job, const Piece& piece, const CacheTensor& tensor,
                   const Visit& visit) {
  std::uint64_t first = 0;  // element of the tensor at which the request begins
  for (const JobRequest& request : job.requests) {
    const std::uint64_t end = first + tensor.rows(request.kv_tokens()) * tensor.width;
    const std::uint64_t from = std::max(first, piece.first),
                        to = std::min(end, piece.first + piece.elements);
    if (from < to) visit(request, static_cast<double>(to - from));
    first = end;
  }
}

/// Returns the profile with the figures that a scenario declares for the codecs that it adds.
HardwareProfile with_figures_of(std::span<const AddedCodec> codecs, HardwareProfile hardware) {
  for (const AddedCodec& codec : codecs)
    if (codec.is_declared())
      for (const ElementType type : kElementTypes)
        hardware.rates[{codec.name, type}] = codec.figures;
  return hardware;
}

}  // namespace

ModelCosts::ModelCosts(const Scenario& scenario, const Pipeline& pipeline, const KvSource* source)
    : scenario_(scenario),
      pipeline_(pipeline),
      source_(source),
      tensors_(pipeline.model.tensors(pipeline.element_type)),
      stages_(stage_model_of(pipeline, with_figures_of(scenario.codecs, scenario.hardware),
                             scenario.transport)),
      prefill_compute_(compute_of(scenario, true)),
      decode_compute_(compute_of(scenario, false)) {}

const CodecRates& ModelCosts::rates_of(std::string_view codec) const {
  if (rated_.data() != codec.data()) {
    rated_ = codec;
    known_rates_ = &stages_.rates_of(codec);
  }
  return *known_rates_;
}

StageTimes ModelCosts::compute(const Job& job, std::uint32_t group) {
  if (scenario_.compute == ComputeKind::none) return {};
  return {{Stage::prefill_compute, prefill_of_group(prefill_compute_, pipeline_, job, group)}};
}

double ModelCosts::escape_rate_of(std::uint32_t tile, const Codebook& codebook) {
  if (tile >= escape_rates_.size()) escape_rates_.resize(tile + 1);
  KnownRate& known = escape_rates_[tile];
  if (known.codebook != codebook)
    known = {codebook, escape_rate(source_->histogram(tile), codebook)};
  return known.escapes;
}

double ModelCosts::ranked_bytes(const Job& job, const Piece& piece, const Codebook& codebook) {
  double sum = 0;
  for_each_part(job, piece, tensors_[piece.tensor], [&](const JobRequest& request, double n) {
    const std::uint32_t tile = source_->tile_of(piece.tensor, request.drift_level);
    const auto [known, is_new] = ranked_shares_.try_emplace({tile, codebook.id()});
    if (is_new) {
      const ExponentHistogram& histogram = source_->histogram(tile);
      known->second =
          static_cast<double>(expected_frame_bytes(histogram, codebook, FrameKind::ranked) -
                              kHeaderBytes) /
          static_cast<double>(elements(histogram));
    }
    sum += known->second * n;
  });
  return sum;
}

std::uint64_t ModelCosts::escapes(const Job& job, const Piece& piece, const Codebook& codebook) {
  double sum = 0;
  for_each_part(job, piece, tensors_[piece.tensor], [&](const JobRequest& request, double n) {
    sum += n * escape_rate_of(source_->tile_of(piece.tensor, request.drift_level), codebook);
  });
  return static_cast<std::uint64_t>(std::llround(sum));
}

CodedPiece ModelCosts::code(const Job& job, const Piece& piece, const Coding& coding) {
  const ElementType type = pipeline_.element_type;
  CodedPiece coded{.kind = FrameKind::stored,
                   .frame_bytes = stored_frame_bytes(type, piece.elements),
                   .escapes = 0,
                   .sample = std::nullopt};
  if (coding.sample) coded.sample = sample(job, piece);
  if (coding.wanted == FrameKind::stored) return coded;
  if (coding.wanted == FrameKind::ranked) {
    const std::uint64_t bytes =
        kHeaderBytes +
        padded(static_cast<std::uint64_t>(std::llround(ranked_bytes(job, piece, coding.codebook))));
    if (bytes >= coded.frame_bytes) return coded;
    coded.kind = FrameKind::ranked;
    coded.frame_bytes = bytes;
    return coded;
  }
  const std::uint64_t escaped = escapes(job, piece, coding.codebook);
  const bool published = scenario_.drift.policy == DriftPolicy::fixed;
  const std::uint64_t bytes = published ? published_layout_bytes(type, piece.elements, escaped)
                                        : splitzip_layout(type, piece.elements, 0).escapes +
                                              padded(scenario_.hardware.escape_bytes * escaped);
  if (!published && bytes >= coded.frame_bytes) return coded;
  coded.kind = FrameKind::splitzip;
  coded.frame_bytes = bytes;
  coded.escapes = escaped;
  return coded;
}

ExponentHistogram ModelCosts::sample(const Job& job, const Piece& piece) const {
  std::vector<std::byte> elements(
      pipeline_.bytes_of(std::min(piece.elements, kSampleBlockElements)));
  if (piece.elements <= kSampleElements) {
    elements.resize(pipeline_.bytes_of(piece.elements));
    source_->copy(job, piece.tensor, piece.first, elements);
    return exponent_histogram(elements, pipeline_.element_type);
  }
  ExponentHistogram sum{};
  for (std::uint64_t block = 0; block < kSampleBlocks; ++block) {
    source_->copy(job, piece.tensor, piece.first + sample_block(piece.elements, block), elements);
    sum += exponent_histogram(elements, pipeline_.element_type);
  }
  return sum;
}

PrefillCosts::Pack ModelCosts::pack(const Job& job, const Chunk& chunk,
                                    std::span<const Coding> codings,
                                    std::vector<CodedPiece> pieces) {
  const Piece& piece = chunk.pieces.front();
  if (chunk.pieces.size() > 1 || job.requests.size() > 1 || (!codings.empty() && codings[0].sample))
    return pack_anew(job, chunk, codings, std::move(pieces));
  const std::uint32_t drift_level = job.requests.front().drift_level;
  const LikeChunk& last = last_packed_;
  if (last.arm != job.arm || last.tensor != piece.tensor || last.drift_level != drift_level ||
      last.elements != piece.elements || (!codings.empty() && last.coding != codings.front())) {
    last_pack_ = pack_anew(job, chunk, codings, {});
    last_packed_ = {job.arm, piece.tensor, drift_level, piece.elements,
                    codings.empty() ? Coding{} : codings.front()};
  }
  for (const CodedPiece& coded : last_pack_.pieces) pieces.push_back(coded);
  return {.stages = last_pack_.stages,
          .payload_bytes = last_pack_.payload_bytes,
          .pieces = std::move(pieces)};
}

PrefillCosts::Pack ModelCosts::pack_anew(const Job& job, const Chunk& chunk,
                                         std::span<const Coding> codings,
                                         std::vector<CodedPiece> pieces) {
  const std::uint64_t raw_bytes = pipeline_.bytes_of(chunk.elements);
  if (job.arm == Arm::raw) return pack_whole(job, 0, raw_bytes);
  if (is_foreign(job.arm)) return pack_whole(job, raw_bytes, foreign_bytes(job.arm, raw_bytes));
  return pack_frames(job, chunk, codings, std::move(pieces));
}

/// Returns the cost of a payload without frames, and so without pieces.
PrefillCosts::Pack ModelCosts::pack_whole(const Job& job, std::uint64_t encoded_bytes,
                                          std::uint64_t payload_bytes) const {
  return {.stages = stages_.pack<Time>({.rates = rates_of(rated_codec(job.arm, scenario_.codecs)),
                                        .encoded_bytes = static_cast<double>(encoded_bytes),
                                        .payload_bytes = static_cast<double>(payload_bytes),
                                        .fits_fused = false}),
          .payload_bytes = payload_bytes,
          .pieces = {}};
}

PrefillCosts::Pack ModelCosts::pack_frames(const Job& job, const Chunk& chunk,
                                           std::span<const Coding> codings,
                                           std::vector<CodedPiece> pieces) {
  Pack pack{.stages = {}, .payload_bytes = 0, .pieces = std::move(pieces)};
  std::uint64_t encoded_bytes = 0, encoded_pieces = 0;
  bool samples = false;
  FrameKind kind = FrameKind::stored;
  for (std::size_t i = 0; i < codings.size(); ++i) {
    const Piece& piece = chunk.pieces[i];
    pack.pieces.push_back(code(job, piece, codings[i]));
    pack.payload_bytes += pack.pieces.back().frame_bytes;
    if (codings[i].wanted != FrameKind::stored) {
      kind = codings[i].wanted;
      encoded_bytes += pipeline_.bytes_of(piece.elements);
      ++encoded_pieces;
    }
    samples |= codings[i].sample;
  }
  pack.stages = stages_.pack<Time>({.rates = rates_of(rated_codec(kind)),
                                    .encoded_bytes = static_cast<double>(encoded_bytes),
                                    .tensors = static_cast<double>(encoded_pieces),
                                    .payload_bytes = static_cast<double>(pack.payload_bytes),
                                    .fits_fused = chunk.pieces.size() == 1,
                                    .samples = samples});
  return pack;
}

/// Returns the length of a foreign codec's payload by its ratio, whatever the bytes are (see
/// CodecRates).
std::uint64_t ModelCosts::foreign_bytes(Arm arm, std::uint64_t raw_bytes) const {
  const double ratio = rates_of(rated_codec(arm, scenario_.codecs)).ratio;
  const double bytes = static_cast<double>(raw_bytes) / ratio;
  return PayloadLayout::aligned(static_cast<std::uint64_t>(std::llround(bytes)));
}

PayloadForm ModelCosts::form_of(const Job& job, const Chunk& chunk,
                                std::uint64_t payload_bytes) const {
  if (job.arm == Arm::raw) return PayloadForm::raw;
  if (is_foreign(job.arm)) return PayloadForm::coded;
  std::uint64_t stored = 0;
  for (const Piece& piece : chunk.pieces)
    stored += stored_frame_bytes(pipeline_.element_type, piece.elements);
  return encodes(job.arm) && payload_bytes != stored ? PayloadForm::coded : PayloadForm::stored;
}

StageTimes ModelCosts::unpack(const Job& job, const Chunk& chunk, std::uint64_t payload_bytes) {
  if (chunk.pieces.size() > 1) return unpack_anew(job, chunk, payload_bytes);
  auto& [arm, elements, payload, stages] = last_unpacked_;
  if (arm != job.arm || elements != chunk.elements || payload != payload_bytes)
    last_unpacked_ = {job.arm, chunk.elements, payload_bytes,
                      unpack_anew(job, chunk, payload_bytes)};
  return stages;
}

StageTimes ModelCosts::unpack_anew(const Job& job, const Chunk& chunk,
                                   std::uint64_t payload_bytes) const {
  return stages_.unpack<Time>({.rates = rates_of(rated_codec(job.arm, scenario_.codecs)),
                               .form = form_of(job, chunk, payload_bytes),
                               .raw_bytes = static_cast<double>(pipeline_.bytes_of(chunk.elements)),
                               .tensors = static_cast<double>(chunk.pieces.size()),
                               .payload_bytes = static_cast<double>(payload_bytes)});
}

Time ModelCosts::digest(const Job& job) {
  return from_seconds(static_cast<double>(pipeline_.raw_bytes(job)) / scenario_.hardware.digest);
}

Time ModelCosts::step(std::uint64_t requests, std::uint64_t context_tokens) {
  return scenario_.compute == ComputeKind::none
             ? Time{0}
             : decode_compute_.decode_step(requests, context_tokens);
}

}  // namespace splitbench
