#pragma once
#include <cstdint>
#include <string>

#include "codec/element.hpp"

namespace splitbench {

/// Speeds of one codec on one device, in bytes of raw KV per second, plus the fixed cost of a call
/// in seconds.
struct CodecRates {
  double encode = 0;
  double decode = 0;
  double call = 0;
  double sample = 0;  ///< what it adds to an encode that exponents of its pieces are sampled

  bool operator==(const CodecRates&) const = default;
};

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
  // 0 where it is not known:
  double peer = 0;        ///< bytes/s from one device's memory to another's
  double launch = 0;      ///< seconds between two kernels in a row
  double tcp_stream = 0;  ///< bytes/s of one connection over loopback
  double tcp = 0;         ///< bytes/s over loopback, of as many connections as are fastest
  CodecRates splitzip;    ///< of bf16
  /// Of FP8; all zero: as bf16's.
  CodecRates splitzip_fp8_e5m2, splitzip_fp8_e4m3;
  CodecRates ranked;                            ///< of bf16; all zero where they are not known
  CodecRates ranked_fp8_e5m2, ranked_fp8_e4m3;  ///< all zero: as bf16's
  /// what virtual time takes an escape to be in a frame: 3 is the format's (codec/FORMAT.md), 7
  /// that of the layout which was published
  std::uint32_t escape_bytes = 3;

  const CodecRates& rates(ElementType type, FrameKind kind = FrameKind::splitzip) const {
    const CodecRates& own = this->*own_rates(type, kind);
    return own == CodecRates{} ? this->*own_rates(ElementType::bf16, kind) : own;
  }
  /// Where those of a type itself stand; of frames other than ranked ones, splitzip's.
  static constexpr CodecRates HardwareProfile::*own_rates(ElementType type, FrameKind kind) {
    const bool is_ranked = kind == FrameKind::ranked;
    switch (type) {
      case ElementType::fp8_e5m2:
        return is_ranked ? &HardwareProfile::ranked_fp8_e5m2 : &HardwareProfile::splitzip_fp8_e5m2;
      case ElementType::fp8_e4m3:
        return is_ranked ? &HardwareProfile::ranked_fp8_e4m3 : &HardwareProfile::splitzip_fp8_e4m3;
      case ElementType::bf16:
        break;
    }
    return is_ranked ? &HardwareProfile::ranked : &HardwareProfile::splitzip;
  }

  bool operator==(const HardwareProfile&) const = default;
};

}  // namespace splitbench
