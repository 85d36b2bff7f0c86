#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include "codec/cuda/codec_task.hpp"
#include "codec/cuda/device.cuh"

namespace splitbench {

// Launching kernels: their shared memory, the blocks that are resident, and overlapping launches.

/// Asks for the largest part of the L1 cache that can be shared memory. Kernels that follow one
/// another want the same split of it, else each waits for the last to leave its multiprocessor.
template <typename Kernel>
void prefer_shared_memory(Kernel* kernel) {
  check(cudaFuncSetAttribute(kernel, cudaFuncAttributePreferredSharedMemoryCarveout,
                             cudaSharedmemCarveoutMaxShared),
        "prefer shared memory");
}

inline int device_attribute(cudaDeviceAttr attribute) {
  int device, value;
  check(cudaGetDevice(&device), "ask for the current device");
  check(cudaDeviceGetAttribute(&value, attribute, device), "ask for a device's attribute");
  return value;
}

/// Allows the kernel so many bytes of dynamic shared memory, and returns how many of its blocks the
/// device holds at a time. Throws CudaError if the device has less shared memory for a block.
template <typename Kernel>
std::uint32_t resident_blocks(Kernel* kernel, int threads, std::size_t dynamic_bytes) {
  const auto most =
      static_cast<std::size_t>(device_attribute(cudaDevAttrMaxSharedMemoryPerBlockOptin));
  if (dynamic_bytes > most) {
    throw CudaError("the codec needs " + std::to_string(dynamic_bytes) +
                    " bytes of shared memory a block, and this device has " + std::to_string(most) +
                    ": use the CPU, or an A100, an H100 or a later one");
  }
  prefer_shared_memory(kernel);
  check(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize,
                             static_cast<int>(dynamic_bytes)),
        "ask for shared memory");
  int blocks;
  check(cudaOccupancyMaxActiveBlocksPerMultiprocessor(&blocks, kernel, threads, dynamic_bytes),
        "ask for a kernel's occupancy");
  return static_cast<std::uint32_t>(blocks * device_attribute(cudaDevAttrMultiProcessorCount));
}

struct LaunchShape {
  dim3 blocks;
  int threads;
  std::size_t shared_bytes = 0;
  bool overlaps;  ///< true if a launch can start before the one before it has ended
};

/// Launches a kernel that itself waits for the one before it in the stream (await_launch_before),
/// so that where the device overlaps launches its start costs no time.
template <typename... Parameters, typename... Arguments>
void launch_waiting(void (*kernel)(Parameters...), LaunchShape shape, cudaStream_t stream,
                    const Arguments&... arguments) {
  cudaLaunchAttribute overlap{};
  overlap.id = cudaLaunchAttributeProgrammaticStreamSerialization;
  overlap.val.programmaticStreamSerializationAllowed = 1;
  cudaLaunchConfig_t config{};
  config.gridDim = shape.blocks;
  config.blockDim = dim3(shape.threads);
  config.dynamicSmemBytes = shape.shared_bytes;
  config.stream = stream;
  config.attrs = &overlap;
  config.numAttrs = shape.overlaps ? 1 : 0;
  check(cudaLaunchKernelEx(&config, kernel, arguments...),
        "launch a kernel that waits for another");
}

inline std::uint32_t grid(std::uint32_t resident, std::uint32_t tile_count, LaunchOptions options) {
  const std::uint32_t blocks = std::min(resident, tile_count);
  return options.max_blocks == 0 ? blocks : std::min(blocks, options.max_blocks);
}

}  // namespace splitbench
