#include "codec/predicted/stream.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "codec/errors.hpp"

namespace splitbench {
namespace {

constexpr std::uint32_t kPatchElements = kPatchSteps * kPredictedLanes;
constexpr std::uint32_t kLowestState = 1u << 15;
constexpr unsigned kWordBits = 16;
/// A state from which a stream begins has its raw bits below this one.
constexpr std::uint32_t kStartState = 1u << kWordBits;

void require_stream(bool holds) {
  if (!holds) throw BadFrame(FrameFault::stream);
}

/// The places of the elements of a patch: those of a step one after the other, lane by lane.
struct PatchPlaces {
  std::array<std::uint8_t, kPatchElements> token;
  std::array<std::uint8_t, kPatchElements> channel;
};

constexpr PatchPlaces kPlaces = [] {
  PatchPlaces places{};
  for (std::uint32_t step = 0; step < kPatchSteps; ++step) {
    for (std::uint32_t lane = 0; lane < kPredictedLanes; ++lane) {
      const std::uint32_t at = step * kPredictedLanes + lane;
      places.token[at] = static_cast<std::uint8_t>(token_of(step, lane));
      places.channel[at] = static_cast<std::uint8_t>(channel_of(step, lane));
    }
  }
  return places;
}();

/// The predictions of a strip: 16 tokens of a slab.
class StripExpectation {
 public:
  StripExpectation(const TensorPrediction& prediction, const StreamPlace& place,
                   std::uint32_t channels)
      : prediction_(prediction),
        place_(place),
        channels_(channels),
        predictions_(kStripTokens * std::size_t{channels}) {}

  /// Goes to a strip of the stream.
  void go_to(std::uint32_t strip) {
    first_token_ = place_.first_token + strip * kStripTokens;
    tokens_ = std::min(kStripTokens, place_.first_token + place_.tokens - first_token_);
    prediction_.predict({.first_token = first_token_,
                         .tokens = tokens_,
                         .first_channel = place_.first_channel,
                         .channels = channels_},
                        predictions_.data());
  }

  std::uint32_t first_token() const { return first_token_; }
  bool holds(std::uint32_t token, std::uint32_t channel) const {
    return token < tokens_ && channel < channels_;
  }
  std::int32_t prediction(std::uint32_t token, std::uint32_t channel) const {
    return predictions_[token * channels_ + channel];
  }
  const ExponentRange& exponents(std::uint32_t channel) const {
    return prediction_.exponents(place_.first_channel + channel);
  }
  std::uint32_t context(std::uint32_t token, std::uint32_t channel) const {
    return size_class(prediction(token, channel)) * 2 + exponents(channel).fraction;
  }

