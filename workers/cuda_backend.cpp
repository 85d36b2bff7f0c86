#include <algorithm>

#include "codec/cuda/cuda_codec.hpp"
#include "codec/cuda/device.hpp"
#include "codec/unavailable.hpp"
#include "network/real_loop.hpp"
#include "workers/backend.hpp"

namespace splitbench {
namespace {

/// What one lane needs to work on the device beside the others.
struct DeviceLane {
  DeviceLane(CudaCodec::Limits limits, std::size_t results_bytes)
      : codec(limits), results(results_bytes) {}

  Stream stream;
  CudaCodec codec;
  PinnedBuffer results;
};

class CudaBackend final : public Backend {
 public:
  explicit CudaBackend(const BackendSpec& spec)
      : model_(spec.pipeline.model),
        source_(spec.source),
        staging_(plan_staging(spec.pipeline.staging)),
        kv_(spec.kv_bytes),
        tiles_(source_.values().size_bytes()),
        slots_(staging_.slot_bytes * staging_.slots),
        frames_(staging_.slot_bytes),
        chunk_lane_(chunk_limits(),
                    kMaxPieces * std::max(sizeof(EncodedFrame), sizeof(DecodeStatus))),
        digest_lane_(digest_limits(spec), kDigestsAtOnce * sizeof(std::uint64_t)) {
    copy_async(tiles_.data(), source_.values().data(), tiles_.size(), fill_stream_.get());
    synchronize(fill_stream_.get());
  }

  void fill(const Job& job, std::uint64_t offset, std::uint32_t first_tensor,
            std::uint32_t tensors) override {
    const KvLayout layout(model_, job);
    for (std::uint32_t tensor = first_tensor; tensor < first_tensor + tensors; ++tensor) {
      std::uint64_t at = layout.tensor(tensor);
      for (const JobRequest& request : job.requests) {
        const std::uint64_t elements = request.prompt_tokens * model_.width();
        fill_round(source_.tile_of(tensor), source_.start_of(request.id), kv(offset, at), elements);
        at += elements;
      }
    }
    synchronize(fill_stream_.get());
  }

  Packed pack(const Job& job, std::uint64_t offset, const Chunk& chunk,
              std::uint32_t slot) override {
    return job.arm == Arm::raw ? copy_out(job, offset, chunk, slot)
                               : encode_out(job, offset, chunk, slot);
  }

  std::vector<Span> unpack(const Job& job, std::uint64_t offset, const Chunk& chunk,
                           std::uint32_t slot, std::uint64_t payload_bytes) override {
    return job.arm == Arm::raw ? copy_in(job, offset, chunk, slot, payload_bytes)
                               : decode_in(job, offset, chunk, slot, payload_bytes);
  }

  std::vector<std::uint64_t> digest(const Job& job, std::uint64_t offset) override {
    const KvLayout layout(model_, job);
    auto* sums = digest_lane_.results.as<std::uint64_t>();
    std::vector<std::uint64_t> digests;
    std::uint64_t row = 0;
    for (const JobRequest& request : job.requests) {
      const std::uint64_t elements = request.prompt_tokens * model_.width();
      std::uint64_t digest = 0;
      for (std::uint32_t first = 0; first < layout.tensors(); first += kDigestsAtOnce) {
        const std::uint32_t last = std::min(first + kDigestsAtOnce, layout.tensors());
        for (std::uint32_t tensor = first; tensor < last; ++tensor)
          digest_lane_.codec.digest(
              std::as_bytes(std::span(kv(offset, layout.tensor(tensor) + row), elements)),
              tensor * elements / kElementsPerWord, sums + (tensor - first),
              digest_lane_.stream.get());
        synchronize(digest_lane_.stream.get());
        for (std::uint32_t i = 0; i < last - first; ++i) digest += sums[i];
      }
      digests.push_back(digest);
      row += elements;
    }
    return digests;
  }

  std::span<std::byte> slot(std::uint32_t index) override {
    return slots_.bytes().subspan(index * staging_.slot_bytes, staging_.slot_bytes);
  }

 private:
  static constexpr std::uint64_t kElementsPerWord = 4;
  static constexpr std::uint32_t kDigestsAtOnce = 256;

  CudaCodec::Limits chunk_limits() const { return {kMaxPieces, staging_.chunk_bytes / 2}; }
  static CudaCodec::Limits digest_limits(const BackendSpec& spec) {
    const ModelGeometry& model = spec.pipeline.model;
    const std::uint64_t tensors = model.layers * model.tensor_classes().size();
    return {.tasks = 1,
            .elements = spec.kv_bytes / 2 / tensors + 1};  // one tensor of a job that fills it
  }

  std::uint16_t* kv(std::uint64_t offset, std::uint64_t element) const {
    return kv_.as<std::uint16_t>() + offset / 2 + element;
  }

  /// Lays a tile down once, from `first` on, and then doubles what lies there.
  void fill_round(std::uint32_t tile, std::uint64_t first, std::uint16_t* out,
                  std::uint64_t elements) {
    const std::uint64_t period = source_.tile_elements();
    const std::uint16_t* in = tiles_.as<std::uint16_t>() + tile * period;
    const auto copy = [&](std::uint64_t to, const std::uint16_t* from, std::uint64_t n) {
      if (n > 0) copy_async(out + to, from, n * 2, fill_stream_.get());
    };
    const std::uint64_t head = std::min(period - first, elements);
    copy(0, in + first, head);
    std::uint64_t done = std::min(period, elements);
    copy(head, in, done - head);
    for (; done < elements; done = std::min(2 * done, elements))
      copy(done, out, std::min(done, elements - done));
  }

