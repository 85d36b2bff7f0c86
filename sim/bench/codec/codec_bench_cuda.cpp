#include <algorithm>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <random>
#include <stdexcept>
#include <variant>
#include <vector>

#include "codec/cuda/cuda_codec.hpp"
#include "codec/cuda/device.hpp"
#include "codec/digest.hpp"
#include "sim/bench/codec/codec_bench_setup.hpp"

namespace splitbench {
namespace {

/// Returns how many sets of buffers together exceed a second-level cache of tens of megabytes.
std::size_t buffers_needed(std::uint64_t bytes) {
  return std::clamp<std::uint64_t>((256u << 20) / bytes, 1, 32);
}

std::uint64_t most_bytes(std::span<const BenchTensor> tensors) {
  return std::ranges::max_element(tensors, {}, &BenchTensor::bytes)->bytes;
}

/// Returns the digest of a tensor's bytes, wherever it begins.
std::uint64_t digest_of(const BenchTensor& tensor) {
  std::uint64_t sum = 0;
  tensor.for_each_part([&](std::uint64_t at, std::span<const std::byte> part) {
    sum += digest(part, (at - tensor.begin) / sizeof(std::uint64_t));
  });
  return sum;
}

/// The memory of frames: a device's, or the host's.
using FrameMemory = std::variant<DeviceBuffer, PinnedBuffer>;

FrameMemory frame_memory(BenchDestination destination, std::uint64_t bytes) {
  if (destination == BenchDestination::pinned) return PinnedBuffer(bytes);
  if (destination == BenchDestination::device) return DeviceBuffer(bytes);
  use_device(1);
  DeviceBuffer frames(bytes);
  use_device(0);
  return frames;
}

/// Our codec and the memory of its results. The coders of all sets share it, because its calls go
/// into one stream.
struct SharedCodec {
  SharedCodec(ElementType type, const BenchCase& bench)
      : codec({.tasks = bench.tensors, .elements = bench.bytes / element_bytes(type)}),
        results(bench.tensors * std::max(sizeof(EncodedFrame), sizeof(DecodeStatus))) {}

  CudaCodec codec;
  PinnedBuffer results;
};

/// The pages of tensors that lie one behind the other: those of each tensor in no order, except
/// that one which is not full stays the last.
class PageTable {
 public:
  PageTable(std::byte* memory, std::span<const BenchTensor> tensors, std::uint64_t page_bytes,
            void* stream)
      : page_bytes_(page_bytes) {
    std::mt19937_64 random(1);
    std::vector<std::byte*> pages;
    for (const BenchTensor& tensor : tensors) {
      begins_.push_back(pages.size());
      for (std::uint64_t at = 0; at < tensor.bytes; at += page_bytes)
        pages.push_back(memory + tensor.begin + at);
      const auto whole = static_cast<std::ptrdiff_t>(tensor.bytes / page_bytes);
      const auto first = pages.begin() + static_cast<std::ptrdiff_t>(begins_.back());
      std::shuffle(first, first + whole, random);
    }
    table_.emplace(pages.size() * sizeof(std::byte*));
    copy_async(table_->data(), pages.data(), pages.size() * sizeof(std::byte*), stream);
    synchronize(stream);
  }

  /// Lets a tensor of a task, of which this is the number, be in its pages.
  template <class Tensor>
  void put(Tensor& tensor, std::size_t number) const {
    tensor.data = nullptr;
    tensor.pages = table_->as<std::byte*>() + begins_[number];
    tensor.page_bytes = page_bytes_;
  }

