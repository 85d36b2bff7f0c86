#include <cerrno>
#include <queue>
#include <sys/mman.h>
#include <system_error>
#include <utility>

#include "codec/digest.hpp"
#include "codec/errors.hpp"
#include "network/real_loop.hpp"
#include "workers/device/backend.hpp"
#include "workers/device/coders_by_arm.hpp"
#include "workers/device/cpu_coder.hpp"

namespace splitbench {
namespace {

/// Host memory with every page present before the first use, so that no timed stage waits for the
/// kernel to provide one. Pages are huge where the kernel has such: a stage that comes to memory
/// after a while would spend as long on finding its small pages, on a virtual machine above all, as
/// on its own work.
class HostMemory {
 public:
  explicit HostMemory(std::size_t bytes) {
    void* address =
        mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (address == MAP_FAILED)
      throw std::system_error(errno, std::generic_category(),
                              "take " + std::to_string(bytes) + " bytes of host memory");
    bytes_ = {static_cast<std::byte*>(address), bytes};
    madvise(address, bytes, MADV_HUGEPAGE);  // a kernel without huge pages refuses: no harm
    constexpr std::size_t kPage = 4096;
    for (std::size_t at = 0; at < bytes; at += kPage) bytes_[at] = std::byte{0};
  }
  ~HostMemory() { munmap(bytes_.data(), bytes_.size()); }
  HostMemory(const HostMemory&) = delete;
  HostMemory& operator=(const HostMemory&) = delete;

  std::span<std::byte> bytes() const { return bytes_; }

 private:
  std::span<std::byte> bytes_;
};

/// The backend on the CPU. A pack or an unpack is done when it is begun, on the thread that begins
/// it.
class CpuBackend final : public Backend {
 public:
  explicit CpuBackend(const BackendSpec& spec)
      : pipeline_(spec.pipeline),
        source_(spec.source),
        slot_bytes_(spec.pipeline.staging_plan().slot_bytes),
        kv_(spec.kv_bytes),
        slots_(slot_bytes_ * spec.slots),
        coders_(spec.arms, CodecDevice::cpu,
                [&spec](Arm arm) { return make_cpu_coder(arm, spec.added); }) {}

  void fill(const Job& job, std::uint64_t offset, std::uint32_t first_tensor,
            std::uint32_t tensors) override {
    const KvLayout layout = pipeline_.layout(job);
    for (std::uint32_t tensor = first_tensor; tensor < first_tensor + tensors; ++tensor)
      source_.copy(job, tensor, 0, kv(offset + layout.tensor(tensor), layout.tensor_bytes(tensor)));
  }

  void begin_pack(const Job& job, std::uint64_t offset, const Chunk& chunk,
                  std::span<const Coding> codings, const Destination& to) override {
    CpuCoder& coder = coders_.of(job.arm);
    const auto pieces = pieces_of<const std::byte>(job, offset, chunk);
    const Time begin = RealLoop::clock_now();
    Packed packed = coder.write(pieces, codings, to.slot);
    packed.spans.push_back({pack_stage(job.arm, codings), begin, RealLoop::clock_now()});
    packed_.push(std::move(packed));
  }
  bool pack_ready() override { return true; }
  Packed end_pack() override { return take(packed_); }

  void begin_unpack(const Job& job, std::uint64_t offset, const Chunk& chunk,
                    std::span<const std::byte> payload) override {
    try {
      unpacked_.push({unpack_now(job, offset, chunk, payload), {}});
    } catch (const BadFrame& bad) {
      unpacked_.push({{}, bad.what()});
    }
  }
  bool unpack_ready() override { return true; }
  StageSpans end_unpack() override {
    Unpacked done = take(unpacked_);
    if (!done.refused.empty()) throw BadFrame(done.refused);
    return done.spans;
  }

  std::vector<std::uint64_t> digest(const Job& job, std::uint64_t offset) override {
    std::vector<std::uint64_t> digests;
    for (const RequestRows& request : rows_of(pipeline_.layout(job), job)) {
      std::uint64_t sum = 0;
      for (const RequestRows::Part& part : request.parts)
        sum += splitbench::digest(kv(offset + part.begin, part.bytes), part.first_word);
      digests.push_back(sum);
    }
    return digests;
  }

  std::span<std::byte> slot(std::uint32_t index) override {
    return slots_.bytes().subspan(index * slot_bytes_, slot_bytes_);
  }
  std::byte* pool() override { return kv_.bytes().data(); }

 private:
  template <class Result>
  static Result take(std::queue<Result>& done) {
    Result first = std::move(done.front());
    done.pop();
    return first;
  }

  StageSpans unpack_now(const Job& job, std::uint64_t offset, const Chunk& chunk,
                        std::span<const std::byte> payload) {
    CpuCoder& coder = coders_.of(job.arm);
    const auto pieces = pieces_of<std::byte>(job, offset, chunk);
    const Time begin = RealLoop::clock_now();
    coder.read(payload, pieces);
    return {{unpack_stage(job.arm), begin, RealLoop::clock_now()}};
  }

  template <class Byte>
  std::vector<std::span<Byte>> pieces_of(const Job& job, std::uint64_t offset, const Chunk& chunk) {
    const KvLayout layout = pipeline_.layout(job);
    std::vector<std::span<Byte>> pieces;
    for (const Piece& piece : chunk.pieces)
      pieces.push_back(kv(offset + layout.at(piece), layout.bytes_of(piece)));
    return pieces;
  }

  std::span<std::byte> kv(std::uint64_t offset, std::uint64_t bytes) {
    return kv_.bytes().subspan(offset, bytes);
  }

  const Pipeline& pipeline_;
  const KvSource& source_;
  const std::uint64_t slot_bytes_;
  HostMemory kv_;
  HostMemory slots_;
  CodersByArm<CpuCoder> coders_;
  std::queue<Packed> packed_;
  std::queue<Unpacked> unpacked_;
};

}  // namespace

std::unique_ptr<Backend> make_cpu_backend(const BackendSpec& spec) {
  return std::make_unique<CpuBackend>(spec);
}

}  // namespace splitbench
