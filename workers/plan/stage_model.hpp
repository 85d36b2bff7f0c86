#pragma once
#include <cstddef>
#include <span>
#include <string_view>
#include <utility>

#include "workers/plan/arm.hpp"
#include "workers/plan/hardware.hpp"
#include "workers/plan/pipeline.hpp"
#include "workers/plan/transport_traits.hpp"
#include "workloads/at_most.hpp"
#include "workloads/timeline.hpp"

namespace splitbench {

/// Returns the name of the codec whose rates apply to a job of this arm. An arm without a codec has
/// stored frames, which count as splitzip's, or none at all. `added` are the scenario's, and must
/// outlive the name.
constexpr std::string_view rated_codec(Arm arm, std::span<const AddedCodec> added) {
  if (const auto index = arm.added()) return added[*index].name;
  const Codec* codec = codec_of(arm);
  return codec != nullptr ? codec->name : rated_codec(FrameKind::stored);
}

/// A chunk that a prefill worker packs. Bytes may be fractional, those of an average chunk.
struct PackWork {
  const CodecRates& rates;   ///< of its codec
  double encoded_bytes = 0;  ///< raw bytes that go through the encoder
  double tensors = 1;        ///< tensors, or parts of some, that these are
  double payload_bytes = 0;
  /// True if it is one frame, which the encoder can write to its destination.
  bool fits_fused = true;
  bool samples = false;  ///< true if exponents are sampled along with encoding
};

/// The content of a payload: raw bytes, frames of elements as they are, or data that must be
/// decoded.
enum class PayloadForm { raw, stored, coded };

/// A chunk that a decode worker unpacks.
struct UnpackWork {
  const CodecRates& rates;  ///< of its codec
  PayloadForm form = PayloadForm::coded;
  double raw_bytes = 0;
  double tensors = 1;  ///< tensors, or parts of some, that these are
  double payload_bytes = 0;
};

/// The stages of a piece of work, one after another, and the duration of each: in seconds (double)
/// or rounded to nanoseconds (Time).
template <class Duration>
using StagesIn = AtMost<std::pair<Stage, Duration>, kMostStages>;

/// The time that a chunk spends in each stage of its way, except on the wire, by a hardware
/// profile. Virtual time runs by it (ModelCosts), and TransferEstimate estimates by it what pays.
struct StageModel {
  HardwareProfile hardware;
  ElementType element_type = ElementType::bf16;
  bool to_device = false;     ///< chunks go directly into the decode worker's device memory
  bool fused_encode = false;  ///< frames are encoded to their destination, without a copy after it
  bool fused_decode = false;  ///< frames are decoded where they arrive, without a copy before it
  Shards shards = {};         ///< those of a rank take turns on its device

  /// Returns the rates of a codec for elements of this type.
  const CodecRates& rates_of(std::string_view codec) const {
    return hardware.rates_of(codec, element_type);
  }
  /// Returns the stages of the work, at least one, as unpack() does. Duration is double or Time.
  template <class Duration>
  StagesIn<Duration> pack(const PackWork&) const;
  template <class Duration>
  StagesIn<Duration> unpack(const UnpackWork&) const;

 private:
  double copy(double bytes) const;
  template <class Duration>
  StagesIn<Duration> pack_alone(const PackWork&) const;
  template <class Duration>
  StagesIn<Duration> unpack_alone(const UnpackWork&) const;
};

/// Returns the model of a pipeline's chunks; fused_decode is left false.
StageModel stage_model_of(const Pipeline&, const HardwareProfile&, TransportKind);

}  // namespace splitbench
