#include <algorithm>
#include <fmt/format.h>
#include <memory>
#include <stdexcept>
#include <string_view>
#define ZSTD_STATIC_LINKING_ONLY  // declares the parameter for literals, which is as old as 1.4
#include <zstd.h>

#include "codec/baselines/cpu_batch.hpp"

namespace splitbench {
namespace {

std::size_t checked(std::size_t result, const char* attempted) {
  if (ZSTD_isError(result))
    throw std::runtime_error(fmt::format("zstd: {}: {}", attempted, ZSTD_getErrorName(result)));
  return result;
}

/// zstd of one level; at level 0, its Huffman coder alone.
class ZstdCoder final : public ChunkCoder {
 public:
  explicit ZstdCoder(int level) {
    if (!compressor_ || !decompressor_) throw std::bad_alloc();
    set(ZSTD_c_compressionLevel, std::max(level, 1));
    if (level > 0) return;
    // It looks for a match only once in as many bytes as a block has, and codes literals all the
    // same, which it would not do by itself with these parameters.
    set(ZSTD_c_strategy, ZSTD_fast);
    set(ZSTD_c_targetLength, ZSTD_TARGETLENGTH_MAX);
    set(ZSTD_c_minMatch, ZSTD_MINMATCH_MAX);
    set(ZSTD_c_literalCompressionMode, 1);  // always
  }

  std::size_t bound(std::size_t bytes) const override { return ZSTD_compressBound(bytes); }

  std::size_t compress(std::span<const std::byte> raw, std::span<std::byte> out) override {
    return checked(
        ZSTD_compress2(compressor_.get(), out.data(), out.size(), raw.data(), raw.size()),
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

  void set(ZSTD_cParameter parameter, int value) {
    checked(ZSTD_CCtx_setParameter(compressor_.get(), parameter, value), "set a parameter");
  }

  std::unique_ptr<ZSTD_CCtx, Free> compressor_{ZSTD_createCCtx()};
  std::unique_ptr<ZSTD_DCtx, Free> decompressor_{ZSTD_createDCtx()};
};

Baseline zstd(std::string_view name, int level) {
  return make_cpu_baseline(name, [=] { return std::make_unique<ZstdCoder>(level); });
}

}  // namespace

/// Returns zstd's baselines. Level 1 is its fastest without giving up entropy coding, 3 its
/// default. Whether matches pay depends on the model: where they find little (the first layer's V
/// repeats with its token, hardly anything else does), Huffman codes alone are smaller, and always
/// faster. Frames carry no checksum, as is its default.
std::vector<Baseline> zstd_baselines() {
  return {zstd("zstd-huffman-planes", 0), zstd("zstd-1", 1), zstd("zstd-1-planes", 1),
          zstd("zstd-3", 3), zstd("zstd-3-planes", 3)};
}

}  // namespace splitbench
