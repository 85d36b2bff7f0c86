#include <lz4.h>
#include <memory>
#include <stdexcept>

#include "codec/baselines/cpu_batch.hpp"

namespace splitbench {
namespace {

const char* characters(std::span<const std::byte> bytes) {
  return reinterpret_cast<const char*>(bytes.data());
}
char* characters(std::span<std::byte> bytes) {
  return reinterpret_cast<char*>(bytes.data());
}

class Lz4Coder final : public ChunkCoder {
 public:
  std::size_t bound(std::size_t bytes) const override {
    return static_cast<std::size_t>(LZ4_compressBound(static_cast<int>(bytes)));
  }

  std::size_t compress(std::span<const std::byte> raw, std::span<std::byte> out) override {
    constexpr int kAcceleration = 1;  // its default
    const int bytes = LZ4_compress_fast_extState(state_.get(), characters(raw), characters(out),
                                                 static_cast<int>(raw.size()),
                                                 static_cast<int>(out.size()), kAcceleration);
    if (bytes <= 0) throw std::runtime_error("lz4: compress: failed");
    return static_cast<std::size_t>(bytes);
  }

  void decompress(std::span<const std::byte> compressed, std::span<std::byte> raw) override {
    const int bytes =
        LZ4_decompress_safe(characters(compressed), characters(raw),
                            static_cast<int>(compressed.size()), static_cast<int>(raw.size()));
    if (bytes < 0 || static_cast<std::size_t>(bytes) != raw.size())
      throw std::runtime_error("lz4: decompress: failed");
  }

 private:
  std::unique_ptr<LZ4_stream_t> state_ = std::make_unique<LZ4_stream_t>();
};

std::unique_ptr<ChunkCoder> lz4_coder() {
  return std::make_unique<Lz4Coder>();
}

}  // namespace

/// Returns LZ4's baselines, in its block format alone: its frame format would add a checksum. It
/// has no entropy coder, so it finds little in KV in either form.
std::vector<Baseline> lz4_baselines() {
  return {make_cpu_baseline("lz4", lz4_coder), make_cpu_baseline("lz4-planes", lz4_coder)};
}

}  // namespace splitbench
