#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "sim/bench/codec/codec_bench.hpp"

namespace splitbench {

/// A codec at work on the tensors of a case in one set of buffers. On a GPU encode() and decode()
/// only put work into the stream of its setup. Not thread-safe.
class BenchCoder {
 public:
  virtual ~BenchCoder() = default;

  virtual void encode() = 0;

  /// Waits for the last encode(), makes its output the input of decode() from now on, and returns
  /// the output's bytes.
  virtual std::uint64_t finish_encode() = 0;

  virtual void decode() = 0;

  /// Waits for the last decode(). Throws std::runtime_error if the codec itself saw it fail.
  virtual void finish_decode() = 0;

  /// Returns the memory that the output goes to, with room for all raw bytes, so that a plain copy
  /// can take the same way there and back. Null if that is not contiguous.
  virtual std::byte* destination() const { return nullptr; }
};

/// The elements of a case, one tensor behind the other, and memory of the same size for decoded
/// elements. Neither is owned.
struct BenchMemory {
  std::byte* input;
  std::byte* output;
};

/// The memory of one repeat, and the coder that works in it.
struct BenchSet {
  BenchMemory memory;
  std::unique_ptr<BenchCoder> coder;
};

/// A case prepared on a device: its elements in one or several sets of buffers, a coder for each
/// set, and the device's clock. Not thread-safe.
class BenchSetup {
 public:
  virtual ~BenchSetup() = default;

  /// Returns at least one set. Repeats take them in turn, so that caches do not help.
  virtual std::span<BenchSet> sets() = 0;

  /// Times `work(i)` for each repeat i, after some that do not count.
  virtual BenchTime time(const std::function<void(std::size_t)>& work) = 0;

  /// Copies all raw bytes; on a GPU the copy is only put into the stream.
  virtual void copy(std::byte* to, const std::byte* from) = 0;

  /// Clears a set's output, so that earlier contents are not taken for decoded elements.
  virtual void clear_output(const BenchMemory&) = 0;

  /// Returns whether a set's output equals the elements in its input.
  virtual bool gave_back(const BenchMemory&) = 0;
};

/// Measures the row's case, and returns the row with its times and the bytes of its frames. Throws
/// std::logic_error if the decoded elements differ from the encoded ones.
BenchRow measure(BenchSetup&, BenchRow row);

/// Returns a coder of a baseline, on the device that the baseline is for. `stream` is a GPU's, and
/// null on the CPU. Memory and stream must outlive the coder.
std::unique_ptr<BenchCoder> make_baseline_coder(const Baseline&, ElementType, const BenchCase&,
                                                std::span<const BenchTensor>, const BenchMemory&,
                                                void* stream);

}  // namespace splitbench
