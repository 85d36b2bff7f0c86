#include "codec/baselines/cpu_payload.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>

#include "codec/errors.hpp"

namespace splitbench {
namespace {

void fill_up(std::span<std::byte> out, std::uint64_t end) {
  const auto padding = out.subspan(end, PayloadLayout::aligned(end) - end);
  std::ranges::fill(padding, std::byte{0});
}

}  // namespace

CpuPayloads::CpuPayloads(const Baseline& baseline)
    : planes_(baseline.planes),
      chunk_bytes_(baseline.chunk_bytes),
      coder_(baseline.coder(), planes_, chunk_bytes_),
      room_(coder_.bound(chunk_bytes_)) {}

std::uint64_t CpuPayloads::write(std::span<const std::span<const std::byte>> pieces,
                                 std::span<std::byte> out) {
  const PayloadLayout layout(pieces, planes_, chunk_bytes_);
  fill_up(out, layout.lengths_bytes());
  for (std::uint32_t piece = 0; planes_ && piece < pieces.size(); ++piece)
    fill_up(out, layout.rest_at() + layout.plane_at(piece) + pieces[piece].size() / 2);
  std::uint64_t at = layout.chunks_at();
  for (std::size_t i = 0; i < layout.chunks().size(); ++i) {
    const PayloadLayout::Chunk& chunk = layout.chunks()[i];
    const auto length = static_cast<std::uint32_t>(coder_.compress(
        layout.elements_of(chunk, pieces[chunk.piece]), layout.rest_of(chunk, out), room_));
    std::memcpy(out.data() + i * sizeof(length), &length, sizeof(length));
    std::ranges::copy(std::span(room_).first(length), out.subspan(at, length).begin());
    at += length;
    fill_up(out, at);
    at = PayloadLayout::aligned(at);
  }
  return at;
}

void CpuPayloads::read(std::span<const std::byte> payload,
                       std::span<const std::span<std::byte>> pieces) {
  const PayloadLayout layout(pieces, planes_, chunk_bytes_);
  const auto compressed = layout.compressed(payload);
  try {
    for (std::size_t i = 0; i < compressed.size(); ++i) {
      const PayloadLayout::Chunk& chunk = layout.chunks()[i];
      coder_.decompress(compressed[i], layout.rest_of(chunk, payload),
                        layout.elements_of(chunk, pieces[chunk.piece]));
    }
  } catch (const std::runtime_error& error) {  // the coder's: what it was given is none of its
    throw BadFrame(error.what());
  }
}

}  // namespace splitbench
