#include "workers/device/cuda_decoder.hpp"

#include <vector>

#include "codec/errors.hpp"
#include "codec/frame.hpp"
#include "workers/device/coders_by_arm.hpp"
#include "workers/device/joined_copies.hpp"

namespace splitbench {
namespace {

/// Copies piece by piece. Where slots lie in device memory, chunks are in their places before they
/// arrive (Destination::pool).
class RawDecoder final : public CudaDecoder {
 public:
  explicit RawDecoder(const CudaCoding& coding) : coding_(coding) {}

  Route prepare(const UnpackTask& task) override {
    if (task.payload.size() != coding_.pipeline.bytes_of(task.chunk.elements))
      throw BadFrame("payload is not as long as its chunk");
    if (coding_.device_staging) return Route::none;
    copies_.clear();
    const std::byte* from = task.payload.data();
    for (const auto place : coding_.places<std::byte>(task.job, task.offset, task.chunk)) {
      copies_.add(place.data(), from, place.size());
      from += place.size();
    }
    return Route::copied;
  }

  void copy_in(void* stream) override { copies_.begin(stream); }

 private:
  CudaCoding coding_;
  JoinedCopies copies_;
};

/// Decodes frames. Frames that are in device memory already are decoded where they are; their
/// headers are fetched first, since the host must know how long each frame is.
class FrameDecoder final : public CudaDecoder {
 public:
  explicit FrameDecoder(const CudaCoding& coding)
      : coding_(coding),
        frames_(staged_bytes(coding)),
        headers_(kMaxPieces * kHeaderBytes),
        statuses_(kMaxPieces * sizeof(DecodeStatus)) {}

  Route prepare(const UnpackTask& task) override {
    const KvLayout layout = coding_.pipeline.layout(task.job);
    payload_ = task.payload;
    tasks_.clear();
    for (const Piece& piece : task.chunk.pieces)
      tasks_.push_back({.frame = nullptr,
                        .frame_bytes = 0,
                        .output = {.elements = piece.elements,
                                   .data = coding_.place(layout, task.offset, piece)},
                        .element_type = coding_.pipeline.element_type});
    if (coding_.device_staging) {
      leave_frames(frame_places(coding_.pipeline, task.chunk));
      return Route::peeked;
    }
    stage_frames();
    return Route::staged;
  }

  void copy_in(void* stream) override {
    if (!coding_.device_staging)
      return copy_async(frames_.data(), payload_.data(), payload_.size(), stream);
    for (std::size_t i = 0; i < tasks_.size(); ++i)
      copy_async(headers_.data() + i * kHeaderBytes, tasks_[i].frame, kHeaderBytes, stream);
  }

  void look() override {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < tasks_.size(); ++i) {
      const auto header = std::span(headers_.data() + i * kHeaderBytes, kHeaderBytes);
      const std::uint64_t frame_bytes = read_header(header).frame_bytes;
      if (frame_bytes > tasks_[i].frame_bytes) throw BadFrame("a frame is longer than its piece's");
      tasks_[i].frame_bytes = frame_bytes;
      sum += frame_bytes;
    }
    if (sum != payload_.size()) throw BadFrame("payload is not as long as its frames");
  }

  void decode(void* stream) override {
    coding_.codec.decode(tasks_, statuses_.as<DecodeStatus>(), stream);
  }

  void check() const override {
    for (std::size_t i = 0; i < tasks_.size(); ++i)
      if (const DecodeStatus& status = statuses_.as<DecodeStatus>()[i]; !status.ok())
        throw BadFrame(status.fault);
  }

 private:
  void leave_frames(const std::vector<std::uint64_t>& places) {
    for (std::size_t i = 0; i < tasks_.size(); ++i) {
      tasks_[i].frame = payload_.data() + places[i];
      tasks_[i].frame_bytes = places[i + 1] - places[i];  // maximum, until look()
    }
  }

  void stage_frames() {
    std::uint64_t at = 0;
    for (DecodeTask& task : tasks_) {
      task.frame = frames_.data() + at;
      const FrameHeader header = read_header(payload_.subspan(at));
      task.frame_bytes = header.frame_bytes;
      task.kind = header.kind;
      if (task.frame_bytes > payload_.size() - at) throw BadFrame("payload ends within a frame");
      at += task.frame_bytes;
    }
    if (at != payload_.size()) throw BadFrame("payload goes on after its chunk");
  }

  CudaCoding coding_;
  DeviceBuffer frames_;  // payload that was copied in
  PinnedBuffer headers_, statuses_;
  std::span<const std::byte> payload_;
  std::vector<DecodeTask> tasks_;
};

/// Decompresses with another library's codec, from a copy of the payload in device memory.
class BaselineDecoder final : public CudaDecoder {
 public:
  BaselineDecoder(const Baseline& baseline, const CudaCoding& coding)
      : coding_(coding), reader_(baseline.reader(payload_limits(coding.pipeline))) {}

  Route prepare(const UnpackTask& task) override {
    payload_ = task.payload;
    reader_->take(payload_, coding_.places<std::byte>(task.job, task.offset, task.chunk));
    return Route::staged;
  }

  void copy_in(void* stream) override {
    copy_async(reader_->payload(), payload_.data(), payload_.size(), stream);
  }
  void decode(void* stream) override { reader_->read(stream); }
  void check() const override { reader_->check(); }

 private:
  CudaCoding coding_;
  std::unique_ptr<DeviceReader> reader_;
  std::span<const std::byte> payload_;
};

}  // namespace

std::unique_ptr<CudaDecoder> make_cuda_decoder(Arm arm, const CudaCoding& coding) {
  if (arm == Arm::raw) return std::make_unique<RawDecoder>(coding);
  if (frames(arm)) return std::make_unique<FrameDecoder>(coding);
  return std::make_unique<BaselineDecoder>(baseline_of(arm, coding.added), coding);
}

}  // namespace splitbench
