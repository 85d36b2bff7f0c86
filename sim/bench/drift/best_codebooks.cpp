#include "sim/bench/drift/best_codebooks.hpp"

#include <algorithm>
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
                       CodebookScope scope, std::uint32_t classes) {
  std::map<std::uint32_t, ExponentHistogram> scopes;
  for (const PieceExponents& piece : pieces)
    scopes[scope_of(scope, piece.tensor, classes)] += piece.histogram;

  double raw = 0, frames = 0, least = 0;
  std::map<std::uint32_t, Codebook> codebooks;
  for (const auto& [number, histogram] : scopes) {
    codebooks[number] = calibrate(histogram, type);
    const auto bytes = static_cast<double>(elements(histogram) * element_bytes(type));
    raw += bytes;
    least += bytes / ideal_ratio(histogram, type);
  }
  for (const PieceExponents& piece : pieces)
    frames += static_cast<double>(expected_frame_bytes(
        piece.histogram, codebooks.at(scope_of(scope, piece.tensor, classes))));
  return {.codebooks = raw / frames, .entropy = raw / least};
}

}  // namespace splitbench
