#include <cerrno>
#include <cstring>
#include <map>
#include <queue>
#include <sys/mman.h>
#include <system_error>
#include <utility>

#include "codec/baselines/cpu_payload.hpp"
#include "codec/codec.hpp"
#include "codec/errors.hpp"
#include "codec/exponent_statistics.hpp"
#include "network/real_loop.hpp"
#include "workers/device/backend.hpp"

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

/// Of all baselines that jobs may be of.
std::map<Arm, CpuPayloads> make_payloads(std::span<const Arm> arms) {
  std::map<Arm, CpuPayloads> payloads;
  for (const Arm arm : arms)
    if (baseline_of(arm) != nullptr && works_on(arm, CodecDevice::cpu))
      payloads.emplace(arm, installed_baseline(name_of(arm)));
  return payloads;
}

/// Does a pack or an unpack where it is begun, on the thread that begins it.
class CpuBackend final : public Backend {
 public:
  explicit CpuBackend(const BackendSpec& spec)
      : pipeline_(spec.pipeline),
        source_(spec.source),
        slot_bytes_(spec.pipeline.staging_plan().slot_bytes),
        kv_(spec.kv_bytes),
        slots_(slot_bytes_ * spec.slots),
        payloads_(make_payloads(spec.arms)) {}

  void fill(const Job& job, std::uint64_t offset, std::uint32_t first_tensor,
            std::uint32_t tensors) override {
    const KvLayout layout(pipeline_.model, pipeline_.element_type, job);
    const std::uint64_t bytes = job.kv_tokens() * layout.row_bytes();
    for (std::uint32_t tensor = first_tensor; tensor < first_tensor + tensors; ++tensor)
      source_.copy(job, tensor, 0, kv(offset + layout.tensor(tensor), bytes));
  }

  void begin_pack(const Job& job, std::uint64_t offset, const Chunk& chunk,
                  std::span<const Coding> codings, const Destination& to) override {
    const auto pieces = pieces_of(job, offset, chunk);
    Packed packed;
    const Time begin = RealLoop::clock_now();
    if (baseline_of(job.arm) != nullptr) {
      const std::vector<std::span<const std::byte>> raw(pieces.begin(), pieces.end());
      packed.payload_bytes = payloads_of(job.arm).write(raw, to.slot);
    } else {
      write(pieces, codings, to.slot, packed);
    }
    const Stage stage = baseline_of(job.arm) != nullptr ? Stage::encode : pack_stage(codings);
    packed.spans.push_back({stage, begin, RealLoop::clock_now()});
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
  std::vector<Span> end_unpack() override {
    Unpacked done = take(unpacked_);
    if (!done.refused.empty()) throw BadFrame(done.refused);
    return std::move(done.spans);
  }

  std::vector<std::uint64_t> digest(const Job& job, std::uint64_t offset) override {
    const KvLayout layout(pipeline_.model, pipeline_.element_type, job);
    std::vector<std::uint64_t> digests;
    std::uint64_t row = 0;
    for (const JobRequest& request : job.requests) {
      const std::uint64_t bytes = request.kv_tokens() * layout.row_bytes();
      std::uint64_t sum = 0;
      for (std::uint32_t tensor = 0; tensor < layout.tensors(); ++tensor)
        sum += splitbench::digest(kv(offset + layout.tensor(tensor) + row, bytes),
                                  tensor * digest_words(bytes));
      digests.push_back(sum);
      row += bytes;
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

  /// Raw bytes where there are no codings, otherwise frames.
  static void write(std::span<const std::span<std::byte>> pieces, std::span<const Coding> codings,
                    std::span<std::byte> slot, Packed& packed) {
    for (std::size_t i = 0; i < pieces.size(); ++i) {
      const auto out = slot.subspan(packed.payload_bytes);
      if (codings.empty()) {
        std::memcpy(out.data(), pieces[i].data(), pieces[i].size());
        packed.payload_bytes += pieces[i].size();
      } else {
        packed.pieces.push_back(code(pieces[i], codings[i], out));
        packed.payload_bytes += packed.pieces.back().frame_bytes;
      }
    }
  }

  static CodedPiece code(std::span<const std::byte> raw, const Coding& coding,
                         std::span<std::byte> out) {
    const EncodedFrame frame = encode(raw, coding.codebook, coding.wanted, out);
    CodedPiece piece{.kind = frame.kind,
                     .frame_bytes = frame.frame_bytes,
                     .escapes = frame.escapes,
                     .sample = std::nullopt};
    if (coding.sample) piece.sample = sample_exponents(raw, coding.codebook.element_type);
    return piece;
  }

  std::vector<Span> unpack_now(const Job& job, std::uint64_t offset, const Chunk& chunk,
                               std::span<const std::byte> payload) {
    const auto pieces = pieces_of(job, offset, chunk);
    const Time begin = RealLoop::clock_now();
    if (baseline_of(job.arm) != nullptr) {
      payloads_of(job.arm).read(payload, pieces);
    } else {
      read(pieces, payload, frames(job.arm));
    }
    const Stage stage = encodes(job.arm) ? Stage::decode_codec : Stage::kv_install;
    return {{stage, begin, RealLoop::clock_now()}};
  }

  static void read(std::span<const std::span<std::byte>> pieces, std::span<const std::byte> payload,
                   bool framed) {
    for (const std::span<std::byte> raw : pieces) {
      if (!framed) {
        if (payload.size() < raw.size()) throw BadFrame("payload ends within its chunk");
        std::memcpy(raw.data(), payload.data(), raw.size());
        payload = payload.subspan(raw.size());
      } else {
        const std::uint64_t frame_bytes = read_header(payload).frame_bytes;
        if (frame_bytes > payload.size()) throw BadFrame("payload ends within a frame");
        decode(payload.first(frame_bytes), raw);
        payload = payload.subspan(frame_bytes);
      }
    }
    if (!payload.empty()) throw BadFrame("payload goes on after its chunk");
  }

  std::vector<std::span<std::byte>> pieces_of(const Job& job, std::uint64_t offset,
                                              const Chunk& chunk) {
    const KvLayout layout(pipeline_.model, pipeline_.element_type, job);
    std::vector<std::span<std::byte>> pieces;
    for (const Piece& piece : chunk.pieces)
      pieces.push_back(kv(offset + layout.at(piece), layout.bytes_of(piece)));
    return pieces;
  }

  CpuPayloads& payloads_of(Arm arm) {
    const auto found = payloads_.find(arm);
    if (found == payloads_.end())
      throw BadFrame("nobody announced arm " + std::string(name_of(arm)));
    return found->second;
  }

  std::span<std::byte> kv(std::uint64_t offset, std::uint64_t bytes) {
    return kv_.bytes().subspan(offset, bytes);
  }

  const Pipeline& pipeline_;
  const KvSource& source_;
  const std::uint64_t slot_bytes_;
  HostMemory kv_;
  HostMemory slots_;
  std::map<Arm, CpuPayloads> payloads_;
  std::queue<Packed> packed_;
  std::queue<Unpacked> unpacked_;
};

}  // namespace

std::unique_ptr<Backend> make_cpu_backend(const BackendSpec& spec) {
  return std::make_unique<CpuBackend>(spec);
}

}  // namespace splitbench
