#pragma once
#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

#include "workers/plan/arm.hpp"
#include "workers/plan/hardware.hpp"
#include "workers/plan/pipeline.hpp"
#include "workers/plan/transport_traits.hpp"
#include "workloads/timeline.hpp"

namespace splitbench {

/// Returns the name of the codec whose rates count for a job of this arm. An arm without one has
/// frames like splitzip's or none at all.
constexpr std::string_view rated_codec(Arm arm) {
  const Codec* codec = codec_of(arm);
  return codec != nullptr ? codec->name : rated_codec(FrameKind::stored);
}

/// A chunk that a prefill worker packs. Bytes may be fractions: those of an average chunk.
struct PackWork {
  std::string_view codec;
  double encoded_bytes = 0;  ///< raw bytes that go through the encoder
  double payload_bytes = 0;
  bool fits_fused = true;  ///< one frame, which the encoder can write where it goes
  bool samples = false;    ///< exponents are sampled beside the encoder
};

/// What a payload holds: raw bytes, frames of elements as they are, or what a decoder must decode.
enum class PayloadForm { raw, stored, coded };

/// A chunk that a decode worker unpacks.
struct UnpackWork {
  std::string_view codec;
  PayloadForm form = PayloadForm::coded;
  double raw_bytes = 0;
  double payload_bytes = 0;
};

/// Stages of a piece of work, one after the other, and how long each takes: in seconds (double) or
/// rounded to nanoseconds (Time).
template <class Duration>
using StagesIn = std::vector<std::pair<Stage, Duration>>;

/// How long a chunk is in each stage of its way by a hardware profile, but for the wire. Virtual
/// time runs by it (ModelCosts), and what should pay is estimated by it (TransferEstimate).
struct StageModel {
  HardwareProfile hardware;
  ElementType element_type = ElementType::bf16;
  bool to_peer = false;       ///< chunks go straight into the decode worker's device memory
  bool fused_encode = false;  ///< frames are encoded to where they go, with no copy behind
  bool fused_decode = false;  ///< and decoded from where they arrive, with no copy before

  /// Returns at least one stage, as unpack() does.
  template <class Duration>
  StagesIn<Duration> pack(const PackWork&) const;
  template <class Duration>
  StagesIn<Duration> unpack(const UnpackWork&) const;

 private:
  double copy(double bytes) const;
};

/// Returns the model of a pipeline's chunks.
StageModel stage_model_of(const Pipeline&, const HardwareProfile&, TransportKind);

}  // namespace splitbench