  Packed copy_out(const Job& job, std::uint64_t offset, const Chunk& chunk,
                  std::uint32_t slot_index) {
    const KvLayout layout(model_, job);
    void* stream = chunk_lane_.stream.get();
    Packed packed;
    const Time begin = RealLoop::clock_now();
    for (const Piece& piece : chunk.pieces) {
      copy_async(slot(slot_index).data() + packed.payload_bytes, kv(offset, layout.at(piece)),
                 piece.elements * 2, stream);
      packed.payload_bytes += piece.elements * 2;
    }
    synchronize(stream);
    packed.spans = {{Stage::xfer_prep, begin, RealLoop::clock_now()}};
    return packed;
  }

  Packed encode_out(const Job& job, std::uint64_t offset, const Chunk& chunk,
                    std::uint32_t slot_index) {
    const KvLayout layout(model_, job);
    void* stream = chunk_lane_.stream.get();
    const FrameKind kind = job.arm == Arm::splitzip ? FrameKind::splitzip : FrameKind::stored;
    std::vector<EncodeTask> tasks;
    std::uint64_t room = 0;
    for (const Piece& piece : chunk.pieces) {
      const std::uint64_t capacity = max_frame_bytes(ElementType::bf16, piece.elements);
      const auto* input = reinterpret_cast<const std::byte*>(kv(offset, layout.at(piece)));
      tasks.push_back({.input = {.elements = piece.elements, .data = input},
                       .codebook = source_.codebook(source_.tile_of(piece.tensor)),
                       .wanted = kind,
                       .output = frames_.data() + room,
                       .output_capacity = capacity});
      room += capacity;
    }
    const auto* results = chunk_lane_.results.as<EncodedFrame>();
    const Time begin = RealLoop::clock_now();
    chunk_lane_.codec.encode(tasks, chunk_lane_.results.as<EncodedFrame>(), stream);
    synchronize(stream);
    const Time encoded = RealLoop::clock_now();

    Packed packed;
    for (std::size_t i = 0; i < tasks.size(); ++i) {
      copy_async(slot(slot_index).data() + packed.payload_bytes, tasks[i].output,
                 results[i].frame_bytes, stream);
      packed.payload_bytes += results[i].frame_bytes;
      packed.escapes += results[i].escapes;
    }
    synchronize(stream);
    const Stage stage = job.arm == Arm::splitzip ? Stage::encode : Stage::xfer_prep;
    packed.spans = {{stage, begin, encoded}, {Stage::xfer_prep, encoded, RealLoop::clock_now()}};
    return packed;
  }

  std::vector<Span> copy_in(const Job& job, std::uint64_t offset, const Chunk& chunk,
                            std::uint32_t slot_index, std::uint64_t payload_bytes) {
    if (payload_bytes != chunk.elements * 2) throw BadFrame("payload is not as long as its chunk");
    const KvLayout layout(model_, job);
    void* stream = chunk_lane_.stream.get();
    const std::byte* from = slot(slot_index).data();
    const Time begin = RealLoop::clock_now();
    for (const Piece& piece : chunk.pieces) {
      copy_async(kv(offset, layout.at(piece)), from, piece.elements * 2, stream);
      from += piece.elements * 2;
    }
    synchronize(stream);
    return {{Stage::kv_install, begin, RealLoop::clock_now()}};
  }

  std::vector<Span> decode_in(const Job& job, std::uint64_t offset, const Chunk& chunk,
                              std::uint32_t slot_index, std::uint64_t payload_bytes) {
    const KvLayout layout(model_, job);
    void* stream = chunk_lane_.stream.get();
    const Time begin = RealLoop::clock_now();
    const std::span<const std::byte> payload = slot(slot_index).first(payload_bytes);
    copy_async(frames_.data(), payload.data(), payload.size(), stream);

    std::vector<DecodeTask> tasks;
    std::uint64_t at = 0;
    for (const Piece& piece : chunk.pieces) {
      const std::uint64_t frame_bytes = read_header(payload.subspan(at)).frame_bytes;
      if (frame_bytes > payload.size() - at) throw BadFrame("payload ends within a frame");
      auto* output = reinterpret_cast<std::byte*>(kv(offset, layout.at(piece)));
      tasks.push_back({.frame = frames_.data() + at,
                       .frame_bytes = frame_bytes,
                       .output = {.elements = piece.elements, .data = output},
                       .element_type = ElementType::bf16});
      at += frame_bytes;
    }
    if (at != payload.size()) throw BadFrame("payload goes on after its chunk");
    synchronize(stream);
    const Time copied = RealLoop::clock_now();

    auto* statuses = chunk_lane_.results.as<DecodeStatus>();
    chunk_lane_.codec.decode(tasks, statuses, stream);
    synchronize(stream);
    for (std::size_t i = 0; i < tasks.size(); ++i)
      if (!statuses[i].ok()) throw BadFrame(statuses[i].fault);
    const Stage stage = job.arm == Arm::splitzip ? Stage::decode_codec : Stage::kv_install;
    return {{Stage::kv_install, begin, copied}, {stage, copied, RealLoop::clock_now()}};
  }

  const ModelGeometry& model_;
  const KvSource& source_;
  StagingPlan staging_;
  DeviceBuffer kv_;
  DeviceBuffer tiles_;
  PinnedBuffer slots_;
  DeviceBuffer
      frames_;  // a chunk as it is on the wire, before it is copied out or after it was copied in
  Stream fill_stream_;
  DeviceLane chunk_lane_;
  DeviceLane digest_lane_;
};

}  // namespace

std::unique_ptr<Backend> make_cuda_backend(const BackendSpec& spec) {
  if (!cuda_available()) throw Unavailable("backend cuda needs a build with CUDA and a device");
  return std::make_unique<CudaBackend>(spec);
}

}  // namespace splitbench
