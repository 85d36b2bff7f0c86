#include <cerrno>
#include <cstring>
#include <sys/mman.h>
#include <system_error>

#include "codec/codec.hpp"
#include "network/real_loop.hpp"
#include "workers/backend.hpp"

namespace splitbench {
namespace {

/// Host memory that is really there: every page is touched before the first use, so that no timed
/// stage waits for the kernel to find one.
class HostMemory {
 public:
  explicit HostMemory(std::size_t bytes) {
    void* address = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (address == MAP_FAILED)
      throw std::system_error(errno, std::generic_category(),
                              "take " + std::to_string(bytes) + " bytes of host memory");
    bytes_ = {static_cast<std::byte*>(address), bytes};
  }
  ~HostMemory() { munmap(bytes_.data(), bytes_.size()); }
  HostMemory(const HostMemory&) = delete;
  HostMemory& operator=(const HostMemory&) = delete;

  std::span<std::byte> bytes() const { return bytes_; }

 private:
  std::span<std::byte> bytes_;
};

class CpuBackend final : public Backend {
 public:
  explicit CpuBackend(const BackendSpec& spec)
      : model_(spec.pipeline.model),
        source_(spec.source),
        staging_(plan_staging(spec.pipeline.staging)),
        kv_(spec.kv_bytes),
        slots_(staging_.slot_bytes * staging_.slots) {}

  void fill(const Job& job, std::uint64_t offset, std::uint32_t first_tensor,
            std::uint32_t tensors) override {
    const KvLayout layout(model_, job);
    for (std::uint32_t tensor = first_tensor; tensor < first_tensor + tensors; ++tensor) {
      const auto tile = source_.tile_at(source_.tile_of(tensor));
      std::uint64_t at = layout.tensor(tensor);
      for (const JobRequest& request : job.requests) {
        const std::uint64_t elements = request.prompt_tokens * model_.width();
        copy_round(tile, source_.start_of(request.id), kv(offset, at, elements));
        at += elements;
      }
    }
  }

  Packed pack(const Job& job, std::uint64_t offset, const Chunk& chunk,
              std::uint32_t slot_index) override {
    const KvLayout layout(model_, job);
    const std::span<std::byte> slot = this->slot(slot_index);
    Packed packed;
    const Time begin = RealLoop::clock_now();
    for (const Piece& piece : chunk.pieces) {
      const auto elements = kv(offset, layout.at(piece), piece.elements);
      const auto out = slot.subspan(packed.payload_bytes);
      if (job.arm == Arm::raw) {
        std::memcpy(out.data(), elements.data(), elements.size_bytes());
        packed.payload_bytes += elements.size_bytes();
      } else {
        const FrameKind kind = job.arm == Arm::splitzip ? FrameKind::splitzip : FrameKind::stored;
        const EncodedFrame frame =
            encode(elements, source_.codebook(source_.tile_of(piece.tensor)), kind, out);
        packed.payload_bytes += frame.frame_bytes;
        packed.escapes += frame.escapes;
      }
    }
    const Stage stage = job.arm == Arm::splitzip ? Stage::encode : Stage::xfer_prep;
    packed.spans.push_back({stage, begin, RealLoop::clock_now()});
    return packed;
  }

  std::vector<Span> unpack(const Job& job, std::uint64_t offset, const Chunk& chunk,
                           std::uint32_t slot_index, std::uint64_t payload_bytes) override {
    const KvLayout layout(model_, job);
    std::span<const std::byte> payload = slot(slot_index).first(payload_bytes);
    const Time begin = RealLoop::clock_now();
    for (const Piece& piece : chunk.pieces) {
      const auto elements = kv(offset, layout.at(piece), piece.elements);
      if (job.arm == Arm::raw) {
        if (payload.size() < elements.size_bytes()) throw BadFrame("payload ends within its chunk");
        std::memcpy(elements.data(), payload.data(), elements.size_bytes());
        payload = payload.subspan(elements.size_bytes());
      } else {
        const std::uint64_t frame_bytes = read_header(payload).frame_bytes;
        if (frame_bytes > payload.size()) throw BadFrame("payload ends within a frame");
        decode(payload.first(frame_bytes), elements);
        payload = payload.subspan(frame_bytes);
      }
    }
    if (!payload.empty()) throw BadFrame("payload goes on after its chunk");
    const Stage stage = job.arm == Arm::splitzip ? Stage::decode_codec : Stage::kv_install;
    return {{stage, begin, RealLoop::clock_now()}};
  }

  std::vector<std::uint64_t> digest(const Job& job, std::uint64_t offset) override {
    const KvLayout layout(model_, job);
    std::vector<std::uint64_t> digests;
    std::uint64_t row = 0;
    for (const JobRequest& request : job.requests) {
      const std::uint64_t elements = request.prompt_tokens * model_.width();
      std::uint64_t sum = 0;
      for (std::uint32_t tensor = 0; tensor < layout.tensors(); ++tensor) {
        const auto rows = kv(offset, layout.tensor(tensor) + row, elements);
        sum += splitbench::digest(rows, tensor * elements / kElementsPerWord);
      }
      digests.push_back(sum);
      row += elements;
    }
    return digests;
  }

  std::span<std::byte> slot(std::uint32_t index) override {
    return slots_.bytes().subspan(index * staging_.slot_bytes, staging_.slot_bytes);
  }

 private:
  static constexpr std::uint64_t kElementsPerWord = 4;

  std::span<std::uint16_t> kv(std::uint64_t offset, std::uint64_t first, std::uint64_t elements) {
    const auto bytes = kv_.bytes().subspan(offset + first * 2, elements * 2);
    return {reinterpret_cast<std::uint16_t*>(bytes.data()), elements};
  }

  const ModelGeometry& model_;
  const KvSource& source_;
  StagingPlan staging_;
  HostMemory kv_;
  HostMemory slots_;
};

}  // namespace

std::unique_ptr<Backend> make_cpu_backend(const BackendSpec& spec) {
  return std::make_unique<CpuBackend>(spec);
}

}  // namespace splitbench
