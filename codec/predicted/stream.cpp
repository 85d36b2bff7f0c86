#include "codec/predicted/stream.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "codec/errors.hpp"
#include "codec/predicted/vector_patch.hpp"
#include "codec/predicted/vector_stream.hpp"

namespace splitbench {
namespace {

/// A state from which a stream begins has its raw bits below this one.
constexpr std::uint32_t kStartState = 1u << kWordBits;

void require_stream(bool holds) {
  if (!holds) throw BadFrame(FrameFault::stream);
}

/// Rows of all tokens of a strip of a slab, each of whole patches.
template <typename T>
class StripRows {
 public:
  StripRows(std::uint32_t width, T missing)
      : width_(width), missing_(missing), values_(kStripTokens * std::size_t{width}, missing) {}

  T* row(std::uint32_t token) { return values_.data() + std::size_t{token} * width_; }
  const T* row(std::uint32_t token) const { return values_.data() + std::size_t{token} * width_; }

  /// Marks rows from a token on as missing.
  void drop_from(std::uint32_t token) {
    std::fill(values_.begin() + std::ptrdiff_t{token} * width_, values_.end(), missing_);
  }

 private:
  std::uint32_t width_;
  T missing_;
  std::vector<T> values_;
};

/// The raw words of a patch: for each lane two of nibbles and one of pairs of bits.
using RawWords = std::array<std::array<std::uint32_t, kPredictedLanes>, kRawWords>;

// Four neighbouring channels of a token are a word of 64 bits, or of 32 where an element has a
// byte; a lane has two such words of each of its tokens.

/// The token and the channel with which a lane begins.
struct LaneBegin {
  std::uint32_t token;
  std::uint32_t channel;
};
constexpr LaneBegin lane_begin(std::uint32_t lane) {
  return {token_of(0, lane), channel_of(0, lane)};
}

RawWords raw_words(const StripRows<std::uint16_t>& elements, std::uint32_t begin) {
  RawWords words;
  for (std::uint32_t lane = 0; lane < kPredictedLanes; ++lane) {
    const auto [token, channel] = lane_begin(lane);
    std::array<std::uint32_t, kRawWords> sums{};
    for (const std::uint32_t half : {0u, 1u}) {
      for (const std::uint32_t four : {0u, 1u}) {
        std::uint64_t x;
        std::memcpy(&x, elements.row(token + 8 * half) + begin + channel + 4 * four, sizeof x);
        const std::uint64_t low = x & 0x000f000f000f000f, high = x >> 4 & 0x0003000300030003;
        const std::uint64_t nibbles = (low | low >> 12) & 0x000000ff000000ff;
        const std::uint64_t pairs = (high | high >> 14) & 0x0000000f0000000f;
        sums[four] |= static_cast<std::uint32_t>(nibbles | nibbles >> 16) << 8 * half;
        sums[2] |= static_cast<std::uint32_t>(pairs | pairs >> 24) << (16 * four + 4 * half);
      }
    }
    for (std::uint32_t i = 0; i < kRawWords; ++i) words[i][lane] = sums[i];
  }
  return words;
}

void put_raw_bits(const RawWords& words, std::uint32_t begin, StripRows<std::uint8_t>& rows) {
  for (std::uint32_t lane = 0; lane < kPredictedLanes; ++lane) {
    const auto [token, channel] = lane_begin(lane);
    for (const std::uint32_t half : {0u, 1u}) {
      for (const std::uint32_t four : {0u, 1u}) {
        const std::uint32_t nibbles = words[four][lane] >> 8 * half & 0x00ff00ff;
        const std::uint32_t both = words[2][lane] >> (16 * four + 4 * half);
        const std::uint32_t pairs = (both & 0xf) | (both & 0xf00) << 8;
        const std::uint32_t bytes = (nibbles & 0x000f000f) | (nibbles << 4 & 0x0f000f00) |
                                    (pairs & 0x00030003) << 4 | (pairs << 10 & 0x30003000);
        std::memcpy(rows.row(token + 8 * half) + begin + channel + 4 * four, &bytes, sizeof bytes);
      }
    }
  }
}

/// Writes the raw words of a patch. The stream's first keeps only the higher half of each lane's
/// first word, the lower one is in the lane's state.
void write_raw(const RawWords& words, bool first, std::byte* out) {
  if (!first) {
    std::memcpy(out, words.data(), kPatchRawBytes);
    return;
  }
  for (std::uint32_t lane = 0; lane < kPredictedLanes; ++lane) {
    const auto high = static_cast<std::uint16_t>(words[0][lane] >> kWordBits);
    std::memcpy(out + sizeof high * lane, &high, sizeof high);
  }
  std::memcpy(out + kStartBytes, words[1].data(), kPatchRawBytes - 2 * kStartBytes);
}

RawWords read_raw(bool first, const std::byte* from) {
  RawWords words;
  if (!first) {
    std::memcpy(words.data(), from, kPatchRawBytes);
    return words;
  }
  for (std::uint32_t lane = 0; lane < kPredictedLanes; ++lane) {
    std::uint16_t high;
    std::memcpy(&high, from + sizeof high * lane, sizeof high);
    words[0][lane] = std::uint32_t{high} << kWordBits;
  }
  std::memcpy(words[1].data(), from + kStartBytes, kPatchRawBytes - 2 * kStartBytes);
  return words;
}

/// Returns where the raw bytes of a patch begin in those of its stream, by its number there.
constexpr std::uint64_t patch_raw_begin(std::uint32_t patch) {
  return patch == 0 ? 0 : std::uint64_t{patch} * kPatchRawBytes - kStartBytes;
}

/// Writes a stream from its first element on.
class StreamWriter {
 public:
  /// A stream has room for so many patches.
  explicit StreamWriter(std::size_t patches)
      : words_((patches * kMassBits / kWordBits + 2) * kPatchElements) {}

