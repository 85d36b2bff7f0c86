#include "workers/device/cuda_unpacker.hpp"

#include <cassert>
#include <thread>

#include "codec/errors.hpp"
#include "network/real_loop.hpp"
#include "workers/codebooks/coding.hpp"

namespace splitbench {

using DecodeRoute = CudaDecoder::Route;

CudaUnpacker::Flight::Flight(std::span<const Arm> arms, const CudaCoding& coding)
    : decoders(arms, CodecDevice::cuda,
               [&coding](Arm arm) { return make_cuda_decoder(arm, coding); }) {}

CudaUnpacker::CudaUnpacker(const BackendSpec& spec, const DeviceBuffer& kv)
    : codec_(codec_limits(spec.pipeline)) {
  const CudaCoding coding{.pipeline = spec.pipeline,
                          .kv = kv,
                          .codec = codec_,
                          .device_staging = spec.device_staging,
                          .added = spec.added};
  for (std::size_t i = 0; i < Pipeline::kAtOnce; ++i) flights_.emplace_back(spec.arms, coding);
}

void CudaUnpacker::begin(const Job& job, std::uint64_t offset, const Chunk& chunk,
                         std::span<const std::byte> payload) {
  assert(begun_ - ended_ < Pipeline::kAtOnce);
  Flight& f = flights_[begun_ % Pipeline::kAtOnce];
  f.anchor = clock_.anchor();
  f.issued = RealLoop::clock_now();
  f.stage = unpack_stage(job.arm);
  f.launched = true;
  f.fault.clear();
  try {
    f.decoder = &f.decoders.of(job.arm);
    launch(f, {job, offset, chunk, payload});
  } catch (const BadFrame& bad) {
    f.fault = bad.what();
  }
  ++begun_;
}

void CudaUnpacker::launch(Flight& f, const UnpackTask& task) {
  f.route = f.decoder->prepare(task);
  if (f.route == DecodeRoute::none) return;
  void* stream = copy_stream_.get();
  if (f.route != DecodeRoute::peeked) f.begun.record(stream);
  f.decoder->copy_in(stream);
  (f.route == DecodeRoute::copied ? f.done : f.copied).record(stream);
  if (f.route == DecodeRoute::staged) {
    f.copied.hold_back(decode_stream_.get());
    decode(f);
  }
  f.launched = f.route != DecodeRoute::peeked;
}

void CudaUnpacker::decode(Flight& f) {
  void* stream = decode_stream_.get();
  f.decoding.record(stream);
  f.decoder->decode(stream);
  f.done.record(stream);
}

void CudaUnpacker::advance() {
  for (std::uint64_t i = ended_; i < begun_; ++i) {
    Flight& f = flights_[i % Pipeline::kAtOnce];
    if (f.launched) continue;
    if (!f.copied.done()) return;
    try {
      f.decoder->look();
      decode(f);
    } catch (const BadFrame& bad) {
      f.fault = bad.what();
    }
    f.launched = true;
  }
}

bool CudaUnpacker::ready() {
  advance();
  const Flight& f = flights_[ended_ % Pipeline::kAtOnce];
  return f.launched && (f.route == DecodeRoute::none || !f.fault.empty() || f.done.done());
}

StageSpans CudaUnpacker::end() {
  assert(ended_ < begun_);
  Flight& f = flights_[ended_ % Pipeline::kAtOnce];
  while (!ready()) std::this_thread::yield();
  ++ended_;
  if (!f.fault.empty()) throw BadFrame(f.fault);
  f.decoder->check();
  const auto copied = [&](const Event& end) {
    return copier_.span(Stage::kv_install, *f.anchor, f.issued, f.begun, end);
  };
  const auto decoded = [&] {
    return decoder_.span(f.stage, *f.anchor, f.issued, f.decoding, f.done);
  };
  switch (f.route) {
    case DecodeRoute::none:
      break;
    case DecodeRoute::copied:
      return {copied(f.done)};
    case DecodeRoute::peeked:
      return {decoded()};
    case DecodeRoute::staged: {
      const Span before = copied(f.copied);
      return {before, decoded()};
    }
  }
  return {{Stage::kv_install, f.issued, f.issued}};
}

}  // namespace splitbench