 private:
  const std::uint64_t page_bytes_;
  std::vector<std::size_t> begins_;
  std::optional<DeviceBuffer> table_;
};

/// Our codec on one set of buffers, with all tensors in one call.
class CudaFrameCoder final : public BenchCoder {
 public:
  CudaFrameCoder(SharedCodec& shared, ElementType type, const BenchCase& bench,
                 std::span<const BenchTensor> tensors, const BenchMemory& memory, void* stream)
      : shared_(shared),
        options_{.max_blocks = bench.max_blocks},
        stream_(stream),
        frames_(frame_memory(bench.destination, room_for(type, tensors))) {
    const auto kind = std::get<FrameKind>(bench.codec.output);
    std::byte* frame = destination();
    for (const BenchTensor& tensor : tensors) {
      const std::uint64_t n = tensor.bytes / element_bytes(type);
      const std::uint64_t room = max_frame_bytes(type, n);
      encode_tasks_.push_back({.input = {.elements = n, .data = memory.input + tensor.begin},
                               .codebook = tensor.piece->codebook_for(kind),
                               .wanted = kind,
                               .output = frame,
                               .output_capacity = room});
      decode_tasks_.push_back({.frame = frame,
                               .frame_bytes = 0,
                               .output = {.elements = n, .data = memory.output + tensor.begin},
                               .element_type = type,
                               .kind = kind});
      frame += room;
    }
    if (bench.page_bytes > 0) put_into_pages(tensors, memory, bench.page_bytes);
    if (bench.plan)
      encode_plan_ = shared_.codec.plan(encode_tasks_, shared_.results.as<EncodedFrame>());
  }

  void encode() override {
    if (encode_plan_) return shared_.codec.encode(*encode_plan_, stream_, options_);
    shared_.codec.encode(encode_tasks_, shared_.results.as<EncodedFrame>(), stream_, options_);
  }

  std::uint64_t finish_encode() override {
    synchronize(stream_);
    const auto* const encoded = shared_.results.as<EncodedFrame>();
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < decode_tasks_.size(); ++i) {
      decode_tasks_[i].frame_bytes = encoded[i].frame_bytes;
      sum += encoded[i].frame_bytes;
    }
    if (encode_plan_ && !decode_plan_)  // every repeat makes the same frames
      decode_plan_ = shared_.codec.plan(decode_tasks_, shared_.results.as<DecodeStatus>());
    return sum;
  }

  void decode() override {
    if (decode_plan_) return shared_.codec.decode(*decode_plan_, stream_, options_);
    shared_.codec.decode(decode_tasks_, shared_.results.as<DecodeStatus>(), stream_, options_);
  }

  void finish_decode() override {
    synchronize(stream_);
    const std::span statuses(shared_.results.as<DecodeStatus>(), decode_tasks_.size());
    const auto bad = std::ranges::find_if(statuses, [](auto& status) { return !status.ok(); });
    if (bad != statuses.end()) throw BadFrame(bad->fault);
  }

  std::byte* destination() const override {
    return std::visit([](const auto& memory) { return memory.data(); }, frames_);
  }

 private:
  static std::uint64_t room_for(ElementType type, std::span<const BenchTensor> tensors) {
    std::uint64_t room = 0;
    for (const BenchTensor& tensor : tensors)
      room += max_frame_bytes(type, tensor.bytes / element_bytes(type));
    return room;
  }

  void put_into_pages(std::span<const BenchTensor> tensors, const BenchMemory& memory,
                      std::uint64_t page_bytes) {
    from_.emplace(memory.input, tensors, page_bytes, stream_);
    to_.emplace(memory.output, tensors, page_bytes, stream_);
    for (std::size_t i = 0; i < tensors.size(); ++i) {
      from_->put(encode_tasks_[i].input, i);
      to_->put(decode_tasks_[i].output, i);
    }
  }

