#include "workers/device/cpu_coder.hpp"

#include <cstdint>
#include <cstring>

#include "codec/baselines/cpu_batch.hpp"
#include "codec/codec.hpp"
#include "codec/errors.hpp"
#include "codec/exponent_statistics.hpp"
#include "workers/device/coders_by_arm.hpp"

namespace splitbench {
namespace {

class RawCoder final : public CpuCoder {
 public:
  Packed write(std::span<const std::span<const std::byte>> pieces, std::span<const Coding>,
               std::span<std::byte> out) override {
    Packed packed;
    for (const std::span<const std::byte> raw : pieces) {
      std::memcpy(out.data() + packed.payload_bytes, raw.data(), raw.size());
      packed.payload_bytes += raw.size();
    }
    return packed;
  }

  void read(std::span<const std::byte> payload,
            std::span<const std::span<std::byte>> pieces) override {
    for (const std::span<std::byte> raw : pieces) {
      if (payload.size() < raw.size()) throw BadFrame("payload ends within its chunk");
      std::memcpy(raw.data(), payload.data(), raw.size());
      payload = payload.subspan(raw.size());
    }
    if (!payload.empty()) throw BadFrame("payload goes on after its chunk");
  }
};

/// The coder of frames. A frame's header states its kind, so one coder reads all kinds.
class FrameCoder final : public CpuCoder {
 public:
  Packed write(std::span<const std::span<const std::byte>> pieces, std::span<const Coding> codings,
               std::span<std::byte> out) override {
    Packed packed;
    for (std::size_t i = 0; i < pieces.size(); ++i) {
      packed.pieces.push_back(code(pieces[i], codings[i], out.subspan(packed.payload_bytes)));
      packed.payload_bytes += packed.pieces.back().frame_bytes;
    }
    return packed;
  }

  void read(std::span<const std::byte> payload,
            std::span<const std::span<std::byte>> pieces) override {
    for (const std::span<std::byte> raw : pieces) {
      const std::uint64_t frame_bytes = read_header(payload).frame_bytes;
      if (frame_bytes > payload.size()) throw BadFrame("payload ends within a frame");
      decode(payload.first(frame_bytes), raw);
      payload = payload.subspan(frame_bytes);
    }
    if (!payload.empty()) throw BadFrame("payload goes on after its chunk");
  }

 private:
  static CodedPiece code(std::span<const std::byte> raw, const Coding& coding,
                         std::span<std::byte> out) {
    const EncodedFrame frame = encode(raw, coding.codebook, coding.wanted, out);
    CodedPiece piece{.kind = frame.kind,
                     .frame_bytes = frame.frame_bytes,
                     .escapes = frame.escapes,
                     .sample = std::nullopt};
    if (coding.sample) piece.sample = sample_exponents(raw, coding.codebook.element_type);
    return piece;
  }
};

class BaselineCoder final : public CpuCoder {
 public:
  explicit BaselineCoder(const Baseline& baseline) : payloads_(baseline) {}

  Packed write(std::span<const std::span<const std::byte>> pieces, std::span<const Coding>,
               std::span<std::byte> out) override {
    return {.spans = {}, .payload_bytes = payloads_.write(pieces, out), .pieces = {}};
  }

  void read(std::span<const std::byte> payload,
            std::span<const std::span<std::byte>> pieces) override {
    payloads_.read(payload, pieces);
  }

 private:
  CpuPayloads payloads_;
};

}  // namespace

std::unique_ptr<CpuCoder> make_cpu_coder(Arm arm, std::span<const Baseline> added) {
  if (arm == Arm::raw) return std::make_unique<RawCoder>();
  if (frames(arm)) return std::make_unique<FrameCoder>();
  return std::make_unique<BaselineCoder>(baseline_of(arm, added));
}

}  // namespace splitbench
