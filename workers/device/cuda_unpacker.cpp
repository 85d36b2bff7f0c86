#include "workers/device/cuda_unpacker.hpp"

#include <algorithm>
#include <cassert>
#include <thread>

#include "network/real_loop.hpp"
#include "workers/device/cuda_packer.hpp"

namespace splitbench {

CudaUnpacker::CudaUnpacker(const BackendSpec& spec, const DeviceBuffer& kv)
    : pipeline_(spec.pipeline),
      kv_(kv),
      device_staging_(spec.device_staging),
      codec_({kMaxPieces, spec.pipeline.staging_plan().chunk_bytes /
                              element_bytes(spec.pipeline.element_type)}) {
  const std::uint64_t slot_bytes = spec.pipeline.staging_plan().slot_bytes;
  for (std::size_t i = 0; i < Pipeline::kAtOnce; ++i)
    flights_.emplace_back(spec.device_staging ? 0 : slot_bytes);
}

void CudaUnpacker::begin(const Job& job, std::uint64_t offset, const Chunk& chunk,
                         std::span<const std::byte> payload) {
  assert(begun_ - ended_ < Pipeline::kAtOnce);
  Flight& f = flights_[begun_ % Pipeline::kAtOnce];
  f.anchor = clock_.anchor();
  f.issued = RealLoop::clock_now();
  f.arm = job.arm;
  f.payload_bytes = payload.size();
  f.tasks.clear();
  f.in_place = device_staging_;
  f.launched = true;
  f.on_device = !(f.in_place && job.arm == Arm::raw);
  f.fault.clear();
  try {
    if (job.arm == Arm::raw) {
      copy_raw(f, job, offset, chunk, payload);
    } else {
      plan_tasks(f, job, offset, chunk);
      if (f.in_place)
        fetch_headers(f, chunk, payload.data());
      else
        copy_in(f, payload);
    }
  } catch (const BadFrame& bad) {
    f.fault = bad.what();
  }
  ++begun_;
}

void CudaUnpacker::copy_raw(Flight& f, const Job& job, std::uint64_t offset, const Chunk& chunk,
                            std::span<const std::byte> payload) {
  if (payload.size() != pipeline_.bytes_of(chunk.elements))
    throw BadFrame("payload is not as long as its chunk");
  if (f.in_place) return;
  const KvLayout layout(pipeline_.model, pipeline_.element_type, job);
  void* stream = copy_stream_.get();
  f.begun.record(stream);
  const std::byte* from = payload.data();
  for (const Piece& piece : chunk.pieces) {
    const std::uint64_t bytes = layout.bytes_of(piece);
    copy_async(kv_.data() + offset + layout.at(piece), from, bytes, stream);
    from += bytes;
  }
  f.done.record(stream);
}

void CudaUnpacker::plan_tasks(Flight& f, const Job& job, std::uint64_t offset, const Chunk& chunk) {
  const KvLayout layout(pipeline_.model, pipeline_.element_type, job);
  for (const Piece& piece : chunk.pieces)
    f.tasks.push_back(
        {.frame = nullptr,
         .frame_bytes = 0,
         .output = {.elements = piece.elements, .data = kv_.data() + offset + layout.at(piece)},
         .element_type = pipeline_.element_type});
}

void CudaUnpacker::copy_in(Flight& f, std::span<const std::byte> payload) {
  std::uint64_t at = 0;
  for (DecodeTask& task : f.tasks) {
    task.frame = f.frames.data() + at;
    const FrameHeader header = read_header(payload.subspan(at));
    task.frame_bytes = header.frame_bytes;
    task.kind = header.kind;
    if (task.frame_bytes > payload.size() - at) throw BadFrame("payload ends within a frame");
    at += task.frame_bytes;
  }
  if (at != payload.size()) throw BadFrame("payload goes on after its chunk");
  void* stream = copy_stream_.get();
  f.begun.record(stream);
  copy_async(f.frames.data(), payload.data(), payload.size(), stream);
  f.copied.record(stream);
  f.copied.hold_back(decode_stream_.get());
  decode(f);
}

void CudaUnpacker::fetch_headers(Flight& f, const Chunk& chunk, const std::byte* payload) {
  const std::vector<std::uint64_t> places = frame_places(pipeline_, chunk);
  void* stream = copy_stream_.get();
  for (std::size_t i = 0; i < f.tasks.size(); ++i) {
    f.tasks[i].frame = payload + places[i];
    f.tasks[i].frame_bytes = places[i + 1] - places[i];  // at most
    copy_async(f.headers.data() + i * kHeaderBytes, f.tasks[i].frame, kHeaderBytes, stream);
  }
  f.copied.record(stream);
  f.launched = false;
}

void CudaUnpacker::decode_in_place(Flight& f) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < f.tasks.size(); ++i) {
    const auto header = std::span(f.headers.data() + i * kHeaderBytes, kHeaderBytes);
    const std::uint64_t frame_bytes = read_header(header).frame_bytes;
    if (frame_bytes > f.tasks[i].frame_bytes) throw BadFrame("a frame is longer than its piece's");
    f.tasks[i].frame_bytes = frame_bytes;
    sum += frame_bytes;
  }
  if (sum != f.payload_bytes) throw BadFrame("payload is not as long as its frames");
  decode(f);
}

void CudaUnpacker::decode(Flight& f) {
  void* stream = decode_stream_.get();
  f.decoding.record(stream);
  codec_.decode(f.tasks, f.statuses.as<DecodeStatus>(), stream);
  f.done.record(stream);
  f.launched = true;
}

void CudaUnpacker::advance() {
  for (std::uint64_t i = ended_; i < begun_; ++i) {
    Flight& f = flights_[i % Pipeline::kAtOnce];
    if (f.launched) continue;
    if (!f.copied.done()) return;
    try {
      decode_in_place(f);
    } catch (const BadFrame& bad) {
      f.fault = bad.what();
      f.launched = true;
    }
  }
}

bool CudaUnpacker::ready() {
  advance();
  const Flight& f = flights_[ended_ % Pipeline::kAtOnce];
  return f.launched && (!f.on_device || !f.fault.empty() || f.done.done());
}

std::vector<Span> CudaUnpacker::end() {
  assert(ended_ < begun_);
  Flight& f = flights_[ended_ % Pipeline::kAtOnce];
  while (!ready()) std::this_thread::yield();
  ++ended_;
  if (!f.fault.empty()) throw BadFrame(f.fault);
  for (std::size_t i = 0; i < f.tasks.size(); ++i)
    if (const DecodeStatus& status = f.statuses.as<DecodeStatus>()[i]; !status.ok())
      throw BadFrame(status.fault);

  if (!f.on_device) return {{Stage::kv_install, f.issued, f.issued}};
  const auto copied = [&](const Event& end) {
    return copier_.span(Stage::kv_install, *f.anchor, f.issued, f.begun, end);
  };
  if (f.arm == Arm::raw) return {copied(f.done)};
  const Stage stage = encodes(f.arm) ? Stage::decode_codec : Stage::kv_install;
  const Span decoded = decoder_.span(stage, *f.anchor, f.issued, f.decoding, f.done);
  if (f.in_place) return {decoded};
  return {copied(f.copied), decoded};
}

}  // namespace splitbench
