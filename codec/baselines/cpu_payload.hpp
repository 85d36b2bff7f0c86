#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "codec/baselines/baseline.hpp"
#include "codec/baselines/payload_layout.hpp"

namespace splitbench {

/// Writes and reads the payloads of a baseline of the CPU. For one thread.
class CpuPayloads {
 public:
  explicit CpuPayloads(const Baseline&);

  /// Returns the payload's bytes, of which `out` must hold PayloadLayout::most_bytes.
  std::uint64_t write(std::span<const std::span<const std::byte>> pieces, std::span<std::byte> out);

  /// Fills the pieces. Throws BadFrame if the payload is not of such pieces; then what is in them
  /// does not count.
  void read(std::span<const std::byte> payload, std::span<const std::span<std::byte>> pieces);

 private:
  bool planes_;
  std::uint64_t chunk_bytes_;
  ElementCoder coder_;
  std::vector<std::byte> room_;
};

}  // namespace splitbench
