#include "workers/device/cuda_peer_packer.hpp"

#include <cassert>
#include <thread>
#include <vector>

#include "codec/baselines/peer.hpp"
#include "network/real_loop.hpp"

namespace splitbench {

PayloadLimits payload_limits(const Pipeline& pipeline) {
  return {.type = pipeline.element_type,
          .pieces = kMaxPieces,
          .bytes = pipeline.staging_plan().chunk_bytes};
}

CudaPeerPacker::CudaPeerPacker(const BackendSpec& spec, const DeviceBuffer& kv)
    : pipeline_(spec.pipeline), kv_(kv), flights_(Pipeline::kAtOnce) {
  for (const Arm arm : spec.arms)
    if (baseline_of(arm) != nullptr && works_on(arm, CodecDevice::cuda))
      for (Flight& f : flights_)
        f.writers.emplace(arm, installed_baseline(name_of(arm)).writer(payload_limits(pipeline_)));
}

void CudaPeerPacker::begin(const Job& job, std::uint64_t offset, const Chunk& chunk,
                           const Destination& to) {
  assert(begun_ - ended_ < Pipeline::kAtOnce);
  Flight& f = flights_[begun_ % Pipeline::kAtOnce];
  const KvLayout layout(pipeline_.model, pipeline_.element_type, job);
  std::vector<std::span<const std::byte>> pieces;
  for (const Piece& piece : chunk.pieces)
    pieces.emplace_back(kv_.data() + offset + layout.at(piece), layout.bytes_of(piece));
  f.anchor = clock_.anchor();
  f.issued = RealLoop::clock_now();
  f.writer = f.writers.at(job.arm).get();
  f.slot = to.slot;
  f.copied = false;
  f.begun.record(encode_stream_.get());
  f.writer->write(pieces, encode_stream_.get());
  f.encoded.record(encode_stream_.get());
  ++begun_;
}

void CudaPeerPacker::copy_out(Flight& f) {
  const std::span<const std::byte> payload = f.writer->payload();
  assert(payload.size() <= f.slot.size());
  void* stream = copy_stream_.get();
  f.copy_issued = RealLoop::clock_now();
  f.copying.record(stream);
  copy_async(f.slot.data(), payload.data(), payload.size(), stream);
  f.done.record(stream);
  f.payload_bytes = payload.size();
  f.copied = true;
}

void CudaPeerPacker::advance() {
  for (std::uint64_t i = ended_; i < begun_; ++i) {
    Flight& f = flights_[i % Pipeline::kAtOnce];
    if (f.copied) continue;
    if (!f.encoded.done()) return;
    copy_out(f);
  }
}

bool CudaPeerPacker::ready() {
  advance();
  const Flight& f = flights_[ended_ % Pipeline::kAtOnce];
  return f.copied && f.done.done();
}

Packed CudaPeerPacker::end() {
  assert(ended_ < begun_);
  while (!ready()) std::this_thread::yield();
  Flight& f = flights_[ended_++ % Pipeline::kAtOnce];
  return {.spans = {encoder_.span(Stage::encode, *f.anchor, f.issued, f.begun, f.encoded),
                    copier_.span(Stage::xfer_prep, *f.anchor, f.copy_issued, f.copying, f.done)},
          .payload_bytes = f.payload_bytes,
          .pieces = {}};
}

}  // namespace splitbench
