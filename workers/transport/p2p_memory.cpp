#include "workers/transport/p2p_memory.hpp"

namespace splitbench {

ExportedMemory::ExportedMemory(const BufferPlan& plan, std::uint32_t prefill_workers,
                               const std::byte* pool)
    : LentMemory(plan) {
  const std::size_t bytes = (plan.flow_bytes() + kIpcGranule - 1) / kIpcGranule * kIpcGranule;
  for (std::uint32_t i = 0; i < prefill_workers; ++i) flows_.emplace_back(bytes);
  pool_ = export_memory(pool);
}

std::vector<MemoryHandles> ExportedMemory::handles() const {
  std::vector<MemoryHandles> each;
  for (const DeviceBuffer& flow : flows_)
    each.push_back({.buffers = export_memory(flow.data()), .pool = pool_});
  return each;
}

OpenedMemory::OpenedMemory(const BufferPlan& plan, std::uint32_t decode_workers)
    : LentMemory(plan), flows_(decode_workers) {}

void OpenedMemory::open(std::uint32_t decode, const std::vector<MemoryHandles>& told) {
  const MemoryHandles& handles = told.at(0);
  Flow& flow = flows_[decode];
  if (flow.buffers && handles == flow.handles) return;  // open since an earlier session of the flow
  flow.buffers.emplace(handles.buffers);
  flow.pool.emplace(handles.pool);
  flow.handles = handles;
}

std::unique_ptr<FlowMemory> make_p2p_memory(const FlowMemorySpec& spec) {
  if (spec.prefill) return std::make_unique<OpenedMemory>(spec.plan, spec.decode_workers);
  return std::make_unique<ExportedMemory>(spec.plan, spec.prefill_workers, spec.kv);
}

}  // namespace splitbench