 private:
  const TensorPrediction& prediction_;
  const StreamPlace place_;
  const std::uint32_t channels_;
  std::uint32_t first_token_ = 0;
  std::uint32_t tokens_ = 0;
  std::vector<std::int32_t> predictions_;
};

/// The raw words of a patch: for each lane two of nibbles and one of pairs of bits.
using RawWords = std::array<std::array<std::uint32_t, kPredictedLanes>, kRawWords>;

void put_raw(RawWords& words, std::uint32_t step, std::uint32_t lane, std::uint32_t element) {
  words[step / 8][lane] |= (element & 0xf) << 4 * (step % 8);
  words[2][lane] |= (element >> 4 & 3) << 2 * step;
}

std::uint32_t raw_of(const RawWords& words, std::uint32_t step, std::uint32_t lane) {
  return (words[step / 8][lane] >> 4 * (step % 8) & 0xf) | (words[2][lane] >> 2 * step & 3) << 4;
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
  void begin(const RawWords& first_patch) {
    for (std::uint32_t lane = 0; lane < kPredictedLanes; ++lane)
      states_[lane] = kStartState | (first_patch[0][lane] & (kStartState - 1));
  }

  void put(std::uint32_t lane, const SymbolTable::Code& code) {
    std::uint32_t& state = states_[lane];
    if (state >= std::uint32_t{code.share} << (31 - kMassBits)) {
      words_.push_back(static_cast<std::uint16_t>(state));
      state >>= kWordBits;
    }
    const auto quotient = static_cast<std::uint32_t>(state * code.reciprocal >> code.shift);
    state += code.before + quotient * (kMass - code.share);
  }
  void put_exponent(std::uint32_t exponent) {
    exponents_.push_back(static_cast<std::uint8_t>(exponent));
  }

  EncodedStream finish() const {
    const auto words = static_cast<std::uint32_t>(words_.size());
    const auto escapes = static_cast<std::uint32_t>(exponents_.size());
    EncodedStream stream{.units = std::vector<std::uint32_t>(stream_units(words, escapes)),
                         .entry = {.end = stream_units(words, escapes),
                                   .words = static_cast<std::uint16_t>(words),
                                   .escapes = static_cast<std::uint16_t>(escapes)}};
    const std::span<std::byte> out = std::as_writable_bytes(std::span(stream.units));
    std::ranges::copy(std::as_bytes(std::span(states_)), out.begin());
    std::ranges::copy(std::as_bytes(std::span(words_)), out.subspan(kStateBytes).begin());
    std::ranges::copy(std::as_bytes(std::span(exponents_)),
                      out.subspan(kStateBytes + 2 * words).begin());
    return stream;
  }

 private:
  std::array<std::uint32_t, kPredictedLanes> states_{};
  std::vector<std::uint16_t> words_;
  std::vector<std::uint8_t> exponents_;
};

/// Reads a stream from its last element on, whatever is in it.
class StreamReader {
 public:
  StreamReader(const StreamEntry& entry, std::span<const std::byte> units)
      : words_(units.data() + kStateBytes),
        exponents_(units.data() + kStateBytes + 2 * std::size_t{entry.words}),
        words_left_(entry.words),
        exponents_left_(entry.escapes) {
    std::memcpy(states_.data(), units.data(), kStateBytes);
    for (const std::uint32_t state : states_)
      require_stream(state >= kLowestState && state < kLowestState << kWordBits);
    for (std::size_t i = kStateBytes + 2 * std::size_t{entry.words} + entry.escapes;
         i < units.size(); ++i)
      if (units[i] != std::byte{0}) throw BadFrame(FrameFault::padding);
  }