  void begin(const RawWords& first_patch) {
    for (std::uint32_t lane = 0; lane < kPredictedLanes; ++lane)
      states_[lane] = kStartState | (first_patch[0][lane] & (kStartState - 1));
  }

  /// Codes a patch, and returns the elements whose exponents the caller adds.
  FarList put(const SymbolTable& table, const PatchSteps<std::uint16_t>& symbols, bool whole) {
    FarList far;
    std::uint16_t* const words = words_.data() + count_;
    if (whole) {
      count_ += put_patch(table, symbols, states_, words, far);
      return far;
    }
    for (std::uint32_t i = 0; i < kPatchElements; ++i) {
      if (symbols[i] == kNoSymbol) continue;
      const SymbolTable::Code& code = table.codes()[symbols[i]];
      count_ += splitbench::put(code, states_[i % kPredictedLanes], words_[count_]) ? 1 : 0;
      if (distance_of(code.symbol()) == kFarExponent)
        far.elements[far.count++] = static_cast<std::uint16_t>(i);
    }
    return far;
  }
  void put_exponent(std::uint32_t exponent) {
    exponents_.push_back(static_cast<std::uint8_t>(exponent));
  }

  EncodedStream finish() const {
    const auto words = static_cast<std::uint32_t>(count_);
    const auto escapes = static_cast<std::uint32_t>(exponents_.size());
    EncodedStream stream{.units = std::vector<std::uint32_t>(stream_units(words, escapes)),
                         .entry = {.end = stream_units(words, escapes),
                                   .words = static_cast<std::uint16_t>(words),
                                   .escapes = static_cast<std::uint16_t>(escapes)}};
    const std::span<std::byte> out = std::as_writable_bytes(std::span(stream.units));
    std::ranges::copy(std::as_bytes(std::span(states_)), out.begin());
    std::ranges::copy(std::as_bytes(std::span(words_).first(count_)),
                      out.subspan(kStateBytes).begin());
    std::ranges::copy(std::as_bytes(std::span(exponents_)),
                      out.subspan(kStateBytes + 2 * words).begin());
    return stream;
  }

 private:
  LaneStates states_{};
  std::vector<std::uint16_t> words_;
  std::size_t count_ = 0;
  std::vector<std::uint8_t> exponents_;
};

/// Reads a stream from its last element on, whatever is in it.
class StreamReader {
 public:
  StreamReader(const StreamEntry& entry, std::span<const std::byte> units)
      : words_(kPatchElements + std::size_t{entry.words} + kSpareWords),
        words_left_(entry.words),
        exponents_(units.data() + kStateBytes + 2 * std::size_t{entry.words}),
        exponents_left_(entry.escapes) {
    std::memcpy(states_.data(), units.data(), kStateBytes);
    std::memcpy(words_.data() + kPatchElements, units.data() + kStateBytes,
                2 * std::size_t{entry.words});
    for (const std::uint32_t state : states_)
      require_stream(state >= kLowestState && state < kLowestState << kWordBits);
    for (std::size_t i = kStateBytes + 2 * std::size_t{entry.words} + entry.escapes;
         i < units.size(); ++i)
      if (units[i] != std::byte{0}) throw BadFrame(FrameFault::padding);
  }

