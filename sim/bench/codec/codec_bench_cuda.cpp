#include "sim/bench/codec/codec_bench_cuda.hpp"

#include <algorithm>
#include <functional>
#include <stdexcept>

#include "codec/cuda/cuda_codec.hpp"

namespace splitbench {
namespace {

/// Buffers of one repeat, and what is done with them.
struct BufferSet {
  BenchBuffers buffers;
  std::byte* frames = nullptr;
  std::vector<EncodeTask> encode_tasks;
  std::vector<DecodeTask> decode_tasks;
};

class CudaBench {
 public:
  CudaBench(const BenchElements& elements, const BenchCase& bench)
      : elements_(elements),
        bench_(bench),
        tensors_(lay_out(elements, bench)),
        row_(row_on_cuda(elements, bench, tensors_)),
        results_(tensors_.size() * std::max(sizeof(EncodedFrame), sizeof(DecodeStatus))),
        codec_({.tasks = row_.bench.tensors,
                .elements = row_.bench.bytes / element_bytes(elements.type)}) {
    if (bench.destination == BenchDestination::peer) reach_peer();
    for (std::size_t i = 0; i < buffers_needed(row_.bench.bytes); ++i) sets_.push_back(make_set());
  }

  BenchRow run() {
    // A plain copy has the frames' place for its destination; it is as large as the raw bytes.
    row_.copy_out = time([&](BufferSet& set) { copy(set.frames, set.buffers.input.data()); });
    row_.copy_in = time([&](BufferSet& set) { copy(set.buffers.output.data(), set.frames); });
    const LaunchOptions options{.max_blocks = bench_.max_blocks};
    auto* const encoded = results_.as<EncodedFrame>();
    row_.encode = time(
        [&](BufferSet& set) { codec_.encode(set.encode_tasks, encoded, stream_.get(), options); });
    for (BufferSet& set : sets_) {
      codec_.encode(set.encode_tasks, encoded, stream_.get(), options);
      synchronize(stream_.get());
      row_.frame_bytes = 0;
      for (std::size_t i = 0; i < tensors_.size(); ++i) {
        set.decode_tasks[i].frame_bytes = encoded[i].frame_bytes;
        row_.frame_bytes += encoded[i].frame_bytes;
      }
    }
    auto* const statuses = results_.as<DecodeStatus>();
    row_.decode = time(
        [&](BufferSet& set) { codec_.decode(set.decode_tasks, statuses, stream_.get(), options); });
    for (std::size_t i = 0; i < tensors_.size(); ++i) {
      if (!statuses[i].ok() || statuses[i].digest != digest_of(tensors_[i]))
        throw std::logic_error("codec bench: the GPU's decoder gave back other elements");
    }
    return row_;
  }

 private:
  void reach_peer() {
    if (cuda_device_count() < 2 || !reach_device(1))
      throw std::runtime_error("codec bench: a peer needs two devices that reach each other");
  }

  std::uint64_t elements_of(const BenchTensor& tensor) const {
    return tensor.bytes / element_bytes(elements_.type);
  }

  BufferSet make_set() {
    BufferSet set{.buffers = make_buffers(tensors_, stream_)};
    std::uint64_t room = 0;
    for (const BenchTensor& tensor : tensors_) room += room_for(tensor);
    set.frames = make_frames(room);
    std::byte* frame = set.frames;
    for (const BenchTensor& tensor : tensors_) {
      const std::uint64_t n = elements_of(tensor);
      set.encode_tasks.push_back(
          {.input = {.elements = n, .data = set.buffers.input.data() + tensor.begin},
           .codebook = tensor.piece->codebook_for(bench_.codec.kind),
           .wanted = bench_.codec.kind,
           .output = frame,
           .output_capacity = room_for(tensor)});
      set.decode_tasks.push_back(
          {.frame = frame,
           .frame_bytes = 0,
           .output = {.elements = n, .data = set.buffers.output.data() + tensor.begin},
           .element_type = elements_.type,
           .kind = bench_.codec.kind});
      frame += room_for(tensor);
    }
    return set;
  }

  std::uint64_t room_for(const BenchTensor& tensor) const {
    return max_frame_bytes(elements_.type, elements_of(tensor));
  }

  std::byte* make_frames(std::uint64_t bytes) {
    if (bench_.destination == BenchDestination::pinned) return pinned_.emplace_back(bytes).data();
    if (bench_.destination == BenchDestination::device) return device_.emplace_back(bytes).data();
    use_device(1);
    std::byte* const frames = device_.emplace_back(bytes).data();
    use_device(0);
    return frames;
  }

  void copy(std::byte* to, const std::byte* from) {
    copy_async(to, from, row_.bench.bytes, stream_.get());
  }

  BenchTime time(const std::function<void(BufferSet&)>& work) {
    return time_on_device(bench_.repeats, std::chrono::milliseconds(1), stream_,
                          [&](std::size_t i) { work(sets_[i % sets_.size()]); });
  }

  const BenchElements& elements_;
  const BenchCase& bench_;
  const std::vector<BenchTensor> tensors_;
  BenchRow row_;
  Stream stream_;
  PinnedBuffer results_;
  CudaCodec codec_;
  std::vector<DeviceBuffer> device_;
  std::vector<PinnedBuffer> pinned_;
  std::vector<BufferSet> sets_;
};

}  // namespace

BenchRow bench_on_cuda(const BenchElements& elements, const BenchCase& bench) {
  if (bench.codec.peer != nullptr) return bench_peer_on_cuda(elements, bench);
  return CudaBench(elements, bench).run();
}

}  // namespace splitbench
