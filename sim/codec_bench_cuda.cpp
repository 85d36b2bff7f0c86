#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>

#include "codec/cuda/cuda_codec.hpp"
#include "codec/cuda/device.hpp"
#include "codec/digest.hpp"
#include "sim/codec_bench.hpp"

namespace splitbench {
namespace {

/// Buffers of one repeat. The next repeat has others, so that caches do not help.
struct BufferSet {
  std::optional<DeviceBuffer> input, output;
  std::byte* frames = nullptr;
  std::vector<EncodeTask> encode_tasks;
  std::vector<DecodeTask> decode_tasks;
};

class CudaBench {
 public:
  CudaBench(const BenchElements& elements, const BenchCase& bench)
      : elements_(elements),
        bench_(bench),
        each_(bench.bytes / bench.tensors / 16 * 16),
        room_(max_frame_bytes(elements.type, each_ / element_bytes(elements.type))),
        results_(bench.tensors * std::max(sizeof(EncodedFrame), sizeof(DecodeStatus))),
        codec_({.tasks = bench.tensors, .elements = bench.bytes / element_bytes(elements.type)}) {
    if (bench.destination == BenchDestination::peer) reach_peer();
    // At most a few sets leave a second-level cache of tens of megabytes behind.
    const std::uint64_t count = std::clamp<std::uint64_t>((256u << 20) / bench.bytes, 1, 32);
    for (std::uint64_t i = 0; i < count; ++i) sets_.push_back(make_set());
  }

  BenchRow run() {
    BenchRow row{.backend = "cuda",
                 .device = cuda_device_name(),
                 .type = elements_.type,
                 .bench = bench_,
                 .frame_bytes = 0,
                 .escape_rate = elements_.escape_rate,
                 .encode = {},
                 .decode = {},
                 .copy_out = {},
                 .copy_in = {}};
    row.bench.bytes = raw_bytes();
    // A plain copy has the frames' place for its destination; it is as large as the raw bytes.
    row.copy_out = time([&](BufferSet& set) { copy(set.frames, set.input->data()); });
    row.copy_in = time([&](BufferSet& set) { copy(set.output->data(), set.frames); });
    const LaunchOptions options{.max_blocks = bench_.max_blocks};
    auto* const encoded = results_.as<EncodedFrame>();
    row.encode = time(
        [&](BufferSet& set) { codec_.encode(set.encode_tasks, encoded, stream_.get(), options); });
    for (BufferSet& set : sets_) {
      codec_.encode(set.encode_tasks, encoded, stream_.get(), options);
      synchronize(stream_.get());
      row.frame_bytes = 0;
      for (std::uint32_t i = 0; i < bench_.tensors; ++i) {
        set.decode_tasks[i].frame_bytes = encoded[i].frame_bytes;
        row.frame_bytes += encoded[i].frame_bytes;
      }
    }
    auto* const statuses = results_.as<DecodeStatus>();
    row.decode = time(
        [&](BufferSet& set) { codec_.decode(set.decode_tasks, statuses, stream_.get(), options); });
    const std::uint64_t expected = digest_of_tensor();
    for (std::uint32_t i = 0; i < bench_.tensors; ++i) {
      if (!statuses[i].ok() || statuses[i].digest != expected)
        throw std::logic_error("codec bench: the GPU's decoder gave back other elements");
    }
    return row;
  }

 private:
  std::uint64_t raw_bytes() const { return each_ * bench_.tensors; }

  void reach_peer() {
    if (cuda_device_count() < 2 || !reach_device(1))
      throw std::runtime_error("codec bench: a peer needs two devices that reach each other");
  }

  BufferSet make_set() {
    BufferSet set;
    set.input.emplace(raw_bytes());
    set.output.emplace(raw_bytes());
    for (std::uint64_t i = 0; i < bench_.tensors; ++i) {
      for (std::uint64_t at = 0; at < each_; at += elements_.piece.size()) {
        copy_async(set.input->data() + i * each_ + at, elements_.piece.data(),
                   std::min(elements_.piece.size(), each_ - at), stream_.get());
      }
    }
    synchronize(stream_.get());
    set.frames = make_frames(room_ * bench_.tensors);
    const std::uint64_t n = each_ / element_bytes(elements_.type);
    for (std::uint64_t i = 0; i < bench_.tensors; ++i) {
      set.encode_tasks.push_back({.input = {.elements = n, .data = set.input->data() + i * each_},
                                  .codebook = elements_.codebook,
                                  .wanted = FrameKind::splitzip,
                                  .output = set.frames + i * room_,
                                  .output_capacity = room_});
      set.decode_tasks.push_back({.frame = set.frames + i * room_,
                                  .frame_bytes = 0,
                                  .output = {.elements = n, .data = set.output->data() + i * each_},
                                  .element_type = elements_.type});
    }
    return set;
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
    copy_async(to, from, raw_bytes(), stream_.get());
  }

  BenchTime time(const std::function<void(BufferSet&)>& work) {
    constexpr int kWarmUp = 5;
    std::vector<double> seconds;
    for (int i = 0; i < kWarmUp + bench_.repeats; ++i) {
      // What is timed has all been launched when it begins.
      delay(std::chrono::microseconds(100), stream_.get());
      begin_.record(stream_.get());
      work(sets_[static_cast<std::size_t>(i) % sets_.size()]);
      end_.record(stream_.get());
      const double taken = end_.since(begin_).count();
      if (i >= kWarmUp) seconds.push_back(taken);
    }
    return bench_time(seconds);
  }

  std::uint64_t digest_of_tensor() const {
    std::uint64_t sum = 0;
    for (std::uint64_t at = 0; at < each_; at += elements_.piece.size()) {
      const std::span<const std::byte> piece(elements_.piece);
      sum += digest(piece.first(std::min<std::uint64_t>(piece.size(), each_ - at)), at / 8);
    }
    return sum;
  }

  const BenchElements& elements_;
  const BenchCase& bench_;
  std::uint64_t each_;  ///< bytes of a tensor
  std::uint64_t room_;  ///< for a tensor's frame
  Stream stream_;
  Event begin_, end_;
  PinnedBuffer results_;
  CudaCodec codec_;
  std::vector<DeviceBuffer> device_;
  std::vector<PinnedBuffer> pinned_;
  std::vector<BufferSet> sets_;
};

}  // namespace

BenchRow bench_on_cuda(const BenchElements& elements, const BenchCase& bench) {
  return CudaBench(elements, bench).run();
}

}  // namespace splitbench
