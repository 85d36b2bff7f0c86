#include <algorithm>

#include "codec/cuda/cuda_codec.hpp"
#include "codec/cuda/device.hpp"
#include "codec/errors.hpp"
#include "workers/device/backend.hpp"
#include "workers/device/cuda_compute.hpp"
#include "workers/device/cuda_packer.hpp"
#include "workers/device/cuda_unpacker.hpp"

namespace splitbench {
namespace {

class CudaBackend final : public Backend {
 public:
  explicit CudaBackend(const BackendSpec& spec)
      : pipeline_(spec.pipeline),
        source_(spec.source),
        slot_bytes_(pipeline_.staging_plan().slot_bytes),
        kv_(spec.kv_bytes),
        tiles_(source_.values().size()),
        slots_(slot_bytes_ * spec.slots),
        packer_(spec, kv_),
        unpacker_(spec, kv_),
        digests_(digest_limits(spec)),
        sums_(kDigestsAtOnce * sizeof(std::uint64_t)) {
    if (spec.load_scale) load_.emplace(spec, kv_, *spec.load_scale);
    copy_async(tiles_.data(), source_.values().data(), tiles_.size(), fill_stream_.get());
    synchronize(fill_stream_.get());
  }

  void fill(const Job& job, std::uint64_t offset, std::uint32_t first_tensor,
            std::uint32_t tensors) override {
    const KvLayout layout = pipeline_.layout(job);
    for (std::uint32_t tensor = first_tensor; tensor < first_tensor + tensors; ++tensor) {
      std::uint64_t at = layout.tensor(tensor);
      for (const JobRequest& request : job.requests) {
        const std::uint64_t bytes = layout.request_bytes(tensor, request.kv_tokens());
        const std::uint64_t start = pipeline_.bytes_of(source_.start_of(request, tensor));
        fill_round(source_.tile_of(tensor, request.drift_level), start, kv(offset + at), bytes);
        at += bytes;
      }
    }
    synchronize(fill_stream_.get());
  }

  void begin_pack(const Job& job, std::uint64_t offset, const Chunk& chunk,
                  std::span<const Coding> codings, const Destination& to) override {
    packer_.begin(job, offset, chunk, codings, to);
  }
  bool pack_ready() override { return packer_.ready(); }
  Packed end_pack() override { return packer_.end(); }

  void begin_unpack(const Job& job, std::uint64_t offset, const Chunk& chunk,
                    std::span<const std::byte> payload) override {
    unpacker_.begin(job, offset, chunk, payload);
  }
  bool unpack_ready() override { return unpacker_.ready(); }
  StageSpans end_unpack() override { return unpacker_.end(); }

  std::vector<std::uint64_t> digest(const Job& job, std::uint64_t offset) override {
    auto* sums = sums_.as<std::uint64_t>();
    std::vector<std::uint64_t> digests;
    for (const RequestRows& request : rows_of(pipeline_.layout(job), job)) {
      std::uint64_t digest = 0;
      const std::span all(request.parts);
      for (std::size_t first = 0; first < all.size(); first += kDigestsAtOnce) {
        const auto some = all.subspan(first, std::min(kDigestsAtOnce, all.size() - first));
        for (std::size_t i = 0; i < some.size(); ++i)
          digests_.digest({kv(offset + some[i].begin), some[i].bytes}, some[i].first_word, sums + i,
                          digest_stream_.get());
        synchronize(digest_stream_.get());
        for (std::size_t i = 0; i < some.size(); ++i) digest += sums[i];
      }
      digests.push_back(digest);
    }
    return digests;
  }

  std::span<std::byte> slot(std::uint32_t index) override {
    return slots_.bytes().subspan(index * slot_bytes_, slot_bytes_);
  }

  std::byte* pool() override { return kv_.data(); }

  GemmLoad* load() override { return load_ ? &*load_ : nullptr; }

  Time clock_error() const override {
    return std::max(packer_.clock_error(), unpacker_.clock_error());
  }

 private:
  static constexpr std::size_t kDigestsAtOnce = 256;

  static CudaCodec::Limits digest_limits(const BackendSpec& spec) {
    // One tensor of a job that fills the KV memory; of a batch, all of it may be one's.
    const Pipeline& pipeline = spec.pipeline;
    const std::uint64_t all = spec.kv_bytes / pipeline.bytes_of(1);
    const std::uint64_t tensors = pipeline.model.tensors(pipeline.element_type).size();
    return {.tasks = 1, .elements = pipeline.model.has_equal_tensors() ? all / tensors + 1 : all};
  }

  std::byte* kv(std::uint64_t offset) const { return kv_.data() + offset; }

  /// Fills memory with a tile that repeats, from byte `first` of it on: copies it once, then
  /// doubles the part that is filled.
  void fill_round(std::uint32_t tile, std::uint64_t first, std::byte* out, std::uint64_t bytes) {
    const std::uint64_t period = source_.tile_bytes();
    const std::byte* in = tiles_.data() + tile * period;
    const auto copy = [&](std::uint64_t to, const std::byte* from, std::uint64_t n) {
      if (n > 0) copy_async(out + to, from, n, fill_stream_.get());
    };
    const std::uint64_t head = std::min(period - first, bytes);
    copy(0, in + first, head);
    std::uint64_t done = std::min(period, bytes);
    copy(head, in, done - head);
    for (; done < bytes; done = std::min(2 * done, bytes))
      copy(done, out, std::min(done, bytes - done));
  }

  const Pipeline& pipeline_;
  const KvSource& source_;
  const std::uint64_t slot_bytes_;
  DeviceBuffer kv_;
  DeviceBuffer tiles_;
  PinnedBuffer slots_;
  CudaPacker packer_;
  CudaUnpacker unpacker_;
  CudaCodec digests_;
  PinnedBuffer sums_;
  std::optional<CudaCompute> load_;
  Stream fill_stream_;
  Stream digest_stream_{StreamPriority::lowest};
};

}  // namespace

std::unique_ptr<Backend> make_cuda_backend(const BackendSpec& spec) {
  if (!cuda_available()) throw Unavailable("backend cuda needs a build with CUDA and a device");
  return std::make_unique<CudaBackend>(spec);
}

}  // namespace splitbench
