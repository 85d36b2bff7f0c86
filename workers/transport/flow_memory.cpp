#include "workers/transport/flow_memory.hpp"

#include <cerrno>
#include <string>
#include <sys/mman.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace splitbench {
namespace {

[[noreturn]] void fail(const char* attempt, std::uint64_t bytes) {
  throw std::system_error(
      errno, std::generic_category(),
      std::string(attempt) + " " + std::to_string(bytes) + " bytes of memory that workers share");
}

/// A part of shared memory, every page of which is there before it is used.
class Mapping {
 public:
  Mapping(const Descriptor& memory, std::uint64_t offset, std::uint64_t bytes, bool page_locked) {
    void* address = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE,
                         memory.number(), static_cast<off_t>(offset));
    if (address == MAP_FAILED) fail("map", bytes);
    bytes_ = {static_cast<std::byte*>(address), bytes};
    if (page_locked) registered_.emplace(bytes_);
  }
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  ~Mapping() {
    registered_.reset();
    munmap(bytes_.data(), bytes_.size());
  }

  std::byte* data() const { return bytes_.data(); }

 private:
  std::span<std::byte> bytes_;
  std::optional<RegisteredMemory> registered_;
};

class SharedMemory final : public FlowMemory {
 public:
  SharedMemory(const BufferPlan& plan, const WorkerSetup& setup, bool prefill) : FlowMemory(plan) {
    const Descriptor memory(setup.staging_descriptor);
    const std::uint32_t peers = prefill ? setup.decode_workers : setup.prefill_workers;
    for (std::uint32_t peer = 0; peer < peers; ++peer) {
      const FlowId flow{prefill ? setup.index : peer, prefill ? peer : setup.index};
      const std::uint64_t number = flow.sender * setup.decode_workers + flow.receiver;
      flows_.push_back(std::make_unique<Mapping>(memory, number * plan.flow_bytes(),
                                                 plan.flow_bytes(),
                                                 setup.backend == BackendKind::cuda));
    }
  }

 private:
  std::byte* flow(std::uint32_t peer) const override { return flows_[peer]->data(); }

  std::vector<std::unique_ptr<Mapping>> flows_;
};

}  // namespace

Descriptor create_shared_memory(std::uint64_t bytes) {
  Descriptor memory(memfd_create("splitbench-staging", 0));
  if (memory.number() < 0 || ftruncate(memory.number(), static_cast<off_t>(bytes)) != 0)
    fail("create", bytes);
  return memory;
}

std::unique_ptr<FlowMemory> make_shared_memory(const WorkerSetup& setup, bool prefill) {
  const BufferPlan plan = plan_buffers(setup.pipeline.staging_plan(), setup.prefill_workers);
  return std::make_unique<SharedMemory>(plan, setup, prefill);
}

ExportedMemory::ExportedMemory(const BufferPlan& plan, std::uint32_t prefill_workers,
                               const std::byte* pool)
    : FlowMemory(plan) {
  const std::size_t bytes = (plan.flow_bytes() + kIpcGranule - 1) / kIpcGranule * kIpcGranule;
  for (std::uint32_t i = 0; i < prefill_workers; ++i) flows_.emplace_back(bytes);
  pool_ = export_memory(pool);
}

MemoryHandles ExportedMemory::handles(std::uint32_t prefill) const {
  return {.buffers = export_memory(flows_[prefill].data()), .pool = pool_};
}

OpenedMemory::OpenedMemory(const BufferPlan& plan, std::uint32_t decode_workers)
    : FlowMemory(plan), flows_(decode_workers) {}

void OpenedMemory::open(std::uint32_t decode, const MemoryHandles& handles) {
  Flow& flow = flows_[decode];
  if (flow.buffers && handles == flow.handles) return;  // open since the flow's first session
  flow.buffers.emplace(handles.buffers);
  flow.pool.emplace(handles.pool);
  flow.handles = handles;
}

}  // namespace splitbench
