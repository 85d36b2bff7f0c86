#include <cassert>
#include <optional>
#include <vector>

#include "codec/baselines/cuda/device_payload.cuh"
#include "codec/baselines/cuda/device_planes.hpp"
#include "codec/baselines/cuda/payload_kernels.cuh"
#include "codec/baselines/payload_layout.hpp"
#include "codec/errors.hpp"

namespace splitbench {
namespace {

/// Values that the host writes afresh for each payload, and that work in a stream reads.
template <typename T>
class Table {
 public:
  explicit Table(std::size_t most) : host_(most * sizeof(T)), device_(most * sizeof(T)) {}

  void clear() { count_ = 0; }
  void add(T value) {
    assert((count_ + 1) * sizeof(T) <= host_.size());
    host_.template as<T>()[count_++] = value;
  }
  void send(void* stream) {
    if (count_ > 0) copy_async(device_.data(), host_.data(), count_ * sizeof(T), stream);
  }

  std::size_t count() const { return count_; }
  T* data() const { return device_.template as<T>(); }  ///< address on the device

 private:
  PinnedBuffer host_;
  DeviceBuffer device_;
  std::size_t count_ = 0;
};

template <typename... Tables>
void clear(Tables&... tables) {
  (tables.clear(), ...);
}
template <typename... Tables>
void send(void* stream, Tables&... tables) {
  (tables.send(stream), ...);
}

std::size_t at_least_one(std::size_t bytes) {
  return bytes > 0 ? bytes : 1;
}

class NvcompWriter final : public DeviceWriter {
 public:
  explicit NvcompWriter(const DevicePayloads& p)
      : planes_(p.planes),
        chunk_bytes_(p.chunk_bytes),
        coder_(p.coder({.chunks = p.most_chunks(),
                        .chunk_bytes = chunk_bytes_,
                        .bytes = p.most_seen(),
                        .compresses = true,
                        .decompresses = false})),
        step_(coder_->slot_bytes()),
        payload_(p.most_bytes()),
        exponents_(at_least_one(p.most_plane_bytes())),
        slot_memory_(p.most_chunks() * step_),
        seen_(p.most_chunks()),
        slots_(p.most_chunks()),
        seen_bytes_(p.most_chunks()),
        gaps_(p.limits.pieces + 1),
        compressed_bytes_(p.most_chunks() * sizeof(std::size_t)),
        statuses_(p.most_chunks() * sizeof(nvcompStatus_t)),
        places_(p.most_chunks() * sizeof(std::uint64_t)),
        outcome_(sizeof(GatherOutcome)) {}

  void write(std::span<const std::span<const std::byte>> pieces, void* stream) override {
    const PayloadLayout layout(pieces, planes_, chunk_bytes_);
    plan(pieces, layout);
    send(stream, seen_, slots_, seen_bytes_, gaps_);
    if (planes_)
      split_pieces(pieces, layout, exponents_.data(), payload_.data() + layout.rest_at(), stream);
    coder_->compress({.count = seen_.count(),
                      .in = seen_.data(),
                      .in_bytes = seen_bytes_.data(),
                      .out = slots_.data(),
                      .out_bytes = compressed_bytes_.as<std::size_t>(),
                      .statuses = statuses_.as<nvcompStatus_t>()},
                     stream);
    *outcome_.as<GatherOutcome>() = {};
    gather({.chunks = seen_.count(),
            .seen = seen_.data(),
            .seen_bytes = seen_bytes_.data(),
            .compressed = slots_.data(),
            .compressed_bytes = compressed_bytes_.as<std::size_t>(),
            .statuses = statuses_.as<nvcompStatus_t>(),
            .gaps = gaps_.count(),
            .gap_begins = gaps_.data(),
            .payload = payload_.data(),
            .chunks_at = layout.chunks_at(),
            .places = places_.as<std::uint64_t>(),
            .outcome = outcome_.as<GatherOutcome>()},
           stream);
  }

  std::vector<std::span<const std::byte>> parts() const override {
    const GatherOutcome& outcome = *outcome_.as<GatherOutcome>();
    check_nvcomp(outcome.status, "compress a chunk");
    return {{payload_.data(), outcome.payload_bytes}};
  }

 private:
  void plan(std::span<const std::span<const std::byte>> pieces, const PayloadLayout& layout) {
    clear(seen_, slots_, seen_bytes_, gaps_);
    for (const PayloadLayout::Chunk& chunk : layout.chunks()) {
      slots_.add(slot_memory_.data() + slots_.count() * step_);
      seen_.add(planes_ ? exponents_.data() + layout.plane_at(chunk.piece) + chunk.first
                        : pieces[chunk.piece].data() + chunk.first);
      seen_bytes_.add(chunk.seen);
    }
    gaps_.add(layout.lengths_bytes());
    for (std::uint32_t piece = 0; planes_ && piece < pieces.size(); ++piece)
      gaps_.add(layout.rest_at() + layout.plane_at(piece) + pieces[piece].size() / 2);
  }

