#pragma once
#include <string>

namespace splitbench {

/// Speeds of one codec on one device, in bytes of raw KV per second, plus the fixed cost of a call
/// in seconds.
struct CodecRates {
  double encode = 0;
  double decode = 0;
  double call = 0;

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
  /// the codec reads and writes staging memory itself, without a copy beside it
  bool direct_staging = false;
  CodecRates splitzip;

  bool operator==(const HardwareProfile&) const = default;
};

}  // namespace splitbench
