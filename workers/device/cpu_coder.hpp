#pragma once
#include <cstddef>
#include <memory>
#include <span>

#include "workers/engine.hpp"
#include "workers/plan/arm.hpp"

namespace splitbench {

/// Makes payloads of a chunk's pieces and pieces of payloads, in host memory and on the thread that
/// calls. For one thread.
class CpuCoder {
 public:
  virtual ~CpuCoder() = default;

  /// Writes the payload to the start of `out` and returns all but the spans. Codings are of arms
  /// with frames.
  virtual Packed write(std::span<const std::span<const std::byte>> pieces,
                       std::span<const Coding> codings, std::span<std::byte> out) = 0;

  /// Fills the pieces. Throws BadFrame if the payload is not of such pieces; then what is in them
  /// does not count.
  virtual void read(std::span<const std::byte> payload,
                    std::span<const std::span<std::byte>> pieces) = 0;
};

/// Throws Unavailable where this program lacks the arm's library.
std::unique_ptr<CpuCoder> make_cpu_coder(Arm);

}  // namespace splitbench