  /// Decodes a patch by contexts times 2, and returns the elements whose exponents come next.
  FarList take(const SymbolTable& table, const PatchSteps<std::uint16_t>& contexts, bool whole,
               PatchSteps<std::uint8_t>& symbols) {
    FarList far;
    const std::uint16_t* const end = words_.data() + kPatchElements + words_left_;
    std::size_t taken = 0;
    if (whole) {
      taken = take_patch(table, contexts, states_, end, symbols, far);
    } else {
      taken = take_some(table, contexts, end, symbols, far);
    }
    require_stream(taken <= words_left_);
    words_left_ -= taken;
    return far;
  }
  std::uint32_t take_exponent() {
    require_stream(exponents_left_ > 0);
    return std::to_integer<std::uint32_t>(exponents_[--exponents_left_]);
  }

  /// Adds to a stream's first raw words what the states have carried. All must have been taken.
  void finish(RawWords& first_patch) const {
    require_stream(words_left_ == 0 && exponents_left_ == 0);
    for (std::uint32_t lane = 0; lane < kPredictedLanes; ++lane) {
      require_stream(states_[lane] >> kWordBits == 1);
      first_patch[0][lane] |= states_[lane] & (kStartState - 1);
    }
  }

 private:
  std::size_t take_some(const SymbolTable& table, const PatchSteps<std::uint16_t>& contexts,
                        const std::uint16_t* end, PatchSteps<std::uint8_t>& symbols, FarList& far) {
    const std::uint16_t* words = end;
    for (std::uint32_t i = kPatchElements; i-- > 0;) {
      symbols[i] = 0;
      if (contexts[i] == kNoSymbol) continue;
      const std::uint32_t symbol =
          splitbench::take(table, contexts[i] / 2, states_[i % kPredictedLanes], words);
      symbols[i] = static_cast<std::uint8_t>(symbol);
      if (distance_of(symbol) == kFarExponent)
        far.elements[far.count++] = static_cast<std::uint16_t>(i);
    }
    return static_cast<std::size_t>(end - words);
  }