  bool planes_;
  std::uint64_t chunk_bytes_;
  std::unique_ptr<DeviceCoder> coder_;
  std::size_t step_;  // bytes from one chunk's slot to the next
  DeviceBuffer payload_, exponents_, slot_memory_;
  Table<const void*> seen_;
  Table<void*> slots_;
  Table<std::size_t> seen_bytes_;
  Table<std::uint64_t> gaps_;
  DeviceBuffer compressed_bytes_, statuses_, places_;
  PinnedBuffer outcome_;
};

class NvcompReader final : public DeviceReader {
 public:
  explicit NvcompReader(const DevicePayloads& p)
      : planes_(p.planes),
        chunk_bytes_(p.chunk_bytes),
        coder_(p.coder({.chunks = p.most_chunks(),
                        .chunk_bytes = chunk_bytes_,
                        .bytes = p.most_seen(),
                        .compresses = false,
                        .decompresses = true})),
        payload_(p.most_bytes()),
        exponents_(at_least_one(p.most_plane_bytes())),
        in_(p.most_chunks()),
        out_(p.most_chunks()),
        in_bytes_(p.most_chunks()),
        out_bytes_(p.most_chunks()),
        kept_(p.most_chunks()),
        kept_to_(p.most_chunks()),
        kept_bytes_(p.most_chunks()),
        back_bytes_(p.most_chunks() * sizeof(std::size_t)),
        statuses_(p.most_chunks() * sizeof(nvcompStatus_t)),
        failed_(sizeof(std::uint32_t)) {}

  void take(std::span<const std::byte> payload,
            std::span<const std::span<std::byte>> pieces) override {
    layout_.emplace(pieces, planes_, chunk_bytes_);
    pieces_.assign(pieces.begin(), pieces.end());
    clear(in_, out_, in_bytes_, out_bytes_, kept_, kept_to_, kept_bytes_);
    const auto compressed = layout_->compressed(payload);
    for (std::size_t i = 0; i < compressed.size(); ++i)
      take(layout_->chunks()[i], compressed[i].data() - payload.data(), compressed[i].size());
  }

  std::byte* payload() const override { return payload_.data(); }

  void read(void* stream) override {
    send(stream, in_, out_, in_bytes_, out_bytes_, kept_, kept_to_, kept_bytes_);
    *failed_.as<std::uint32_t>() = 0;
    if (in_.count() > 0) decompress(stream);
    copy_chunks({.count = kept_.count(),
                 .from = kept_.data(),
                 .to = kept_to_.data(),
                 .bytes = kept_bytes_.data()},
                stream);
    if (planes_)
      join_pieces(pieces_, *layout_, exponents_.data(), payload_.data() + layout_->rest_at(),
                  stream);
  }

  void check() const override {
    if (*failed_.as<std::uint32_t>() != 0)
      throw BadFrame("nvCOMP: a chunk does not decompress, or not to its size");
  }

 private:
  void take(const PayloadLayout::Chunk& chunk, std::ptrdiff_t at, std::size_t bytes) {
    std::byte* to =
        planes_ ? exponents_.data() + layout_->plane_at(chunk.piece) : pieces_[chunk.piece].data();
    const bool kept = bytes == chunk.seen;
    (kept ? kept_ : in_).add(payload_.data() + at);
    (kept ? kept_to_ : out_).add(to + chunk.first);
    (kept ? kept_bytes_ : in_bytes_).add(bytes);
    if (!kept) out_bytes_.add(chunk.seen);
  }

  void decompress(void* stream) {
    auto* statuses = statuses_.as<nvcompStatus_t>();
    auto* back_bytes = back_bytes_.as<std::size_t>();
    coder_->decompress({.count = in_.count(),
                        .in = in_.data(),
                        .in_bytes = in_bytes_.data(),
                        .out = out_.data(),
                        .out_bytes = back_bytes,
                        .statuses = statuses},
                       out_bytes_.data(), stream);
    find_failure(in_.count(), statuses, back_bytes, out_bytes_.data(), failed_.as<std::uint32_t>(),
                 stream);
  }

  bool planes_;
  std::uint64_t chunk_bytes_;
  std::unique_ptr<DeviceCoder> coder_;
  std::optional<PayloadLayout> layout_;  // layout of the payload that was taken; so are the pieces
  std::vector<std::span<std::byte>> pieces_;
  DeviceBuffer payload_, exponents_;
  Table<const void*> in_;
  Table<void*> out_;
  Table<std::size_t> in_bytes_, out_bytes_;
  Table<const void*> kept_;
  Table<void*> kept_to_;
  Table<std::size_t> kept_bytes_;
  DeviceBuffer back_bytes_, statuses_;
  PinnedBuffer failed_;
};

}  // namespace

std::unique_ptr<DeviceWriter> make_device_writer(const DevicePayloads& payloads) {
  return std::make_unique<NvcompWriter>(payloads);
}

std::unique_ptr<DeviceReader> make_device_reader(const DevicePayloads& payloads) {
  return std::make_unique<NvcompReader>(payloads);
}

}  // namespace splitbench
