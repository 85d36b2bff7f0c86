#include <fmt/format.h>
#include <memory>
#include <stdexcept>
#include <zstd.h>

#include "codec/peers/cpu_batch.hpp"

namespace splitbench {
namespace {

std::size_t checked(std::size_t result, const char* attempted) {
  if (ZSTD_isError(result))
    throw std::runtime_error(fmt::format("zstd: {}: {}", attempted, ZSTD_getErrorName(result)));
  return result;
}

class ZstdCoder final : public ChunkCoder {
 public:
  explicit ZstdCoder(int level) : level_(level) {
    if (!compressor_ || !decompressor_) throw std::bad_alloc();
  }

  std::size_t bound(std::size_t bytes) const override { return ZSTD_compressBound(bytes); }

  std::size_t compress(std::span<const std::byte> raw, std::span<std::byte> out) override {
    return checked(ZSTD_compressCCtx(compressor_.get(), out.data(), out.size(), raw.data(),
                                     raw.size(), level_),
                   "compress");
  }

  void decompress(std::span<const std::byte> compressed, std::span<std::byte> raw) override {
    const std::size_t bytes =
        checked(ZSTD_decompressDCtx(decompressor_.get(), raw.data(), raw.size(), compressed.data(),
                                    compressed.size()),
                "decompress");
    if (bytes != raw.size()) throw std::runtime_error("zstd: a chunk came back in another size");
  }

 private:
  struct Free {
    void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
    void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
  };

  int level_;
  std::unique_ptr<ZSTD_CCtx, Free> compressor_{ZSTD_createCCtx()};
  std::unique_ptr<ZSTD_DCtx, Free> decompressor_{ZSTD_createDCtx()};
};

Peer zstd_peer(int level, bool planes) {
  return {.name = fmt::format("zstd-{}{}", level, planes ? "-planes" : ""),
          .device = PeerDevice::cpu,
          .planes = planes,
          .chunk_bytes = kCpuChunkBytes,
          .batch = [=](std::span<const PeerTensor> tensors, const PeerOptions& options) {
            return make_cpu_batch(tensors, options, planes,
                                  [=] { return std::make_unique<ZstdCoder>(level); });
          }};
}

}  // namespace

/// Level 1 is its fastest without giving up entropy coding, 3 what people get who do not choose; KV
/// has no repeats that higher ones could find. Frames carry no checksum, as is its default.
std::vector<Peer> zstd_peers() {
  return {zstd_peer(1, false), zstd_peer(1, true), zstd_peer(3, false), zstd_peer(3, true)};
}

}  // namespace splitbench
