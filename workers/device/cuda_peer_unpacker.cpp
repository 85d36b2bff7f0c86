#include "workers/device/cuda_peer_unpacker.hpp"

#include <cassert>
#include <thread>

#include "codec/baselines/peer.hpp"
#include "codec/errors.hpp"
#include "network/real_loop.hpp"
#include "workers/device/cuda_peer_packer.hpp"

namespace splitbench {

CudaPeerUnpacker::CudaPeerUnpacker(const BackendSpec& spec, const DeviceBuffer& kv)
    : pipeline_(spec.pipeline), kv_(kv), flights_(Pipeline::kAtOnce) {
  for (const Arm arm : spec.arms)
    if (baseline_of(arm) != nullptr && works_on(arm, CodecDevice::cuda))
      for (Flight& f : flights_)
        f.readers.emplace(arm, installed_baseline(name_of(arm)).reader(payload_limits(pipeline_)));
}

void CudaPeerUnpacker::begin(const Job& job, std::uint64_t offset, const Chunk& chunk,
                             std::span<const std::byte> payload) {
  assert(begun_ - ended_ < Pipeline::kAtOnce);
  Flight& f = flights_[begun_ % Pipeline::kAtOnce];
  const KvLayout layout(pipeline_.model, pipeline_.element_type, job);
  std::vector<std::span<std::byte>> pieces;
  for (const Piece& piece : chunk.pieces)
    pieces.emplace_back(kv_.data() + offset + layout.at(piece), layout.bytes_of(piece));
  f.anchor = clock_.anchor();
  f.issued = RealLoop::clock_now();
  f.fault.clear();
  const auto reader = f.readers.find(job.arm);
  f.reader = reader == f.readers.end() ? nullptr : reader->second.get();
  try {
    launch(f, payload, pieces);
  } catch (const BadFrame& bad) {
    f.fault = bad.what();
  }
  ++begun_;
}

void CudaPeerUnpacker::launch(Flight& f, std::span<const std::byte> payload,
                              std::span<const std::span<std::byte>> pieces) {
  if (f.reader == nullptr) throw BadFrame("nobody announced the arm of a job");
  f.reader->take(payload, pieces);
  void* copying = copy_stream_.get();
  void* decoding = decode_stream_.get();
  f.begun.record(copying);
  copy_async(f.reader->payload(), payload.data(), payload.size(), copying);
  f.copied.record(copying);
  f.copied.hold_back(decoding);
  f.decoding.record(decoding);
  f.reader->read(decoding);
  f.done.record(decoding);
}

bool CudaPeerUnpacker::ready() {
  const Flight& f = flights_[ended_ % Pipeline::kAtOnce];
  return !f.fault.empty() || f.done.done();
}

std::vector<Span> CudaPeerUnpacker::end() {
  assert(ended_ < begun_);
  while (!ready()) std::this_thread::yield();
  const Flight& f = flights_[ended_++ % Pipeline::kAtOnce];
  if (!f.fault.empty()) throw BadFrame(f.fault);
  f.reader->check();
  return {copier_.span(Stage::kv_install, *f.anchor, f.issued, f.begun, f.copied),
          decoder_.span(Stage::decode_codec, *f.anchor, f.issued, f.decoding, f.done)};
}

}  // namespace splitbench
