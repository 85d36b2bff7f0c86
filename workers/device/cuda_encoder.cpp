#include "workers/device/cuda_encoder.hpp"

#include <algorithm>

#include "codec/cuda/device_sample.hpp"
#include "workers/device/coders_by_arm.hpp"
#include "workers/device/joined_copies.hpp"

namespace splitbench {
namespace {

/// The encoder's blocks that write to host memory: few, since they fill PCIe and leave the other
/// multiprocessors to the model (four encode as fast).
constexpr std::uint32_t kHostBlocks = 8;
/// The encoder's blocks that write to another device: NVLink needs more of them.
constexpr std::uint32_t kPeerBlocks = 64;

/// Copies piece by piece, to the slot or directly into the decode worker's KV memory.
class RawEncoder final : public CudaEncoder {
 public:
  explicit RawEncoder(const CudaCoding& coding) : coding_(coding) {}

  Route prepare(const PackTask& task) override {
    const KvLayout layout = coding_.pipeline.layout(task.job);
    copies_.clear();
    std::byte* slot = task.to.slot.data();
    for (const Piece& piece : task.chunk.pieces) {
      std::byte* pool = task.to.pool;
      const std::uint64_t bytes = layout.bytes_of(piece);
      copies_.add(pool ? pool + task.job.decode_offset + layout.at(piece) : slot,
                  coding_.place(layout, task.offset, piece), bytes);
      slot += bytes;
    }
    bytes_ = coding_.pipeline.bytes_of(task.chunk.elements);
    return Route::copied;
  }

  void launch(void* stream) override { copies_.begin(stream); }

  Packed packed() const override { return {.spans = {}, .payload_bytes = bytes_, .pieces = {}}; }

 private:
  CudaCoding coding_;
  JoinedCopies copies_;
  std::uint64_t bytes_ = 0;
};

/// Encodes frames, fused or staged:
///
///   fused   directly to the slot: in device memory each at its frame_places, and in host memory if
///           the pipeline asks for it and the chunk has one piece, so that no gaps need closing
///   staged  in device memory, from where they are copied without gaps
class FrameEncoder final : public CudaEncoder {
 public:
  explicit FrameEncoder(const CudaCoding& coding)
      : coding_(coding),
        frames_(staged_bytes(coding)),
        results_(kMaxPieces * sizeof(EncodedFrame)),
        samples_(kMaxPieces * sizeof(SampledExponents)) {}

  Route prepare(const PackTask& task) override {
    const bool fused =
        coding_.device_staging || (coding_.pipeline.fused_encode && task.chunk.pieces.size() == 1);
    plan(task, fused ? task.to.slot.data() : frames_.data());
    share_ = {.max_blocks = !fused ? 0 : coding_.device_staging ? kPeerBlocks : kHostBlocks};
    sample(task.codings);
    return fused ? Route::fused : Route::staged;
  }

  void launch(void* stream) override {
    coding_.codec.encode(tasks_, results_.as<EncodedFrame>(), stream, share_);
  }

  bool ready() const override { return sampled_pieces_.empty() || sampled_.done(); }

  std::vector<std::span<const std::byte>> encoded() const override {
    std::vector<std::span<const std::byte>> frames;
    for (std::size_t i = 0; i < tasks_.size(); ++i)
      frames.emplace_back(tasks_[i].output, result(i).frame_bytes);
    return frames;
  }

  Packed packed() const override {
    Packed packed;
    for (std::size_t i = 0; i < tasks_.size(); ++i) {
      packed.pieces.push_back(piece(i));
      packed.payload_bytes += packed.pieces.back().frame_bytes;
    }
    return packed;
  }

 private:
  void plan(const PackTask& task, std::byte* out) {
    const KvLayout layout = coding_.pipeline.layout(task.job);
    const std::vector<std::uint64_t> places = frame_places(coding_.pipeline, task.chunk);
    tasks_.clear();
    for (std::size_t i = 0; i < task.chunk.pieces.size(); ++i) {
      const Piece& piece = task.chunk.pieces[i];
      tasks_.push_back(
          {.input = {.elements = piece.elements, .data = coding_.place(layout, task.offset, piece)},
           .codebook = task.codings[i].codebook,
           .wanted = task.codings[i].wanted,
           .output = out + places[i],
           .output_capacity = places[i + 1] - places[i]});
    }
  }

  /// Launches the sampling beside the encoder, in a stream of its own.
  void sample(std::span<const Coding> codings) {
    std::vector<SampleTask> samples;
    sampled_pieces_.clear();
    for (std::size_t i = 0; i < tasks_.size(); ++i) {
      if (!codings[i].sample) continue;
      sampled_pieces_.push_back(i);
      samples.push_back({.data = tasks_[i].input.data,
                         .elements = tasks_[i].input.elements,
                         .element_type = coding_.pipeline.element_type});
    }
    if (samples.empty()) return;
    sample_exponents(samples, samples_.as<SampledExponents>(), coding_.sample_stream);
    sampled_.record(coding_.sample_stream);
  }

  CodedPiece piece(std::size_t index) const {
    const EncodedFrame& frame = result(index);
    CodedPiece piece{.kind = frame.kind,
                     .frame_bytes = frame.frame_bytes,
                     .escapes = frame.escapes,
                     .sample = std::nullopt};
    const auto found = std::ranges::find(sampled_pieces_, index);
    if (found != sampled_pieces_.end())
      piece.sample = samples_.as<SampledExponents>()[found - sampled_pieces_.begin()].histogram();
    return piece;
  }

  const EncodedFrame& result(std::size_t piece) const { return results_.as<EncodedFrame>()[piece]; }

  CudaCoding coding_;
  DeviceBuffer frames_;  // staged frames
  PinnedBuffer results_, samples_;
  Event sampled_;
  std::vector<EncodeTask> tasks_;
  LaunchOptions share_;
  std::vector<std::size_t> sampled_pieces_;  // indices of pieces, in the order of their samples
};

/// Compresses with another library's codec and gathers the payload in device memory.
class BaselineEncoder final : public CudaEncoder {
 public:
  BaselineEncoder(const Baseline& baseline, const CudaCoding& coding)
      : coding_(coding), writer_(baseline.writer(payload_limits(coding.pipeline))) {}

  Route prepare(const PackTask& task) override {
    pieces_ = coding_.places<const std::byte>(task.job, task.offset, task.chunk);
    return Route::staged;
  }

  void launch(void* stream) override { writer_->write(pieces_, stream); }

  std::vector<std::span<const std::byte>> encoded() const override { return writer_->parts(); }

  Packed packed() const override {
    Packed packed;
    for (const std::span<const std::byte> part : writer_->parts())
      packed.payload_bytes += part.size();
    return packed;
  }

 private:
  CudaCoding coding_;
  std::unique_ptr<DeviceWriter> writer_;
  std::vector<std::span<const std::byte>> pieces_;
};

}  // namespace

std::unique_ptr<CudaEncoder> make_cuda_encoder(Arm arm, const CudaCoding& coding) {
  if (arm == Arm::raw) return std::make_unique<RawEncoder>(coding);
  if (frames(arm)) return std::make_unique<FrameEncoder>(coding);
  return std::make_unique<BaselineEncoder>(baseline_of(arm, coding.added), coding);
}

}  // namespace splitbench
