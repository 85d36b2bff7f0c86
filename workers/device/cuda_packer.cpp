#include "workers/device/cuda_packer.hpp"

#include <cassert>
#include <thread>

#include "network/real_loop.hpp"

namespace splitbench {

using EncodeRoute = CudaEncoder::Route;

CudaPacker::Flight::Flight(std::span<const Arm> arms, const CudaCoding& coding)
    : encoders(arms, CodecDevice::cuda,
               [&coding](Arm arm) { return make_cuda_encoder(arm, coding); }) {}

CudaPacker::CudaPacker(const BackendSpec& spec, const DeviceBuffer& kv)
    : codec_(codec_limits(spec.pipeline)) {
  const CudaCoding coding{.pipeline = spec.pipeline,
                          .kv = kv,
                          .codec = codec_,
                          .device_staging = spec.device_staging,
                          .added = spec.added,
                          .sample_stream = sample_stream_.get()};
  for (std::size_t i = 0; i < Pipeline::kAtOnce; ++i) flights_.emplace_back(spec.arms, coding);
}

void CudaPacker::begin(const Job& job, std::uint64_t offset, const Chunk& chunk,
                       std::span<const Coding> codings, const Destination& to) {
  assert(begun_ - ended_ < Pipeline::kAtOnce);
  // The copies of earlier chunks are issued first: the wire waits for them, and not for this one.
  while (!advance()) {
  }
  Flight& f = flights_[begun_ % Pipeline::kAtOnce];
  f.encoder = &f.encoders.of(job.arm);
  f.anchor = clock_.anchor();
  f.issued = RealLoop::clock_now();
  f.stage = pack_stage(job.arm, codings);
  f.slot = to.slot;
  f.route = f.encoder->prepare({job, offset, chunk, codings, to});
  f.copied = f.route != EncodeRoute::staged;
  void* stream = (f.route == EncodeRoute::copied ? copy_stream_ : encode_stream_).get();
  f.begun.record(stream);
  f.encoder->launch(stream);
  (f.route == EncodeRoute::staged ? f.encoded : f.done).record(stream);
  ++begun_;
}

void CudaPacker::copy_out(Flight& f) {
  const auto parts = f.encoder->encoded();
  void* stream = copy_stream_.get();
  f.copy_issued = RealLoop::clock_now();
  f.copying.record(stream);
  std::byte* slot = f.slot.data();
  for (const std::span<const std::byte> part : parts) {
    assert(slot + part.size() <= f.slot.data() + f.slot.size());
    copy_async(slot, part.data(), part.size(), stream);
    slot += part.size();
  }
  f.done.record(stream);
  f.copied = true;
}

bool CudaPacker::advance() {
  for (std::uint64_t i = ended_; i < begun_; ++i) {
    Flight& f = flights_[i % Pipeline::kAtOnce];
    if (f.copied) continue;
    if (!f.encoded.done()) return false;
    copy_out(f);
  }
  return true;
}

bool CudaPacker::ready() {
  advance();
  const Flight& f = flights_[ended_ % Pipeline::kAtOnce];
  return f.copied && f.done.done() && f.encoder->ready();
}

Packed CudaPacker::end() {
  assert(ended_ < begun_);
  Flight& f = flights_[ended_ % Pipeline::kAtOnce];
  while (!ready()) std::this_thread::yield();
  Packed packed = f.encoder->packed();
  switch (f.route) {
    case EncodeRoute::copied:
      packed.spans = {copier_.span(Stage::xfer_prep, *f.anchor, f.issued, f.begun, f.done)};
      break;
    case EncodeRoute::fused:
      packed.spans = {encoder_.span(f.stage, *f.anchor, f.issued, f.begun, f.done)};
      break;
    case EncodeRoute::staged:
      packed.spans = {encoder_.span(f.stage, *f.anchor, f.issued, f.begun, f.encoded),
                      copier_.span(Stage::xfer_prep, *f.anchor, f.copy_issued, f.copying, f.done)};
      break;
  }
  ++ended_;
  return packed;
}

}  // namespace splitbench