  SharedCodec& shared_;
  const LaunchOptions options_;
  void* const stream_;
  const FrameMemory frames_;
  std::optional<PageTable> from_, to_;
  std::vector<EncodeTask> encode_tasks_;
  std::vector<DecodeTask> decode_tasks_;
  std::optional<EncodePlan> encode_plan_;
  std::optional<DecodePlan> decode_plan_;
};

class CudaSetup final : public BenchSetup {
 public:
  CudaSetup(ElementType type, const BenchCase& bench, std::span<const BenchTensor> tensors)
      : bench_(bench), tensors_(tensors), digester_({.tasks = 1, .elements = most_bytes(tensors)}) {
    if (bench.destination == BenchDestination::peer) reach_peer();
    const Baseline* const baseline = bench.codec.baseline();
    if (baseline == nullptr) shared_.emplace(type, bench);
    for (std::size_t i = 0; i < buffers_needed(bench.bytes); ++i) {
      const BenchMemory memory = make_memory();
      sets_.push_back({.memory = memory, .coder = nullptr});
      if (baseline != nullptr) {
        sets_.back().coder =
            make_baseline_coder(*baseline, type, bench, tensors, memory, stream_.get());
      } else {
        sets_.back().coder =
            std::make_unique<CudaFrameCoder>(*shared_, type, bench, tensors, memory, stream_.get());
      }
    }
  }

  std::span<BenchSet> sets() override { return sets_; }

  /// Times work on the device's clock: all of it has been launched when its time begins.
  BenchTime time(const std::function<void(std::size_t)>& work) override {
    constexpr int kWarmUp = 5;
    constexpr std::chrono::milliseconds kToLaunch(1);
    Event begin, end;
    std::vector<double> seconds;
    for (int i = 0; i < kWarmUp + bench_.repeats; ++i) {
      delay(kToLaunch, stream_.get());
      begin.record(stream_.get());
      work(static_cast<std::size_t>(i));
      end.record(stream_.get());
      const double taken = end.since(begin).count();
      if (i >= kWarmUp) seconds.push_back(taken);
    }
    return bench_time(seconds);
  }

  void copy(std::byte* to, const std::byte* from) override {
    copy_async(to, from, bench_.bytes, stream_.get());
  }

  void clear_output(const BenchMemory& memory) override {
    const std::vector<std::byte> zeros(bench_.bytes);
    copy(memory.output, zeros.data());
    synchronize(stream_.get());
  }

  bool gave_back(const BenchMemory& memory) override {
    return std::ranges::all_of(tensors_, [&](const BenchTensor& tensor) {
      auto* const digest = digest_.as<std::uint64_t>();
      digester_.digest({memory.output + tensor.begin, tensor.bytes}, 0, digest, stream_.get());
      synchronize(stream_.get());
      return *digest == digest_of(tensor);
    });
  }

 private:
  static void reach_peer() {
    if (cuda_device_count() < 2 || !reach_device(1))
      throw std::runtime_error("codec bench: a peer needs two devices that reach each other");
  }

  /// Makes device memory that holds the elements, and as much again for those that come back.
  BenchMemory make_memory() {
    std::byte* const input = buffers_.emplace_back(bench_.bytes).data();
    std::byte* const output = buffers_.emplace_back(bench_.bytes).data();
    for (const BenchTensor& tensor : tensors_) {
      tensor.for_each_part([&](std::uint64_t at, std::span<const std::byte> part) {
        copy_async(input + at, part.data(), part.size(), stream_.get());
      });
    }
    synchronize(stream_.get());
    return {.input = input, .output = output};
  }

  const BenchCase& bench_;
  const std::span<const BenchTensor> tensors_;
  Stream stream_;
  PinnedBuffer digest_{sizeof(std::uint64_t)};
  CudaCodec digester_;
  std::optional<SharedCodec> shared_;
  std::vector<DeviceBuffer> buffers_;
  std::vector<BenchSet> sets_;
};

}  // namespace

BenchRow bench_on_cuda(const BenchElements& elements, const BenchCase& bench) {
  const std::vector<BenchTensor> tensors = lay_out(elements, bench);
  const BenchRow row =
      bench_row({.backend = "cuda", .name = cuda_device_name()}, elements, bench, tensors);
  CudaSetup setup(elements.type, row.bench, tensors);
  return measure(setup, row);
}

}  // namespace splitbench
