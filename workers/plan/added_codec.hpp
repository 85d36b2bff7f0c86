#pragma once
#include <cstddef>
#include <filesystem>
#include <string>

#include "codec/codecs.hpp"
#include "workers/plan/hardware.hpp"

namespace splitbench {

/// The most codecs that a scenario may add: arms hold their numbers.
inline constexpr std::size_t kMostAddedCodecs = 32;

/// A codec that a scenario adds to those of the table (codec/codecs.hpp): by its figures, which
/// virtual time goes by, by a shared library (codec/plugin/splitbench_codec.h), which real runs
/// load, or by both. Its payloads have no frames, like a baseline's.
struct AddedCodec {
  std::string name;  ///< name of its arm
  /// Figures that the scenario declares for its kv_dtype; zeros if it declares none.
  CodecRates figures;
  std::filesystem::path library;  ///< absolute path of the shared library; empty if there is none
  /// The devices that the library works on. Both are true until it has been asked.
  bool on_cpu = true;
  bool on_cuda = true;

  bool is_declared() const { return figures.known(); }
  bool works_on(CodecDevice device) const { return device == CodecDevice::cpu ? on_cpu : on_cuda; }

  bool operator==(const AddedCodec&) const = default;
};

}  // namespace splitbench
