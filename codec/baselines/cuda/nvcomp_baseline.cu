#include "codec/baselines/cuda/device_payload.cuh"
#include "codec/baselines/cuda/nvcomp_batch.cuh"

namespace splitbench {
namespace {

// The low-level batched interface, as its documents advise where speed counts: no allocation and no
// synchronization within a call. Chunks of 64 KiB are what they recommend for throughput.
constexpr std::uint64_t kChunkBytes = 64 << 10;

/// The elements as the coder sees them: a byte for each with planes.
struct Seen {
  ElementType type;
  bool planes;

  bool words() const { return type == ElementType::bf16 && !planes; }
};

nvcompType_t integral(Seen seen) {
  return seen.words() ? NVCOMP_TYPE_USHORT : NVCOMP_TYPE_UCHAR;
}

/// Returns nvCOMP's type for "all half-precision data formats" if the coder sees elements of one.
nvcompType_t floating(Seen seen) {
  return seen.words() ? NVCOMP_TYPE_FLOAT16 : NVCOMP_TYPE_UCHAR;
}

/// Returns ANS. The type lets it code exponents apart from the rest by itself. The decoder is given
/// all that it accepts beforehand (type and states, here the encoder's default): it is faster then.
auto ans(Seen seen) {
  NvcompCodec<nvcompBatchedANSCompressOpts_t, nvcompBatchedANSDecompressOpts_t> codec{
      nvcompBatchedANSCompressGetTempSize,  nvcompBatchedANSCompressGetMaxOutputChunkSize,
      nvcompBatchedANSCompressAsync,        nvcompBatchedANSDecompressGetTempSize,
      nvcompBatchedANSDecompressAsync,      nvcompBatchedANSCompressDefaultOpts,
      nvcompBatchedANSDecompressDefaultOpts};
  codec.compressing.data_type =
      seen.type == ElementType::fp8_e4m3 ? NVCOMP_TYPE_FLOAT8_E4M3 : floating(seen);
  codec.compressing.states_per_lane = 2;
  codec.decompressing.data_type = codec.compressing.data_type;
  codec.decompressing.states_per_lane = 2;
  return codec;
}

/// Returns ANS with all that it offers for speed: a histogram of an eighth of each chunk, and no
/// validation.
auto ans_fast(Seen seen) {
  auto codec = ans(seen);
  codec.compressing.histogram_reduction_log2 = 3;
  codec.decompressing.skip_validate = 1;
  return codec;
}

auto bitcomp(Seen seen) {
  NvcompCodec<nvcompBatchedBitcompCompressOpts_t, nvcompBatchedBitcompDecompressOpts_t> codec{
      nvcompBatchedBitcompCompressGetTempSize,  nvcompBatchedBitcompCompressGetMaxOutputChunkSize,
      nvcompBatchedBitcompCompressAsync,        nvcompBatchedBitcompDecompressGetTempSize,
      nvcompBatchedBitcompDecompressAsync,      nvcompBatchedBitcompCompressDefaultOpts,
      nvcompBatchedBitcompDecompressDefaultOpts};
  codec.compressing.data_type = floating(seen);
  return codec;
}

/// Returns Cascaded. The decoder is given the options again, which spares it the kernels for
/// others.
auto cascaded(Seen seen) {
  NvcompCodec<nvcompBatchedCascadedCompressOpts_t, nvcompBatchedCascadedDecompressOpts_t> codec{
      nvcompBatchedCascadedCompressGetTempSize,  nvcompBatchedCascadedCompressGetMaxOutputChunkSize,
      nvcompBatchedCascadedCompressAsync,        nvcompBatchedCascadedDecompressGetTempSize,
      nvcompBatchedCascadedDecompressAsync,      nvcompBatchedCascadedCompressDefaultOpts,
      nvcompBatchedCascadedDecompressDefaultOpts};
  codec.compressing.common_opts.data_type = integral(seen);
  codec.decompressing.common_opts = codec.compressing.common_opts;
  return codec;
}

/// Returns GDeflate, whose default is its fastest with matches.
auto gdeflate(Seen) {
  return NvcompCodec<nvcompBatchedGdeflateCompressOpts_t, nvcompBatchedGdeflateDecompressOpts_t>{
      nvcompBatchedGdeflateCompressGetTempSize,  nvcompBatchedGdeflateCompressGetMaxOutputChunkSize,
      nvcompBatchedGdeflateCompressAsync,        nvcompBatchedGdeflateDecompressGetTempSize,
      nvcompBatchedGdeflateDecompressAsync,      nvcompBatchedGdeflateCompressDefaultOpts,
      nvcompBatchedGdeflateDecompressDefaultOpts};
}

/// Returns GDeflate with entropy coding alone, which is faster still.
auto gdeflate_huffman(Seen seen) {
  auto codec = gdeflate(seen);
  codec.compressing.algorithm = 0;
  return codec;
}

auto lz4(Seen seen) {
  NvcompCodec<nvcompBatchedLZ4CompressOpts_t, nvcompBatchedLZ4DecompressOpts_t> codec{
      nvcompBatchedLZ4CompressGetTempSize,  nvcompBatchedLZ4CompressGetMaxOutputChunkSize,
      nvcompBatchedLZ4CompressAsync,        nvcompBatchedLZ4DecompressGetTempSize,
      nvcompBatchedLZ4DecompressAsync,      nvcompBatchedLZ4CompressDefaultOpts,
      nvcompBatchedLZ4DecompressDefaultOpts};
  codec.compressing.data_type = integral(seen);
  codec.decompressing.data_type = integral(seen);
  return codec;
}

/// Returns LZ4 with bits of equal weight beside one another, which its matches can use: those of
/// exponents repeat.
auto lz4_bitshuffle(Seen seen) {
  auto codec = lz4(seen);
  codec.compressing.bitshuffle_mode = NVCOMP_BITSHUFFLE_MSB_FIRST;
  codec.decompressing.bitshuffle_mode = NVCOMP_BITSHUFFLE_MSB_FIRST;
  return codec;
}

auto zstd(Seen) {
  return NvcompCodec<nvcompBatchedZstdCompressOpts_t, nvcompBatchedZstdDecompressOpts_t>{
      nvcompBatchedZstdCompressGetTempSize,  nvcompBatchedZstdCompressGetMaxOutputChunkSize,
      nvcompBatchedZstdCompressAsync,        nvcompBatchedZstdDecompressGetTempSize,
      nvcompBatchedZstdDecompressAsync,      nvcompBatchedZstdCompressDefaultOpts,
      nvcompBatchedZstdDecompressDefaultOpts};
}

template <typename C, typename D>
MakeDeviceCoder coder_of(const NvcompCodec<C, D>& codec) {
  return
      [=](const CoderLimits& limits) { return std::make_unique<NvcompCoder<C, D>>(codec, limits); };
}

template <typename MakeCodec>
Baseline nvcomp(std::string_view name, MakeCodec make) {
  const Codec& codec = *find_codec(name);
  const bool planes = codec.planes;
  const auto payloads = [=](const PayloadLimits& limits) {
    return DevicePayloads{.limits = limits,
                          .planes = planes,
                          .chunk_bytes = kChunkBytes,
                          .coder = coder_of(make({limits.type, planes}))};
  };
  const auto batch = [=](std::span<const BaselineTensor> tensors, const BaselineOptions& options) {
    return make_nvcomp_batch(tensors, options, planes, coder_of(make({options.type, planes})));
  };
  return {codec,
          kChunkBytes,
          batch,
          nullptr,
          [=](const PayloadLimits& limits) { return make_device_writer(payloads(limits)); },
          [=](const PayloadLimits& limits) { return make_device_reader(payloads(limits)); }};
}

}  // namespace

std::vector<Baseline> nvcomp_baselines() {
  return {nvcomp("nvcomp-ans", ans),
          nvcomp("nvcomp-ans-fast", ans_fast),
          nvcomp("nvcomp-bitcomp", bitcomp),
          nvcomp("nvcomp-bitcomp-planes", bitcomp),
          nvcomp("nvcomp-cascaded", cascaded),
          nvcomp("nvcomp-cascaded-planes", cascaded),
          nvcomp("nvcomp-gdeflate", gdeflate),
          nvcomp("nvcomp-gdeflate-planes", gdeflate),
          nvcomp("nvcomp-gdeflate-huffman-planes", gdeflate_huffman),
          nvcomp("nvcomp-lz4", lz4),
          nvcomp("nvcomp-lz4-bitshuffle", lz4_bitshuffle),
          nvcomp("nvcomp-zstd", zstd),
          nvcomp("nvcomp-zstd-planes", zstd)};
}

}  // namespace splitbench
