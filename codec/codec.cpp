#include "codec/codec.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <stdexcept>

#include "codec/codebook_runs.hpp"
#include "codec/digest.hpp"
#include "codec/element.hpp"

namespace splitbench {
namespace {

// Both directions walk a tensor in blocks that stay in the first cache, each step a loop of its own
// over the block, so that the compiler can make vectors of it.
constexpr std::size_t kBlock = 1024;
static_assert(kTileElements % kBlock == 0);

template <typename T>
using Block = std::array<T, kBlock>;

void split(std::span<const std::uint16_t> elements, std::uint8_t* __restrict exponents,
           std::uint8_t* __restrict sign_mantissas) {
  for (std::size_t i = 0; i < elements.size(); ++i) exponents[i] = exponent(elements[i]);
  for (std::size_t i = 0; i < elements.size(); ++i) sign_mantissas[i] = sign_mantissa(elements[i]);
}

/// Two codes to a byte, the even element's in the low half. `n` codes, and after an odd one a zero.
void pack(const std::uint8_t* __restrict codes, std::size_t n, std::byte* __restrict packed) {
  for (std::size_t i = 0; i < (n + 1) / 2; ++i) {
    std::uint16_t pair;
    std::memcpy(&pair, codes + 2 * i, 2);
    packed[i] = static_cast<std::byte>(pair | pair >> 4);
  }
}

void unpack(const std::byte* __restrict packed, std::size_t n, std::uint8_t* __restrict codes) {
  for (std::size_t i = 0; i < (n + 1) / 2; ++i) {
    const auto both = static_cast<std::uint16_t>(packed[i]);
    const auto pair = static_cast<std::uint16_t>((both | both << 4) & 0x0f0f);
    std::memcpy(codes + 2 * i, &pair, 2);
  }
}

/// The escapes section while it is written.
class EscapeWriter {
 public:
  EscapeWriter(std::byte* section, std::uint64_t capacity)
      : section_(section), capacity_(capacity) {}

  /// Appends the escaped ones of a block, the first of which is `position` in its tile. False if
  /// they do not fit.
  bool append(const Block<std::uint8_t>& escaped, const Block<std::uint8_t>& exponents,
              std::size_t n, std::size_t position) {
    for (std::size_t word = 0; word < n; word += 8) {
      std::uint64_t any;
      std::memcpy(&any, escaped.data() + word, 8);
      if (any == 0) continue;
      for (std::size_t i = word; i < std::min(word + 8, n); ++i) {
        if (escaped[i] == 0) continue;
        if (count_ == capacity_) return false;
        put(position + i, exponents[i]);
      }
    }
    return true;
  }

  std::uint64_t count() const { return count_; }

 private:
  void put(std::size_t position, std::uint8_t exponent) {
    std::byte* const escape = section_ + kEscapeBytes * count_++;
    escape[0] = static_cast<std::byte>(position);
    escape[1] = static_cast<std::byte>(position >> 8);
    escape[2] = static_cast<std::byte>(exponent);
  }

