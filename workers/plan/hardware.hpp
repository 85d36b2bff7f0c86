#pragma once
#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "codec/codecs.hpp"
#include "codec/element.hpp"

namespace splitbench {

/// Speeds of one codec on one device, in bytes of raw KV per second, plus the fixed cost of a call
/// in seconds.
struct CodecRates {
  double encode = 0;
  double decode = 0;
  double call = 0;
  double sample = 0;  ///< what it adds to an encode that exponents of its pieces are sampled
  /// Raw bytes over those that travel, of codecs that are not ours: how long our frames get follows
  /// from the KV, but theirs was measured once, on independent elements with the exponents of
  /// profile `llm`. Other KV shrinks otherwise, and only a real run knows how.
  double ratio = 0;

  bool known() const { return encode > 0 && decode > 0; }

  bool operator==(const CodecRates&) const = default;
};

/// What a codec's rates are looked up by.
struct CodecKey {
  std::string codec;  ///< as the arm is called: "splitzip", "zstd-1"
  ElementType type = ElementType::bf16;

  auto operator<=>(const CodecKey&) const = default;
};

/// Returns the name of the codec whose rates frames of this kind have: those without codes count as
/// splitzip's.
constexpr std::string_view rated_codec(FrameKind kind) {
  const Codec* codec = find_codec(kind);
  return codec != nullptr ? codec->name : kOwnCodecs.front().name;
}

/// What a device can do (configs/hardware/): where `compute: timed` and virtual time get their
/// durations from.
struct HardwareProfile {
  std::string name;
  std::string provenance;       ///< who measured it, when and how; or "published", or "datasheet"
  double flops = 0;             ///< bf16 FLOP/s that prefill reaches
  double memory_bandwidth = 0;  ///< bytes/s that decode steps reach
  double copy = 0;              ///< bytes/s between KV memory and staging, one way
  double copy_call = 0;         ///< seconds a copy costs however short it is
  double digest = 0;            ///< bytes/s of the raw-KV digest
  double peer = 0;  ///< bytes/s from one device's memory to another's; 0 where it is not known
  std::map<CodecKey, CodecRates> rates;
  /// what virtual time takes an escape to be in a splitzip frame: 3 is the format's
  /// (codec/FORMAT.md), 7 that of the layout which was published
  std::uint32_t escape_bytes = 3;

  /// Returns the codec's rates for elements of a type: where it has none of its own, those of bf16,
  /// and where there are none of these, zeros.
  CodecRates rates_of(std::string_view codec, ElementType type) const {
    for (const ElementType each : {type, ElementType::bf16}) {
      const auto found = rates.find({std::string(codec), each});
      if (found != rates.end()) return found->second;
    }
    return {};
  }

  bool operator==(const HardwareProfile&) const = default;
};

}  // namespace splitbench
