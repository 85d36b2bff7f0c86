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
// devices, each where it was found when this program was configured.
//
// All of them cut tensors into chunks that know nothing of each other: that is what gives them
// work for many threads, and what lets a decoder begin before the last byte is there. Their output
// is not a frame: it has no digest, no header, and on a device lies scattered, chunk by chunk. What
// they leave out costs them no time in a BaselineBatch, which is in their favour. To cross a wire
// it is gathered into a payload (payload_layout.hpp), and that is timed.

/// A tensor's elements in the device's memory, and where they are to come back. On CUDA devices
/// both begin on 16 bytes, and so does what follows them if tensors lie one behind the other.
struct BaselineTensor {
  std::span<const std::byte> raw;
  std::span<std::byte> back;
};

/// Tensors that a baseline compresses and brings back, as often as one likes. It owns everything in
/// between, all of it allocated beforehand. Throws std::runtime_error where the library fails.
class BaselineBatch {
 public:
  virtual ~BaselineBatch() = default;

  /// On CUDA devices both only put work into the stream.
  virtual void compress() = 0;
  virtual void decompress() = 0;

  /// Waits for either, and throws if one of the chunks failed, or came back in another size.
  virtual void finish() = 0;

  /// Of the last compress(), when finished: all that the other side needs to know, so for each
  /// chunk its bytes and 4 for their number.
  virtual std::uint64_t compressed_bytes() const = 0;
};

inline constexpr std::uint64_t kChunkLengthBytes = 4;

struct BaselineOptions {
  ElementType type = ElementType::bf16;
  std::uint64_t chunk_bytes = 0;  ///< of what the coder sees
  unsigned threads = 1;           ///< of the CPU
  void* stream = nullptr;         ///< of the CUDA device
};

/// A baseline of the table, one setting of one library's codec, with all that it takes to run it.
struct Baseline : Codec {
  std::uint64_t chunk_bytes;  ///< that suits it
  std::function<std::unique_ptr<BaselineBatch>(std::span<const BaselineTensor>,
                                               const BaselineOptions&)>
      batch;
  MakeCoder coder;          ///< of the CPU
  MakeDeviceWriter writer;  ///< of CUDA devices, as is the next
  MakeDeviceReader reader;

  /// Consecutive bytes of a tensor that a chunk depends on.
  std::uint64_t reach(std::uint64_t chunk) const { return planes ? 2 * chunk : chunk; }
};

/// In the order in which tables show them.
const std::vector<Baseline>& installed_baselines();
/// Null where it is not installed.
const Baseline* find_baseline(std::string_view name);
/// Throws Unavailable, with the way out, where it is not.
const Baseline& installed_baseline(std::string_view name);

/// A library that baselines come from, whether or not this program has it.
struct BaselineLibrary {
  std::string_view name;  ///< what its baselines' names begin with
  bool installed;
  std::string_view how_to_get;
  std::vector<Baseline> (*make_baselines)();  ///< null where it is not installed
};

std::span<const BaselineLibrary> baseline_libraries();
/// Returns the library of a baseline of this name.
const BaselineLibrary& library_of(std::string_view baseline);

}  // namespace splitbench