  std::uint32_t take(const SymbolTable& table, std::uint32_t lane, std::uint32_t context) {
    std::uint32_t& state = states_[lane];
    const SymbolTable::Slot& slot = table.slot(context, state & (kMass - 1));
    state = slot.share * (state >> kMassBits) + slot.within;
    if (state < kLowestState) {
      require_stream(words_left_ > 0);
      std::uint16_t word;
      std::memcpy(&word, words_ + sizeof word * --words_left_, sizeof word);
      state = state << kWordBits | word;
    }
    return slot.symbol;
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
  std::array<std::uint32_t, kPredictedLanes> states_;
  const std::byte* words_;
  const std::byte* exponents_;
  std::uint32_t words_left_;
  std::uint32_t exponents_left_;
};

}  // namespace

EncodedStream StreamCoder::encode(std::uint32_t stream, const std::uint16_t* elements,
                                  std::byte* raw) const {
  const StreamPlace place = stream_place(shape_, stream);
  StripExpectation strip(prediction_, place, shape_.slab());
  StreamWriter writer;
  const std::uint32_t strips = (place.tokens + kStripTokens - 1) / kStripTokens;
  for (std::uint32_t number = 0; number < strips * shape_.patches(); ++number) {
    const std::uint32_t visit = number % shape_.patches();
    if (visit == 0) strip.go_to(number / shape_.patches());
    const std::uint32_t begin = shape_.patch_at(visit) * kPatchChannels;
    const auto element_at = [&](std::uint32_t token, std::uint32_t channel) -> std::uint32_t {
      return elements[std::size_t{strip.first_token() + token} * shape_.row + place.first_channel +
                      channel];
    };
    RawWords words{};
    for (std::uint32_t i = 0; i < kPatchElements; ++i) {
      const std::uint32_t token = kPlaces.token[i], channel = begin + kPlaces.channel[i];
      if (strip.holds(token, channel))
        put_raw(words, i / kPredictedLanes, i % kPredictedLanes, element_at(token, channel));
    }
    write_raw(words, number == 0, raw + patch_raw_begin(number));
    if (number == 0) writer.begin(words);
    for (std::uint32_t i = 0; i < kPatchElements; ++i) {
      const std::uint32_t token = kPlaces.token[i], channel = begin + kPlaces.channel[i];
      if (!strip.holds(token, channel)) continue;
      const std::uint32_t element = element_at(token, channel);
      const SymbolTable::Code& code = table_.code(
          strip.context(token, channel), symbol_of(element, strip.prediction(token, channel) < 0,
                                                   strip.exponents(channel).lowest));
      writer.put(i % kPredictedLanes, code);
      if (distance_of(code.symbol) == kFarExponent) writer.put_exponent(element >> 7 & 0xff);
    }
  }
  return writer.finish();
}

void StreamCoder::decode(std::uint32_t stream, const StreamEntry& entry,
                         std::span<const std::byte> units, const std::byte* raw,
                         std::uint16_t* elements) const {
  const StreamPlace place = stream_place(shape_, stream);
  StripExpectation strip(prediction_, place, shape_.slab());
  StreamReader reader(entry, units);
  const std::uint32_t strips = (place.tokens + kStripTokens - 1) / kStripTokens;
  for (std::uint32_t number = strips * shape_.patches(); number-- > 0;) {
    const std::uint32_t visit = number % shape_.patches();
    if (visit == shape_.patches() - 1) strip.go_to(number / shape_.patches());
    const std::uint32_t begin = shape_.patch_at(visit) * kPatchChannels;
    std::array<std::uint16_t, kPatchElements> coded{};  // elements without their raw bits
    for (std::uint32_t i = kPatchElements; i-- > 0;) {
      const std::uint32_t token = kPlaces.token[i], channel = begin + kPlaces.channel[i];
      if (!strip.holds(token, channel)) continue;
      const std::uint32_t context = strip.context(token, channel);
      const bool negative = strip.prediction(token, channel) < 0;
      const std::int32_t lowest = strip.exponents(channel).lowest;
      const std::uint32_t symbol = reader.take(table_, i % kPredictedLanes, context);
      const bool far = distance_of(symbol) == kFarExponent;
      const std::uint32_t exponent =
          far ? reader.take_exponent() : distance_of(symbol) + static_cast<std::uint32_t>(lowest);
      require_stream(exponent <= 0xff);
      const std::uint32_t element = element_of(symbol, negative, exponent, 0);
      // An exponent that has a symbol of its own must have been coded by it.
      require_stream(table_.code(context, symbol_of(element, negative, lowest)).symbol == symbol);
      coded[i] = static_cast<std::uint16_t>(element);
    }
    RawWords words = read_raw(number == 0, raw + patch_raw_begin(number));
    if (number == 0) reader.finish(words);
    for (std::uint32_t i = 0; i < kPatchElements; ++i) {
      const std::uint32_t token = kPlaces.token[i], channel = begin + kPlaces.channel[i];
      const std::uint32_t bits = raw_of(words, i / kPredictedLanes, i % kPredictedLanes);
      if (strip.holds(token, channel)) {
        elements[std::size_t{strip.first_token() + token} * shape_.row + place.first_channel +
                 channel] = static_cast<std::uint16_t>(coded[i] | bits);
      } else if (bits != 0) {
        throw BadFrame(FrameFault::padding);
      }
    }
  }
}

std::uint64_t StreamCoder::cost_of(std::uint32_t token, const std::uint16_t* elements) const {
  std::vector<std::int32_t> predictions(shape_.row);
  prediction_.predict(
      {.first_token = token, .tokens = 1, .first_channel = 0, .channels = shape_.row},
      predictions.data());
  std::uint64_t cost = 0;
  for (std::uint32_t channel = 0; channel < shape_.row; ++channel) {
    const auto [lowest, fraction] = prediction_.exponents(channel);
    const std::int32_t prediction = predictions[channel];
    cost += table_.cost(
        size_class(prediction) * 2 + fraction,
        symbol_of(elements[std::size_t{token} * shape_.row + channel], prediction < 0, lowest));
  }
  return cost;
}

}  // namespace splitbench