  LaneStates states_;
  /// The stream's, behind as many as a patch may take where there are none.
  std::vector<std::uint16_t> words_;
  std::size_t words_left_;
  const std::byte* exponents_;
  std::size_t exponents_left_;
};

/// An element whose exponent stood beside the words of its stream.
struct FarElement {
  std::uint32_t token;
  std::uint32_t channel;
  std::uint32_t exponent;
};

/// Returns whether no element is missing of the patch whose first channel is `begin`.
bool is_whole(const PredictedArea& area, std::uint32_t begin) {
  return area.tokens == kStripTokens && begin + kPatchChannels <= area.channels;
}

/// Throws BadFrame if there are raw bits of tokens or channels that there are not.
void require_none_missing(const StripRows<std::uint8_t>& raw_bits, const PredictedArea& area) {
  const std::uint32_t width =
      (area.channels + kPatchChannels - 1) / kPatchChannels * kPatchChannels;
  for (std::uint32_t token = 0; token < kStripTokens; ++token) {
    const std::uint8_t* const row = raw_bits.row(token);
    for (std::uint32_t i = token < area.tokens ? area.channels : 0; i < width; ++i)
      if (row[i] != 0) throw BadFrame(FrameFault::padding);
  }
}

}  // namespace

PredictedArea StreamCoder::strip_area(const StreamPlace& place, std::uint32_t strip) const {
  const std::uint32_t before = strip * kStripTokens;
  return {.first_token = place.first_token + before,
          .tokens = std::min(kStripTokens, place.tokens - before),
          .first_channel = place.first_channel,
          .channels = shape_.slab()};
}

EncodedStream StreamCoder::encode(std::uint32_t stream, const std::uint16_t* elements,
                                  std::byte* raw) const {
  const StreamPlace place = stream_place(shape_, stream);
  const std::uint32_t patches = shape_.patches(), width = patches * kPatchChannels;
  const std::uint32_t strips = (place.tokens + kStripTokens - 1) / kStripTokens;
  StreamWriter writer(std::size_t{strips} * patches);
  std::vector<std::int32_t> predictions(kStripTokens * std::size_t{shape_.slab()});
  StripRows<std::uint16_t> symbols(width, kNoSymbol), values(width, 0);
  for (std::uint32_t number = 0; number < strips * patches; ++number) {
    const PredictedArea area = strip_area(place, number / patches);
    if (number % patches == 0) {
      prediction_.predict(area, predictions.data());
      for (std::uint32_t token = 0; token < area.tokens; ++token) {
        const std::uint16_t* const from =
            elements + std::size_t{area.first_token + token} * shape_.row + area.first_channel;
        std::copy_n(from, area.channels, values.row(token));
        to_symbols(from, predictions.data() + std::size_t{token} * area.channels,
                   prediction_.exponents(area.first_channel), area.channels, symbols.row(token));
      }
      values.drop_from(area.tokens);
      symbols.drop_from(area.tokens);
    }
    const std::uint32_t begin = shape_.patch_at(number % patches) * kPatchChannels;
    const RawWords words = raw_words(values, begin);
    write_raw(words, number == 0, raw + patch_raw_begin(number));
    if (number == 0) writer.begin(words);
    PatchSteps<std::uint16_t> steps;
    rows_to_steps(symbols.row(0) + begin, width, steps);
    const FarList far = writer.put(table_, steps, is_whole(area, begin));
    for (std::size_t i = 0; i < far.count; ++i) {
      const std::uint32_t step = far.elements[i] / kPredictedLanes;
      const std::uint32_t lane = far.elements[i] % kPredictedLanes;
      const std::uint16_t element =
          values.row(token_of(step, lane))[begin + channel_of(step, lane)];
      writer.put_exponent(element >> 7 & 0xff);
    }
  }
  return writer.finish();
}

void StreamCoder::decode(std::uint32_t stream, const StreamEntry& entry,
                         std::span<const std::byte> units, const std::byte* raw,
                         std::uint16_t* elements) const {
  const StreamPlace place = stream_place(shape_, stream);
  const std::uint32_t patches = shape_.patches(), width = patches * kPatchChannels;
  const std::uint32_t strips = (place.tokens + kStripTokens - 1) / kStripTokens;
  StreamReader reader(entry, units);
  std::vector<std::int32_t> predictions(kStripTokens * std::size_t{shape_.slab()});
  StripRows<std::uint16_t> contexts(width, kNoSymbol);
  StripRows<std::uint8_t> symbols(width, 0), raw_bits(width, 0);
  std::vector<FarElement> far;
  for (std::uint32_t number = strips * patches; number-- > 0;) {
    const PredictedArea area = strip_area(place, number / patches);
    const RowExponents exponents = prediction_.exponents(area.first_channel);
    if (number % patches == patches - 1) {
      prediction_.predict(area, predictions.data());
      contexts.drop_from(area.tokens);
      for (std::uint32_t token = 0; token < area.tokens; ++token)
        to_contexts(predictions.data() + std::size_t{token} * area.channels, exponents,
                    area.channels, contexts.row(token));
      far.clear();
    }
    const std::uint32_t begin = shape_.patch_at(number % patches) * kPatchChannels;
    PatchSteps<std::uint16_t> expected;
    PatchSteps<std::uint8_t> taken;
    rows_to_steps(contexts.row(0) + begin, width, expected);
    const FarList list = reader.take(table_, expected, is_whole(area, begin), taken);
    for (std::size_t i = 0; i < list.count; ++i) {
      const std::uint32_t step = list.elements[i] / kPredictedLanes;
      const std::uint32_t lane = list.elements[i] % kPredictedLanes;
      far.push_back({token_of(step, lane), begin + channel_of(step, lane), reader.take_exponent()});
    }
    RawWords words = read_raw(number == 0, raw + patch_raw_begin(number));
    if (number == 0) reader.finish(words);
    steps_to_rows(taken, symbols.row(0) + begin, width);
    put_raw_bits(words, begin, raw_bits);
    if (number % patches != 0) continue;

    // The strip is complete.
    require_none_missing(raw_bits, area);
    for (std::uint32_t token = 0; token < area.tokens; ++token)
      require_stream(from_symbols(
          contexts.row(token), symbols.row(token), raw_bits.row(token), exponents, area.channels,
          elements + std::size_t{area.first_token + token} * shape_.row + area.first_channel));
    for (const auto& [token, channel, exponent] : far) {
      std::uint16_t& element = elements[std::size_t{area.first_token + token} * shape_.row +
                                        area.first_channel + channel];
      element = static_cast<std::uint16_t>(element | exponent << 7);
      // An exponent that has a symbol of its own must have been coded by it.
      const std::uint32_t context = contexts.row(token)[channel];
      const std::uint32_t symbol =
          symbol_of(element, (context & 1) != 0, exponents.lowest[channel]);
      require_stream(table_.code(context / 2, symbol).symbol() == symbols.row(token)[channel]);
    }
  }
}

std::uint64_t StreamCoder::cost_of(std::uint32_t token, const std::uint16_t* elements) const {
  std::vector<std::int32_t> predictions(shape_.row);
  prediction_.predict(
      {.first_token = token, .tokens = 1, .first_channel = 0, .channels = shape_.row},
      predictions.data());
  std::vector<std::uint16_t> symbols(shape_.row);
  to_symbols(elements + std::size_t{token} * shape_.row, predictions.data(),
             prediction_.exponents(0), shape_.row, symbols.data());
  std::uint64_t cost = 0;
  for (std::uint32_t channel = 0; channel < shape_.row; ++channel) {
    cost += table_.cost(symbols[channel] / kSymbols, symbols[channel] % kSymbols);
  }
  return cost;
}

}  // namespace splitbench
