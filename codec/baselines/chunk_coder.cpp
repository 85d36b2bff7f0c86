#include "codec/baselines/chunk_coder.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "codec/element.hpp"

namespace splitbench {

namespace {

constexpr ElementFormat kFormat = element_format(ElementType::bf16);

}  // namespace

void split_planes(std::span<const std::byte> raw, std::span<std::byte> exponents,
                  std::span<std::byte> rest) {
  for (std::size_t i = 0; i < exponents.size(); ++i) {
    std::uint16_t element;
    std::memcpy(&element, raw.data() + 2 * i, sizeof(element));
    exponents[i] = static_cast<std::byte>(kFormat.exponent(element));
    rest[i] = static_cast<std::byte>(kFormat.sign_mantissa(element));
  }
}

void join_planes(std::span<const std::byte> exponents, std::span<const std::byte> rest,
                 std::span<std::byte> raw) {
  for (std::size_t i = 0; i < exponents.size(); ++i) {
    const auto element = static_cast<std::uint16_t>(
        kFormat.join(static_cast<unsigned>(exponents[i]), static_cast<unsigned>(rest[i])));
    std::memcpy(raw.data() + 2 * i, &element, sizeof(element));
  }
}

ElementCoder::ElementCoder(std::unique_ptr<ChunkCoder> coder, bool planes,
                           std::uint64_t chunk_bytes)
    : coder_(std::move(coder)), planes_(planes), exponents_(planes ? chunk_bytes : 0) {}

std::uint64_t ElementCoder::compress(std::span<const std::byte> raw, std::span<std::byte> rest,
                                     std::span<std::byte> room) {
  std::span<const std::byte> seen = raw;
  if (planes_) {
    const std::span exponents = std::span(exponents_).first(raw.size() / 2);
    split_planes(raw, exponents, rest);
    seen = exponents;
  }
  const std::uint64_t compressed = coder_->compress(seen, room);
  if (compressed < seen.size()) return compressed;
  std::ranges::copy(seen, room.begin());
  return seen.size();
}

void ElementCoder::decompress(std::span<const std::byte> compressed,
                              std::span<const std::byte> rest, std::span<std::byte> raw) {
  if (!planes_) return bring_back(compressed, raw);
  const std::span exponents = std::span(exponents_).first(raw.size() / 2);
  bring_back(compressed, exponents);
  join_planes(exponents, rest, raw);
}

void ElementCoder::bring_back(std::span<const std::byte> compressed, std::span<std::byte> seen) {
  if (compressed.size() == seen.size()) {
    std::ranges::copy(compressed, seen.begin());
  } else {
    coder_->decompress(compressed, seen);
  }
}

}  // namespace splitbench
