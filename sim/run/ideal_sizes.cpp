#include "sim/run/ideal_sizes.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "codec/exponent_statistics.hpp"
#include "codec/frame.hpp"

namespace splitbench {

std::vector<PieceExponents> exponents_of(const KvSource& source, ElementType type, const Job& job,
                                         std::span<const Chunk> chunks) {
  std::vector<PieceExponents> all;
  std::vector<std::byte> raw;
  for (const Chunk& chunk : chunks)
    for (const Piece& piece : chunk.pieces) {
      raw.resize(piece.elements * element_bytes(type));
      source.copy(job, piece.tensor, piece.first, raw);
      all.push_back({piece.tensor, exponent_histogram(raw, type)});
    }
  return all;
}

BestRatios best_ratios(std::span<const PieceExponents> pieces, ElementType type,
                       const TensorScopes& tensors) {
  std::map<std::uint32_t, ExponentHistogram> scopes;
  for (const PieceExponents& piece : pieces) scopes[tensors.of(piece.tensor)] += piece.histogram;

  double raw = 0, frames = 0, least = 0;
  std::map<std::uint32_t, Codebook> codebooks;
  for (const auto& [number, histogram] : scopes) {
    codebooks[number] = calibrate(histogram, type);
    const auto bytes = static_cast<double>(elements(histogram) * element_bytes(type));
    raw += bytes;
    least += bytes / ideal_ratio(histogram, type);
  }
  for (const PieceExponents& piece : pieces)
    frames += static_cast<double>(
        expected_frame_bytes(piece.histogram, codebooks.at(tensors.of(piece.tensor))));
  return {.codebooks = raw / frames, .entropy = raw / least};
}

double IdealSizes::escape_rate(std::uint32_t tile) {
  const auto [known, is_new] = rates_.try_emplace(tile);
  if (is_new) {
    const ExponentHistogram& histogram = source_.histogram(tile);
    known->second =
        splitbench::escape_rate(histogram, calibrate(histogram, pipeline_.element_type));
  }
  return known->second;
}

std::uint64_t IdealSizes::bytes(std::uint64_t tokens, std::uint32_t drift_level) {
  const ElementType type = pipeline_.element_type;
  std::uint64_t sum = 0;
  for (std::uint32_t tensor = 0; tensor < tensors_.size(); ++tensor) {
    const std::uint64_t elements = tensors_[tensor].rows(tokens) * tensors_[tensor].width;
    if (!tensors_[tensor].coded()) {
      sum += stored_frame_bytes(type, elements);
      continue;
    }
    const double rate = escape_rate(source_.tile_of(tensor, drift_level));
    const auto escapes =
        static_cast<std::uint64_t>(std::llround(rate * static_cast<double>(elements)));
    sum +=
        std::min(splitzip_frame_bytes(type, elements, escapes), stored_frame_bytes(type, elements));
  }
  return sum;
}

void IdealSizes::write(std::span<Timeline> timelines) {
  for (Timeline& t : timelines) {
    if (t.raw_bytes == 0) continue;
    t.ideal_bytes = pipeline_.shards.count *
                    bytes(t.request.prompt_tokens - t.decode_resident_tokens,
                          static_cast<std::uint32_t>(std::lround(t.drift * kDriftLevels)));
  }
}

}  // namespace splitbench
