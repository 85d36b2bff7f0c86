#include "codec/baselines/payload_layout.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <stdexcept>

#include "codec/errors.hpp"

namespace splitbench {

static_assert(std::endian::native == std::endian::little, "lengths are copied as they lie");

PayloadLayout::PayloadLayout(std::span<const std::uint64_t> piece_bytes, bool planes,
                             std::uint64_t chunk_bytes)
    : planes_(planes) {
  if (chunk_bytes == 0) throw std::invalid_argument("a chunk has at least a byte");
  std::uint64_t end = 0, compressed = 0;
  for (std::uint32_t piece = 0; piece < piece_bytes.size(); ++piece) {
    const std::uint64_t seen = piece_bytes[piece] / scale();
    planes_at_.push_back(end);
    end += aligned(seen);
    for (std::uint64_t at = 0; at < seen; at += chunk_bytes) {
      chunks_.push_back({piece, at, std::min(chunk_bytes, seen - at)});
      compressed += aligned(chunks_.back().seen);
    }
  }
  planes_at_.push_back(end);
  most_bytes_ = chunks_at() + compressed;
}

std::vector<std::span<const std::byte>> PayloadLayout::compressed(
    std::span<const std::byte> payload) const {
  if (payload.size() < chunks_at()) throw BadFrame("payload ends before its first chunk");
  std::vector<std::span<const std::byte>> found;
  std::uint64_t at = chunks_at();
  for (std::size_t i = 0; i < chunks_.size(); ++i) {
    std::uint32_t length;
    std::memcpy(&length, payload.data() + i * sizeof(length), sizeof(length));
    if (length == 0 || length > chunks_[i].seen)
      throw BadFrame("a compressed chunk is empty, or longer than it was");
    if (aligned(length) > payload.size() - at) throw BadFrame("payload ends within a chunk");
    found.push_back(payload.subspan(at, length));
    at += aligned(length);
  }
  if (at != payload.size()) throw BadFrame("payload goes on after its chunks");
  return found;
}

}  // namespace splitbench
