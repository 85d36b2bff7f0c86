#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "sim/bench/codec/codec_bench.hpp"

namespace splitbench {

/// A codec at work on the tensors of a case that lie in one set of buffers. On a GPU encode() and
/// decode() only put work into the stream of its setup.
class BenchCoder {
 public:
  virtual ~BenchCoder() = default;

  virtual void encode() = 0;

  /// Waits for the last encode(), makes its output that which decode() takes from now on, and
  /// returns the output's bytes.
  virtual std::uint64_t finish_encode() = 0;

  virtual void decode() = 0;

  /// Waits for the last decode(). Throws std::runtime_error where the codec itself saw it fail.
  virtual void finish_decode() = 0;

  /// Returns where the output goes, with room for all raw bytes, so that a plain copy can take the
  /// same way there and back. Null where the output does not lie in one piece.
  virtual std::byte* destination() const { return nullptr; }
};

/// A case's elements, one tensor behind the other, and where they come back.
struct BenchMemory {
  std::byte* input;
  std::byte* output;
};

/// The memory of one repeat, and the coder that works in it.
struct BenchSet {
  BenchMemory memory;
  std::unique_ptr<BenchCoder> coder;
};

/// A case made ready on a device: its elements in one set of buffers or in several, a coder for
/// each, and the device's clock.
class BenchSetup {
 public:
  virtual ~BenchSetup() = default;

  /// Returns at least one. Repeats take them in turn, so that caches do not help.
  virtual std::span<BenchSet> sets() = 0;

  /// Times `work(i)` for each repeat i, after some that do not count.
  virtual BenchTime time(const std::function<void(std::size_t)>& work) = 0;

  /// Copies all raw bytes; on a GPU that is only put into the stream.
  virtual void copy(std::byte* to, const std::byte* from) = 0;

  /// Clears a set's output, so that nothing is taken for decoded that was there before.
  virtual void clear_output(const BenchMemory&) = 0;

  /// Whether a set's output is what its input was made of.
  virtual bool gave_back(const BenchMemory&) = 0;
};

/// Measures the row's case and fills in its times and the bytes of its frames. Throws
/// std::logic_error if what came back was not what went in.
BenchRow measure(BenchSetup&, BenchRow row);

/// Returns a coder of another library's codec, on the device that it is for. `stream` is a GPU's.
std::unique_ptr<BenchCoder> make_baseline_coder(const Baseline&, ElementType, const BenchCase&,
                                                std::span<const BenchTensor>, const BenchMemory&,
                                                void* stream);

}  // namespace splitbench
