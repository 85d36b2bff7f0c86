#pragma once
#include <cstddef>
#include <memory>
#include <span>

#include "codec/baselines/baseline.hpp"
#include "workers/engine.hpp"
#include "workers/plan/arm.hpp"

namespace splitbench {

/// Makes payloads from a chunk's pieces and pieces from payloads, in host memory and on the calling
/// thread. Not thread-safe.
class CpuCoder {
 public:
  virtual ~CpuCoder() = default;

  /// Writes the payload to the start of `out`, which must have the length of a staging slot, and
  /// returns the packed chunk without the times of its stages. Only arms with frames use `codings`,
  /// one element for each piece. Throws std::runtime_error if a foreign codec's library fails.
  virtual Packed write(std::span<const std::span<const std::byte>> pieces,
                       std::span<const Coding> codings, std::span<std::byte> out) = 0;

  /// Fills the pieces. Throws BadFrame if the payload does not fit them; their content is then
  /// undefined.
  virtual void read(std::span<const std::byte> payload,
                    std::span<const std::span<std::byte>> pieces) = 0;
};

/// Makes the coder for an arm; `added` is the BackendSpec's. Throws Unavailable if this program
/// lacks the arm's library, and std::out_of_range if the arm's number is not one of `added`.
std::unique_ptr<CpuCoder> make_cpu_coder(Arm, std::span<const Baseline> added);

}  // namespace splitbench
