#include "workers/plan/stage_model.hpp"

#include <algorithm>

#include "workers/plan/timing.hpp"

namespace splitbench {
namespace {

template <class Duration>
Duration in(double seconds);

template <>
double in<double>(double seconds) {
  return seconds;
}

template <>
Time in<Time>(double seconds) {
  return from_seconds(seconds);
}

template <class Duration>
StagesIn<Duration> times(StagesIn<Duration> stages, std::uint32_t factor) {
  for (auto& [stage, duration] : stages) duration *= factor;
  return stages;
}

}  // namespace

StageModel stage_model_of(const Pipeline& pipeline, const HardwareProfile& hardware,
                          TransportKind transport) {
  return {.hardware = hardware,
          .element_type = pipeline.element_type,
          .to_device = traits_of(transport).device_memory && hardware.device_to_device > 0,
          .fused_encode = pipeline.fused_encode,
          .fused_decode = false,
          .shards = pipeline.shards};
}

double StageModel::copy(double bytes) const {
  return hardware.copy_call + bytes / (to_device ? hardware.device_to_device : hardware.copy);
}

template <class Duration>
StagesIn<Duration> StageModel::pack(const PackWork& work) const {
  return times(pack_alone<Duration>(work), shards.of_prefill_rank);
}

template <class Duration>
StagesIn<Duration> StageModel::unpack(const UnpackWork& work) const {
  return times(unpack_alone<Duration>(work), shards.of_decode_rank);
}

template <class Duration>
StagesIn<Duration> StageModel::pack_alone(const PackWork& work) const {
  Duration copied = in<Duration>(copy(work.payload_bytes));
  if (work.encoded_bytes == 0 && !work.samples) return {{Stage::xfer_prep, copied}};
  const auto sampled = in<Duration>(work.samples ? work.rates.sample : 0);
  copied += sampled;
  if (work.encoded_bytes == 0) return {{Stage::xfer_prep, copied}};
  const auto encoded = in<Duration>(work.rates.encode_seconds(work.encoded_bytes, work.tensors));
  if (hardware.host_memory) return {{Stage::encode, encoded + sampled}};
  if (to_device || (fused_encode && work.fits_fused))
    return {{Stage::encode, std::max(encoded, copied)}};
  return {{Stage::encode, encoded}, {Stage::xfer_prep, copied}};
}

template <class Duration>
StagesIn<Duration> StageModel::unpack_alone(const UnpackWork& work) const {
  if (work.form == PayloadForm::coded) {
    const auto decoded = in<Duration>(work.rates.decode_seconds(work.raw_bytes, work.tensors));
    if (to_device || hardware.host_memory) return {{Stage::decode_codec, decoded}};
    const auto copied = in<Duration>(copy(work.payload_bytes));
    if (fused_decode) return {{Stage::decode_codec, std::max(decoded, copied)}};
    return {{Stage::kv_install, copied}, {Stage::decode_codec, decoded}};
  }
  if (!to_device) return {{Stage::kv_install, in<Duration>(copy(work.payload_bytes))}};
  // Raw bytes are in their place already; elements in stored frames are moved there at the
  // decoder's rate.
  if (work.form == PayloadForm::raw) return {{Stage::kv_install, Duration{}}};
  return {{Stage::kv_install, in<Duration>(work.raw_bytes / work.rates.decode)}};
}

template StagesIn<double> StageModel::pack(const PackWork&) const;
template StagesIn<Time> StageModel::pack(const PackWork&) const;
template StagesIn<double> StageModel::unpack(const UnpackWork&) const;
template StagesIn<Time> StageModel::unpack(const UnpackWork&) const;

}  // namespace splitbench
