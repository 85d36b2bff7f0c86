#pragma once
#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "codec/codecs.hpp"
#include "codec/element.hpp"

namespace splitbench {

/// The speeds of a call of one size, as they were measured.
struct MeasuredCall {
  std::uint64_t bytes = 0;    ///< raw, of all its tensors
  std::uint32_t tensors = 0;  ///< number of equally long tensors
  double encode = 0;          ///< raw bytes/s
  double decode = 0;

  bool operator==(const MeasuredCall&) const = default;
};

/// Speeds of one codec on one device, in bytes of raw KV per second, plus the fixed cost of a call
/// in seconds.
struct CodecRates {
  double encode = 0;
  double decode = 0;
  double call = 0;
  /// Seconds that sampling the exponents of its pieces adds to an encode.
  double sample = 0;
  /// Raw bytes over bytes sent, for baselines and codecs that a scenario adds. The length of our
  /// frames follows from the KV; a baseline's ratio was measured once, on independent elements with
  /// the exponents of profile `llm`. Other KV shrinks differently, and only a real run shows how
  /// much.
  double ratio = 0;
  /// Calls of each of some sizes with each of some numbers of tensors, ascending by bytes, then by
  /// tensors. Empty: a call takes `call` and its bytes at the speeds above, whatever its tensors.
  std::vector<MeasuredCall> calls{};

  /// Returns whether the speeds of encoder and decoder are known.
  bool known() const { return encode > 0 && decode > 0; }

  /// Return the seconds that an average call takes with so many raw bytes in so many tensors;
  /// either may be fractional. known() must hold. Between the calls that were measured, the
  /// logarithm of a time is linear in those of bytes and tensors. More bytes than in the largest
  /// call are as fast as there. Fewer than in the smallest take their share of its time, but no
  /// less than `call`, or than the smallest call's time where that is shorter. Numbers of tensors
  /// beyond those that were measured count as the nearest that was.
  double encode_seconds(double bytes, double tensors) const;
  double decode_seconds(double bytes, double tensors) const;

  bool operator==(const CodecRates&) const = default;
};

/// The key of a codec's rates.
struct CodecKey {
  std::string codec;  ///< name of the arm: "splitzip", "zstd-1"
  ElementType type = ElementType::bf16;

  auto operator<=>(const CodecKey&) const = default;
};

/// Returns the name of the codec whose rates apply to frames of this kind; stored frames count as
/// splitzip's.
constexpr std::string_view rated_codec(FrameKind kind) {
  const Codec* codec = find_codec(kind);
  return codec != nullptr ? codec->name : kOwnCodecs.front().name;
}

/// The measured or published speeds of a device (configs/hardware/), from which `compute: timed`
/// and virtual time derive durations.
struct HardwareProfile {
  std::string name;
  /// Origin of the figures: who measured them, when and how; or "published", or "datasheet".
  std::string provenance;
  std::uint64_t memory = 0;     ///< bytes of the device, all of them; 0 if unknown
  double flops = 0;             ///< bf16 FLOP/s that prefill reaches
  double memory_bandwidth = 0;  ///< bytes/s that decode steps reach
  double copy = 0;              ///< bytes/s between KV memory and staging, one way
  double copy_call = 0;         ///< seconds a copy costs however short it is
  double digest = 0;            ///< bytes/s of the raw-KV digest
  double device_to_device = 0;  ///< bytes/s between two devices' memories; 0 if unknown
  /// True if KV lies in host memory as staging does, so that codecs work from the one to the other
  /// and no copy comes beside them: CPUs.
  bool host_memory = false;
  std::map<CodecKey, CodecRates> rates;
  /// Bytes that virtual time assumes for an escape in a splitzip frame: 3 in the format
  /// (codec/FORMAT.md), 7 in the layout that was published.
  std::uint32_t escape_bytes = 3;

  /// Returns the codec's rates for elements of a type; if there are none, those for bf16, and if
  /// there are none of these either, zeros. The reference is valid until `rates` changes.
  const CodecRates& rates_of(std::string_view codec, ElementType type) const {
    for (const ElementType each : {type, ElementType::bf16}) {
      const auto found = rates.find({std::string(codec), each});
      if (found != rates.end()) return found->second;
    }
    static const CodecRates kNone;
    return kNone;
  }

  bool operator==(const HardwareProfile&) const = default;
};

}  // namespace splitbench
