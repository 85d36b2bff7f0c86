#pragma once
#include <cstdint>
#include <memory>

#include "network/tcp/stream_socket.hpp"
#include "workers/transport/flow_memory.hpp"

namespace splitbench {

// Transport shm: the buffers of all flows lie in host memory that the run's processes share,
// ordered by prefill worker, then by decode worker. The memory has no name: children inherit the
// descriptor.

/// Creates the memory, for the coordinator. Throws std::system_error.
Descriptor create_shared_memory(std::uint64_t bytes);

/// Maps a worker's part of the memory, with every page present before it is used, and page-locked
/// if a device uses it. Closes the spec's descriptor. Throws std::system_error, or CudaError if the
/// memory cannot be page-locked.
std::unique_ptr<FlowMemory> make_shared_memory(const FlowMemorySpec&);

}  // namespace splitbench
