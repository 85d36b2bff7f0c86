#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "workers/engine.hpp"
#include "workers/kv_source.hpp"
#include "workers/pipeline.hpp"

namespace splitbench {

/// The memory of a worker's device and what is done in it: KV memory for whole jobs, and staging
/// slots that the socket reads and writes. Calls block until the work is done and return the times
/// in which it was. fill, pack or unpack, and digest may run at the same time on three threads; no
/// call with itself. Offsets are bytes into the KV memory.
class Backend {
 public:
  virtual ~Backend() = default;

  /// Writes the request's bytes of the source into these tensors of the job's KV.
  virtual void fill(const Job&, std::uint64_t offset, std::uint32_t first_tensor,
                    std::uint32_t tensors) = 0;
  virtual Packed pack(const Job&, std::uint64_t offset, const Chunk&, std::uint32_t slot) = 0;
  /// Throws BadFrame when the payload is not what the arm and the chunk want.
  virtual std::vector<Span> unpack(const Job&, std::uint64_t offset, const Chunk&,
                                   std::uint32_t slot, std::uint64_t payload_bytes) = 0;
  /// Each request's digest of its raw KV: that of its tensors' rows laid end to end.
  virtual std::vector<std::uint64_t> digest(const Job&, std::uint64_t offset) = 0;

  virtual std::span<std::byte> slot(std::uint32_t index) = 0;
};

/// What a backend is made for. `pipeline` and `source` must outlive it.
struct BackendSpec {
  const Pipeline& pipeline;
  const KvSource& source;
  std::uint64_t kv_bytes = 0;
};

std::unique_ptr<Backend> make_cpu_backend(const BackendSpec&);
/// Throws Unavailable without CUDA or without a device, CudaError when memory does not suffice.
std::unique_ptr<Backend> make_cuda_backend(const BackendSpec&);

/// Where things lie in a job's KV, in elements from its start.
class KvLayout {
 public:
  KvLayout(const ModelGeometry& model, const Job& job)
      : model_(model), tensor_elements_(job.tokens() * model.width()) {}

  std::uint64_t at(const Piece& p) const { return p.tensor * tensor_elements_ + p.first; }
  std::uint64_t tensor(std::uint32_t index) const { return index * tensor_elements_; }
  std::uint32_t tensors() const {
    return static_cast<std::uint32_t>(model_.layers * model_.tensor_classes().size());
  }
  std::uint64_t bytes() const { return tensors() * tensor_elements_ * 2; }

 private:
  const ModelGeometry& model_;
  std::uint64_t tensor_elements_;
};

}  // namespace splitbench
