#include "workers/device/cuda_packer.hpp"

#include <algorithm>
#include <cassert>
#include <thread>

#include "network/real_loop.hpp"

namespace splitbench {
namespace {

/// So few blocks fill PCIe, and leave the other multiprocessors to the model (four encode as fast).
constexpr std::uint32_t kHostBlocks = 8;
/// NVLink wants more of them.
constexpr std::uint32_t kPeerBlocks = 64;

}  // namespace

std::vector<std::uint64_t> frame_places(const Pipeline& pipeline, const Chunk& chunk) {
  std::vector<std::uint64_t> places{0};
  for (const Piece& piece : chunk.pieces)
    places.push_back(places.back() + max_frame_bytes(pipeline.element_type, piece.elements));
  return places;
}

CudaPacker::CudaPacker(const BackendSpec& spec, const DeviceBuffer& kv)
    : pipeline_(spec.pipeline),
      source_(spec.source),
      kv_(kv),
      device_staging_(spec.device_staging),
      codec_({kMaxPieces, spec.pipeline.staging_plan().chunk_bytes /
                              element_bytes(spec.pipeline.element_type)}) {
  const std::uint64_t slot_bytes = spec.pipeline.staging_plan().slot_bytes;
  for (std::size_t i = 0; i < Pipeline::kAtOnce; ++i)
    flights_.emplace_back(spec.device_staging ? 0 : slot_bytes);
}

void CudaPacker::begin(const Job& job, std::uint64_t offset, const Chunk& chunk,
                       std::span<const Coding> codings, const Destination& to) {
  assert(begun_ - ended_ < Pipeline::kAtOnce);
  Flight& f = flights_[begun_ % Pipeline::kAtOnce];
  f.anchor = clock_.anchor();
  f.issued = RealLoop::clock_now();
  f.arm = job.arm;
  f.stage = pack_stage(codings);
  f.slot = to.slot;
  const bool fused = device_staging_ || (pipeline_.fused_encode && chunk.pieces.size() == 1);
  f.staged = job.arm != Arm::raw && !fused;
  f.copied = !f.staged;
  f.sampled_pieces.clear();
  if (job.arm == Arm::raw)
    copy_raw(f, job, offset, chunk, to);
  else
    encode(f, job, offset, chunk, codings, f.staged ? f.frames.data() : to.slot.data());
  ++begun_;
}

void CudaPacker::copy_raw(Flight& f, const Job& job, std::uint64_t offset, const Chunk& chunk,
                          const Destination& to) {
  const KvLayout layout(pipeline_.model, pipeline_.element_type, job);
  void* stream = copy_stream_.get();
  f.begun.record(stream);
  std::byte* slot = to.slot.data();
  for (const Piece& piece : chunk.pieces) {
    const std::uint64_t bytes = layout.bytes_of(piece);
    std::byte* place = to.pool ? to.pool + job.decode_offset + layout.at(piece) : slot;
    copy_async(place, kv_.data() + offset + layout.at(piece), bytes, stream);
    slot += bytes;
  }
  f.done.record(stream);
  f.raw_bytes = pipeline_.bytes_of(chunk.elements);
}

void CudaPacker::encode(Flight& f, const Job& job, std::uint64_t offset, const Chunk& chunk,
                        std::span<const Coding> codings, std::byte* out) {
  const KvLayout layout(pipeline_.model, pipeline_.element_type, job);
  const std::vector<std::uint64_t> places = frame_places(pipeline_, chunk);
  std::vector<EncodeTask> tasks;
  f.outputs.clear();
  for (std::size_t i = 0; i < chunk.pieces.size(); ++i) {
    const Piece& piece = chunk.pieces[i];
    f.outputs.push_back(out + places[i]);
    tasks.push_back(
        {.input = {.elements = piece.elements, .data = kv_.data() + offset + layout.at(piece)},
         .codebook = codings[i].codebook,
         .wanted = codings[i].wanted,
         .output = f.outputs.back(),
         .output_capacity = places[i + 1] - places[i]});
  }
  const LaunchOptions share{.max_blocks = f.staged          ? 0
                                          : device_staging_ ? kPeerBlocks
                                                            : kHostBlocks};
  sample(f, tasks, codings);
  void* stream = encode_stream_.get();
  f.begun.record(stream);
  codec_.encode(tasks, f.results.as<EncodedFrame>(), stream, share);
  (f.staged ? f.encoded : f.done).record(stream);
}

void CudaPacker::sample(Flight& f, std::span<const EncodeTask> tasks,
                        std::span<const Coding> codings) {
  std::vector<SampleTask> samples;
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    if (!codings[i].sample) continue;
    f.sampled_pieces.push_back(i);
    samples.push_back({.data = tasks[i].input.data,
                       .elements = tasks[i].input.elements,
                       .element_type = pipeline_.element_type});
  }
  if (samples.empty()) return;
  sample_exponents(samples, f.samples.as<SampledExponents>(), sample_stream_.get());
  f.sampled.record(sample_stream_.get());
}

CodedPiece CudaPacker::Flight::piece(std::size_t index) const {
  const EncodedFrame& frame = result(index);
  CodedPiece piece{.kind = frame.kind,
                   .frame_bytes = frame.frame_bytes,
                   .escapes = frame.escapes,
                   .sample = std::nullopt};
  const auto found = std::ranges::find(sampled_pieces, index);
  if (found != sampled_pieces.end())
    piece.sample = samples.as<SampledExponents>()[found - sampled_pieces.begin()].histogram();
  return piece;
}

void CudaPacker::copy_out(Flight& f) {
  void* stream = copy_stream_.get();
  f.copy_issued = RealLoop::clock_now();
  f.copying.record(stream);
  std::byte* slot = f.slot.data();
  for (std::size_t i = 0; i < f.outputs.size(); ++i) {
    copy_async(slot, f.outputs[i], f.result(i).frame_bytes, stream);
    slot += f.result(i).frame_bytes;
  }
  f.done.record(stream);
  f.copied = true;
}

void CudaPacker::advance() {
  for (std::uint64_t i = ended_; i < begun_; ++i) {
    Flight& f = flights_[i % Pipeline::kAtOnce];
    if (f.copied) continue;
    if (!f.encoded.done()) return;
    copy_out(f);
  }
}

bool CudaPacker::ready() {
  advance();
  const Flight& f = flights_[ended_ % Pipeline::kAtOnce];
  return f.copied && f.done.done() && (f.sampled_pieces.empty() || f.sampled.done());
}

Packed CudaPacker::end() {
  assert(ended_ < begun_);
  Flight& f = flights_[ended_ % Pipeline::kAtOnce];
  while (!ready()) std::this_thread::yield();
  Packed packed;
  if (f.arm == Arm::raw) {
    packed.payload_bytes = f.raw_bytes;
    packed.spans = {copier_.span(Stage::xfer_prep, *f.anchor, f.issued, f.begun, f.done)};
  } else {
    for (std::size_t i = 0; i < f.outputs.size(); ++i) {
      packed.pieces.push_back(f.piece(i));
      packed.payload_bytes += packed.pieces.back().frame_bytes;
    }
    if (f.staged)
      packed.spans = {encoder_.span(f.stage, *f.anchor, f.issued, f.begun, f.encoded),
                      copier_.span(Stage::xfer_prep, *f.anchor, f.copy_issued, f.copying, f.done)};
    else
      packed.spans = {encoder_.span(f.stage, *f.anchor, f.issued, f.begun, f.done)};
  }
  ++ended_;
  return packed;
}

}  // namespace splitbench
