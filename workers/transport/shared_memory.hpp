#pragma once
#include <cstdint>
#include <memory>

#include "network/tcp/stream_socket.hpp"
#include "workers/transport/flow_memory.hpp"

namespace splitbench {

// Transport shm: the buffers of all flows lie in host memory that the run's processes share,
// prefill workers' flows one behind the other. It has no name: children inherit the descriptor.

/// Makes it, for the coordinator.
Descriptor create_shared_memory(std::uint64_t bytes);

/// Returns a worker's part of it, every page of which is there before it is used. Takes over the
/// spec's descriptor.
std::unique_ptr<FlowMemory> make_shared_memory(const FlowMemorySpec&);

}  // namespace splitbench
