#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "codec/baselines/chunk_coder.hpp"
#include "codec/baselines/device_payload.hpp"
#include "codec/codecs.hpp"
#include "codec/element.hpp"

namespace splitbench {

// Codecs of other libraries, to be measured beside ours: zstd and LZ4 on the CPU, nvCOMP on CUDA
// devices, each if it was found when this program was configured.
//
// All of them cut tensors into chunks that know nothing of each other: that is what gives them work
// for many threads, and what lets a decoder begin before the last byte is there. Their output is
// not a frame: it has no digest and no header, and on a device it lies scattered, chunk by chunk.
// The parts that it lacks cost no time in a BaselineBatch, which favours the baselines. To cross a
// wire it is gathered into a payload (payload_layout.hpp), and that is timed.

/// A tensor's elements in the device's memory, and the memory, of the same size, to which they come
/// back. On CUDA devices both begin on 16 bytes, and so does what follows them if tensors lie one
/// after the other.
struct BaselineTensor {
  std::span<const std::byte> raw;
  std::span<std::byte> back;
};

/// Tensors that a baseline compresses and brings back, as often as one likes. Their memory is the
/// caller's and must outlive this. It owns everything in between, all of it allocated beforehand.
/// Not thread-safe. Throws std::runtime_error if the library fails.
class BaselineBatch {
 public:
  virtual ~BaselineBatch() = default;

  /// Compresses what is in `raw` of each tensor. On CUDA devices, this and decompress() only put
  /// work into the stream.
  virtual void compress() = 0;
  /// Decompresses what the last compress() made to `back` of each tensor.
  virtual void decompress() = 0;

  /// Waits for the last of either, and throws std::runtime_error if one of its chunks failed, or
  /// came back in another size. Does nothing on the CPU, where either has waited and thrown itself.
  virtual void finish() = 0;

  /// Returns the bytes of the last compress(), when finished: all that the other side needs to
  /// know, so for each chunk its bytes and 4 for their number.
  virtual std::uint64_t compressed_bytes() const = 0;
};

inline constexpr std::uint64_t kChunkLengthBytes = 4;

/// The settings of one batch.
struct BaselineOptions {
  ElementType type = ElementType::bf16;
  std::uint64_t chunk_bytes = 0;  ///< most bytes that the coder sees at once; not 0
  unsigned threads = 1;           ///< threads of the CPU; unused on CUDA devices
  void* stream = nullptr;         ///< a cudaStream_t; unused on the CPU
};

/// A baseline of the table kCodecs, one setting of one library's codec, with all that it takes to
/// run it.
struct Baseline : Codec {
  std::uint64_t chunk_bytes;  ///< bytes of a chunk that suit it
  /// Makes a batch. Throws std::invalid_argument for options that the baseline does not take, such
  /// as planes of elements that are not bf16.
  std::function<std::unique_ptr<BaselineBatch>(std::span<const BaselineTensor>,
                                               const BaselineOptions&)>
      batch;
  MakeCoder coder;          ///< null for baselines of CUDA devices
  MakeDeviceWriter writer;  ///< null for baselines of the CPU, as is the next
  MakeDeviceReader reader;

  /// Returns how many consecutive bytes of a tensor a chunk of so many bytes depends on.
  std::uint64_t reach(std::uint64_t chunk) const { return planes ? 2 * chunk : chunk; }
};

/// Returns the baselines that this program was built with, in the order in which tables show them.
/// Like all that these functions return, they live as long as the program. May be called from any
/// thread.
const std::vector<Baseline>& installed_baselines();
/// Returns the baseline of this name, or null if it is not installed.
const Baseline* find_baseline(std::string_view name);
/// Returns the baseline of this name, which must be one of kBaselines. Throws Unavailable, with how
/// to get it, if it is not installed.
const Baseline& installed_baseline(std::string_view name);

/// A library that baselines come from, whether or not this program has it.
struct BaselineLibrary {
  std::string_view name;  ///< prefix of its baselines' names
  bool installed;
  std::string_view how_to_get;
  std::vector<Baseline> (*make_baselines)();  ///< null if it is not installed
};

/// Returns all libraries, installed or not.
std::span<const BaselineLibrary> baseline_libraries();
/// Returns the library of a baseline of this name, which must be one of kBaselines.
const BaselineLibrary& library_of(std::string_view baseline);

}  // namespace splitbench