  std::byte* section_;
  std::uint64_t capacity_;
  std::uint64_t count_ = 0;
};

struct Escape {
  std::size_t position;
  std::uint8_t exponent;
};

Escape read_escape(const std::byte* section, std::uint64_t index) {
  const std::byte* const escape = section + kEscapeBytes * index;
  return {.position = static_cast<std::size_t>(escape[0]) | static_cast<std::size_t>(escape[1])
                                                                << 8,
          .exponent = static_cast<std::uint8_t>(escape[2])};
}

std::uint32_t read_tile_end(const std::byte* section, std::uint64_t tile) {
  std::uint32_t end;
  std::memcpy(&end, section + 4 * tile, 4);
  return end;
}

EncodedFrame finish(FrameKind kind, std::uint64_t elements, std::uint64_t escapes,
                    const Codebook& codebook, std::uint64_t digest, std::span<std::byte> out) {
  const FrameHeader header = make_header(kind, elements, escapes, codebook, digest);
  std::memcpy(out.data(), &header, sizeof header);
  return {
      .frame_bytes = header.frame_bytes, .escapes = header.escapes, .digest = digest, .kind = kind};
}

EncodedFrame store(std::span<const std::uint16_t> elements, std::span<std::byte> out) {
  const std::span<const std::byte> raw = std::as_bytes(elements);
  std::copy(raw.begin(), raw.end(), out.begin() + kHeaderBytes);
  const std::size_t end = kHeaderBytes + raw.size();
  std::fill_n(out.begin() + end, padded(end) - end, std::byte{0});
  return finish(FrameKind::stored, elements.size(), 0, {}, digest(elements), out);
}

void require_zero(std::span<const std::byte> frame, std::uint64_t begin, std::uint64_t end) {
  const std::span<const std::byte> bytes = frame.subspan(begin, end - begin);
  const bool zero =
      std::all_of(bytes.begin(), bytes.end(), [](std::byte b) { return b == std::byte{0}; });
  if (!zero) throw BadFrame(FrameFault::padding);
}

void require(bool holds, FrameFault otherwise) {
  if (!holds) throw BadFrame(otherwise);
}

std::uint8_t code_at(std::span<const std::byte> codes, std::uint64_t element) {
  const auto both = static_cast<std::uint8_t>(codes[element / 2]);
  return element % 2 == 0 ? both & 0x0f : both >> 4;
}

/// Everything in a frame that can be wrong but its elements' values.
void check_sections(const FrameHeader& header, const FrameLayout& layout,
                    std::span<const std::byte> frame) {
  const std::uint64_t n = header.elements;
  require_zero(frame, layout.codes + (n + 1) / 2, layout.sign_mantissa);
  require_zero(frame, layout.sign_mantissa + n, layout.tile_ends);
  require_zero(frame, layout.tile_ends + 4 * tiles(n), layout.escapes);
  require_zero(frame, layout.escapes + kEscapeBytes * header.escapes, layout.end);
  const std::span<const std::byte> codes = frame.subspan(layout.codes);
  require(n % 2 == 0 || code_at(codes, n) == 0, FrameFault::padding);

  const auto& coded = header.codebook.exponents;
  std::uint64_t begin = 0;
  for (std::uint64_t tile = 0; tile < tiles(n); ++tile) {
    const std::uint64_t end = read_tile_end(frame.data() + layout.tile_ends, tile);
    require(begin <= end && end <= header.escapes, FrameFault::tile_ends);
    const std::uint64_t first = tile * kTileElements;
    const std::uint64_t tile_elements = std::min(n - first, kTileElements);
    std::uint64_t lowest = 0;
    for (; begin < end; ++begin) {
      const Escape escape = read_escape(frame.data() + layout.escapes, begin);
      require(lowest <= escape.position && escape.position < tile_elements,
              FrameFault::escape_position);
      require(!std::binary_search(coded.begin(), coded.end(), escape.exponent),
              FrameFault::escape_exponent);
      require(code_at(codes, first + escape.position) == 0, FrameFault::escape_code);
      lowest = escape.position + 1;
    }
  }
  require(begin == header.escapes, FrameFault::tile_ends);
}

void decode_tile(const std::byte* codes, const std::byte* sign_mantissas, const CodebookRuns& runs,
                 std::span<std::uint16_t> out) {
  Block<std::uint8_t> code_of, exponent_of;
  for (std::size_t first = 0; first < out.size(); first += kBlock) {
    const std::span<std::uint16_t> block = out.subspan(first, std::min(kBlock, out.size() - first));
    unpack(codes + first / 2, block.size(), code_of.data());
    runs.to_exponents(code_of.data(), block.size(), exponent_of.data());
    for (std::size_t i = 0; i < block.size(); ++i) {
      block[i] = join(exponent_of[i], static_cast<std::uint8_t>(sign_mantissas[first + i]));
    }
  }
}

}  // namespace

EncodedFrame encode(std::span<const std::uint16_t> elements, const Codebook& codebook,
                    FrameKind wanted, std::span<std::byte> out) {
  const std::uint64_t n = elements.size();
  if (n > kMaxElements) throw std::invalid_argument("a frame holds at most 2^34 elements");
  if (out.size() < max_frame_bytes(n)) throw std::invalid_argument("no room for the longest frame");
  if (wanted == FrameKind::splitzip && !codebook.valid()) {
    throw std::invalid_argument("the codebook is not strictly ascending");
  }
  if (frame_kind(wanted, n, 0) == FrameKind::stored) return store(elements, out);

  const CodebookRuns runs(codebook);
  const FrameLayout layout = splitzip_layout(n, 0);
  EscapeWriter escapes(out.data() + layout.escapes, escape_capacity(n));
  std::uint64_t sum = 0;
  Block<std::uint8_t> exponents, sign_mantissas, codes, escaped{};
  std::fill_n(out.begin() + layout.codes, layout.escapes - layout.codes, std::byte{0});
  for (std::uint64_t first = 0; first < n; first += kBlock) {
    const std::span<const std::uint16_t> block =
        elements.subspan(first, std::min(kBlock, n - first));
    split(block, exponents.data(), sign_mantissas.data());
    runs.to_codes(exponents.data(), block.size(), codes.data(), escaped.data());
    if (block.size() % 2 == 1) codes[block.size()] = 0;
    pack(codes.data(), block.size(), out.data() + layout.codes + first / 2);
    std::memcpy(out.data() + layout.sign_mantissa + first, sign_mantissas.data(), block.size());
    if (!escapes.append(escaped, exponents, block.size(), first % kTileElements))
      return store(elements, out);
    const auto end = static_cast<std::uint32_t>(escapes.count());
    std::memcpy(out.data() + layout.tile_ends + 4 * (first / kTileElements), &end, 4);
    sum += digest(block, first / 4);
  }
  const std::uint64_t end = layout.escapes + kEscapeBytes * escapes.count();
  std::fill_n(out.begin() + end, padded(end) - end, std::byte{0});
  return finish(FrameKind::splitzip, n, escapes.count(), codebook, sum, out);
}

std::uint64_t decode(std::span<const std::byte> frame, std::span<std::uint16_t> elements) {
  const FrameHeader header = read_header(frame);
  const std::uint64_t n = header.elements;
  require(n == elements.size(), FrameFault::elements);
  require(header.frame_bytes == frame.size(), FrameFault::length);
  std::uint64_t sum = 0;
  if (header.kind == FrameKind::stored) {
    require_zero(frame, kHeaderBytes + 2 * n, frame.size());
    if (n > 0) std::memcpy(elements.data(), frame.data() + kHeaderBytes, 2 * n);
    sum = digest(elements);
  } else {
    const FrameLayout layout = splitzip_layout(n, header.escapes);
    check_sections(header, layout, frame);
    const CodebookRuns runs(header.codebook);
    std::uint64_t escape = 0;
    for (std::uint64_t first = 0; first < n; first += kTileElements) {
      const std::span<std::uint16_t> tile =
          elements.subspan(first, std::min(kTileElements, n - first));
      decode_tile(frame.data() + layout.codes + first / 2,
                  frame.data() + layout.sign_mantissa + first, runs, tile);
      const std::uint32_t end =
          read_tile_end(frame.data() + layout.tile_ends, first / kTileElements);
      for (; escape < end; ++escape) {
        const Escape patch = read_escape(frame.data() + layout.escapes, escape);
        tile[patch.position] = join(patch.exponent, sign_mantissa(tile[patch.position]));
      }
      sum += digest(tile, first / 4);
    }
  }
  require(sum == header.digest, FrameFault::digest);
  return sum;
}

}  // namespace splitbench
