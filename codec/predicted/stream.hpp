#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "codec/predicted/prediction.hpp"
#include "codec/predicted/symbol_table.hpp"

namespace splitbench {

/// The place of a stream in its tensor.
struct StreamPlace {
  std::uint32_t first_token;
  std::uint32_t tokens;
  std::uint32_t first_channel;
};

constexpr StreamPlace stream_place(const PredictedShape& shape, std::uint32_t stream) {
  const std::uint32_t first = stream / shape.slabs() * shape.stream_strips() * kStripTokens;
  const std::uint32_t most = shape.stream_strips() * kStripTokens;
  const std::uint32_t left = shape.tokens - first;
  return {.first_token = first,
          .tokens = left < most ? left : most,
          .first_channel = stream % shape.slabs() * shape.slab()};
}

/// A stream that was written: its words of 32 bits, and an entry whose `end` is their number.
struct EncodedStream {
  std::vector<std::uint32_t> units;
  StreamEntry entry;
};

/// Codes elements of a tensor stream by stream. It refers to all that it was made from. Threads may
/// share one.
class StreamCoder {
 public:
  StreamCoder(const PredictedShape& shape, const TensorPrediction& prediction,
              const SymbolTable& table)
      : shape_(shape), prediction_(prediction), table_(table) {}

  /// Encodes a stream of `elements`, which are all of the tensor's, and writes its raw bytes.
  EncodedStream encode(std::uint32_t stream, const std::uint16_t* elements, std::byte* raw) const;

  /// Decodes a stream into `elements`, all of the tensor's. `units` are as many as stream_units()
  /// of the entry. Throws BadFrame unless encode() makes these bytes of these elements; what it has
  /// written then is invalid, but nothing outside of the stream's elements.
  void decode(std::uint32_t stream, const StreamEntry& entry, std::span<const std::byte> units,
              const std::byte* raw, std::uint16_t* elements) const;

  /// Returns the 256ths of bits that the symbols of a token take.
  std::uint64_t cost_of(std::uint32_t token, const std::uint16_t* elements) const;

 private:
  PredictedArea strip_area(const StreamPlace& place, std::uint32_t strip) const;

  const PredictedShape& shape_;
  const TensorPrediction& prediction_;
  const SymbolTable& table_;
};

}  // namespace splitbench
