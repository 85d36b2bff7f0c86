#include <utility>

#include "codec/baselines/cpu_batch.hpp"
#include "codec/plugin/codec_library.hpp"
#include "codec/plugin/device_library.hpp"

namespace splitbench {
namespace {

/// A library's codec on host memory, which it keeps loaded.
class LibraryCoder final : public ChunkCoder {
 public:
  LibraryCoder(std::shared_ptr<const CodecLibrary> library, ElementType type)
      : library_(std::move(library)), state_(*library_, type, CodecDevice::cpu) {}

  std::size_t bound(std::size_t bytes) const override {
    return library_->bound(bytes) + CodecLibrary::kGuardBytes;
  }

  std::size_t compress(std::span<const std::byte> raw, std::span<std::byte> out) override {
    return state_.encode(raw, out);
  }

  void decompress(std::span<const std::byte> compressed, std::span<std::byte> raw) override {
    state_.decode(compressed, raw);
  }

 private:
  std::shared_ptr<const CodecLibrary> library_;
  CodecLibrary::State state_;
};

MakeCoder coder_of(const std::shared_ptr<const CodecLibrary>& library, ElementType type) {
  return [library, type] { return std::make_unique<LibraryCoder>(library, type); };
}

}  // namespace

Baseline library_baseline(const std::shared_ptr<const CodecLibrary>& library, CodecDevice device,
                          ElementType type) {
  const LibraryFacts& facts = library->facts();
  const bool cpu = device == CodecDevice::cpu;
  const Codec codec{.name = facts.name, .on_cpu = cpu, .on_cuda = !cpu, .frames = {}};
  if (!cpu) return device_baseline(codec, library);
  Baseline baseline = make_cpu_baseline(codec, coder_of(library, type));
  baseline.chunk_bytes = facts.chunk_bytes.value_or(baseline.chunk_bytes);
  baseline.batch = [library](std::span<const BaselineTensor> tensors,
                             const BaselineOptions& options) {
    return make_cpu_batch(tensors, options, false, coder_of(library, options.type));
  };
  return baseline;
}

}  // namespace splitbench
