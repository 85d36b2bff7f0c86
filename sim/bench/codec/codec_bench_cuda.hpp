#pragma once
#include <functional>
#include <span>
#include <vector>

#include "codec/cuda/device.hpp"
#include "sim/bench/codec/codec_bench.hpp"

namespace splitbench {

// What benches of codecs on the GPU have in common.

/// A case's elements in device memory, one tensor behind the other, and where they come back. The
/// next repeat has others, so that caches do not help.
struct BenchBuffers {
  DeviceBuffer input, output;
};

/// At most a few of them leave a second-level cache of tens of megabytes behind.
std::size_t buffers_needed(std::uint64_t bytes);

BenchBuffers make_buffers(std::span<const BenchTensor>, const Stream&);

/// Without times.
BenchRow row_on_cuda(const BenchElements&, const BenchCase&, std::span<const BenchTensor>);

/// Of a tensor's bytes, wherever it begins.
std::uint64_t digest_of(const BenchTensor&);

/// Times work on the device by its own clock, after some that do not count: `work(i)` puts the work
/// of repeat i into the stream, and has this long for it before the clock starts.
BenchTime time_on_device(int repeats, std::chrono::nanoseconds to_launch, const Stream&,
                         const std::function<void(std::size_t)>& work);

}  // namespace splitbench
