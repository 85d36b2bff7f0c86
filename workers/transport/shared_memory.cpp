#include "workers/transport/shared_memory.hpp"

#include <cerrno>
#include <optional>
#include <span>
#include <string>
#include <sys/mman.h>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <vector>

#include "network/link/link.hpp"

namespace splitbench {
namespace {

[[noreturn]] void fail(const char* attempt, std::uint64_t bytes) {
  throw std::system_error(
      errno, std::generic_category(),
      std::string(attempt) + " " + std::to_string(bytes) + " bytes of memory that workers share");
}

/// A mapped part of shared memory, with every page present before it is used.
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

class SharedMemory final : public LentMemory {
 public:
  explicit SharedMemory(const FlowMemorySpec& spec) : LentMemory(spec.plan) {
    const Descriptor memory(spec.shared_descriptor);
    const std::uint32_t remote_ends = spec.prefill ? spec.decode_workers : spec.prefill_workers;
    for (std::uint32_t remote = 0; remote < remote_ends; ++remote) {
      const FlowId flow{spec.prefill ? spec.index : remote, spec.prefill ? remote : spec.index};
      const std::uint64_t number = flow.sender * spec.decode_workers + flow.receiver;
      flows_.push_back(std::make_unique<Mapping>(memory, number * spec.plan.flow_bytes(),
                                                 spec.plan.flow_bytes(), spec.used_by_device));
    }
  }

 private:
  std::byte* flow(std::uint32_t remote) const override { return flows_[remote]->data(); }

  std::vector<std::unique_ptr<Mapping>> flows_;
};

}  // namespace

Descriptor create_shared_memory(std::uint64_t bytes) {
  Descriptor memory(memfd_create("splitbench-staging", 0));
  if (memory.number() < 0 || ftruncate(memory.number(), static_cast<off_t>(bytes)) != 0)
    fail("create", bytes);
  return memory;
}

std::unique_ptr<FlowMemory> make_shared_memory(const FlowMemorySpec& spec) {
  return std::make_unique<SharedMemory>(spec);
}

}  // namespace splitbench
