#include <fmt/format.h>
#include <memory>
#include <stdexcept>

#include "codec/cuda/cuda_codec.hpp"
#include "sim/bench/codec/codec_bench_cuda.hpp"

namespace splitbench {
namespace {

/// One repeat's buffers, and a peer's batch of what lies in them.
struct PeerSet {
  BenchBuffers buffers;
  std::unique_ptr<PeerBatch> batch;
};

class CudaPeerBench {
 public:
  CudaPeerBench(const BenchElements& elements, const BenchCase& bench)
      : bench_(bench),
        tensors_(lay_out(elements, bench)),
        row_(row_on_cuda(elements, bench, tensors_)),
        codec_({.tasks = 1, .elements = most_bytes()}) {
    row_.bench.chunk_bytes = peer_chunk_bytes(elements, bench);
    for (std::size_t i = 0; i < buffers_needed(row_.bench.bytes); ++i) {
      PeerSet set{.buffers = make_buffers(tensors_, stream_), .batch = nullptr};
      std::vector<PeerTensor> tasks;
      for (const BenchTensor& tensor : tensors_) {
        tasks.push_back({.raw = {set.buffers.input.data() + tensor.begin, tensor.bytes},
                         .back = {set.buffers.output.data() + tensor.begin, tensor.bytes}});
      }
      set.batch = bench.codec.peer->batch(tasks, {.type = elements.type,
                                                  .chunk_bytes = row_.bench.chunk_bytes,
                                                  .threads = 1,
                                                  .stream = stream_.get()});
      sets_.push_back(std::move(set));
    }
  }

  BenchRow run() {
    row_.copy_out = time([&](PeerSet& set) { copy(set.buffers); });
    row_.copy_in = row_.copy_out;
    row_.encode = time([](PeerSet& set) { set.batch->compress(); });
    for (PeerSet& set : sets_) {
      set.batch->compress();
      set.batch->finish();
      row_.frame_bytes = set.batch->compressed_bytes();
      forget(set.buffers);
    }
    row_.decode = time([](PeerSet& set) { set.batch->decompress(); });
    for (PeerSet& set : sets_) {
      forget(set.buffers);
      set.batch->decompress();
      set.batch->finish();
      verify(set.buffers);
    }
    return row_;
  }

 private:
  std::uint64_t most_bytes() const {
    std::uint64_t most = 0;
    for (const BenchTensor& tensor : tensors_) most = std::max(most, tensor.bytes);
    return most;
  }

  void copy(const BenchBuffers& buffers) {
    copy_async(buffers.output.data(), buffers.input.data(), row_.bench.bytes, stream_.get());
  }

  /// So that nothing is taken for decoded that was there before.
  void forget(const BenchBuffers& buffers) {
    const std::vector<std::byte> nothing(row_.bench.bytes);
    copy_async(buffers.output.data(), nothing.data(), nothing.size(), stream_.get());
    synchronize(stream_.get());
  }

  void verify(const BenchBuffers& buffers) {
    for (const BenchTensor& tensor : tensors_) {
      codec_.digest({buffers.output.data() + tensor.begin, tensor.bytes}, 0,
                    digest_.as<std::uint64_t>(), stream_.get());
      synchronize(stream_.get());
      if (*digest_.as<std::uint64_t>() == digest_of(tensor)) continue;
      throw std::logic_error(
          fmt::format("codec bench: {} gave back other elements", bench_.codec.name));
    }
  }

  /// Peers take longer to launch than our own two kernels do.
  BenchTime time(const std::function<void(PeerSet&)>& work) {
    return time_on_device(bench_.repeats, std::chrono::milliseconds(1), stream_,
                          [&](std::size_t i) { work(sets_[i % sets_.size()]); });
  }

  const BenchCase& bench_;
  const std::vector<BenchTensor> tensors_;
  BenchRow row_;
  Stream stream_;
  PinnedBuffer digest_{sizeof(std::uint64_t)};
  CudaCodec codec_;  ///< for its digest
  std::vector<PeerSet> sets_;
};

}  // namespace

BenchRow bench_peer_on_cuda(const BenchElements& elements, const BenchCase& bench) {
  return CudaPeerBench(elements, bench).run();
}

}  // namespace splitbench
