#include "configs/keys/keys.hpp"

namespace splitbench {
namespace {

std::vector<Key<ModelGeometry>> make_model_keys() {
  using namespace kind;
  const auto key = [](auto... parts) { return make_key<ModelGeometry>(std::move(parts)...); };
  const auto size = within(count<std::uint32_t>(), "1", "1000000");
  const auto size_or_zero = within(count<std::uint32_t>(), "0", "1000000");
  const auto weights = within(parameters(), "0.001 M", "1000000 B");
  return {
      key(FIELD(name), text(), "what reports call the model", Need::required),
      key(FIELD(layers), within(count<std::uint32_t>(), "1", "1000"), "with a cache of their own",
          Need::required),
      key(FIELD(hidden), size, "width of the residual stream", Need::required),
      key(FIELD(attention_heads), size, "query heads", Need::required),
      key(FIELD(kv_heads), size_or_zero, "0 for latent attention"),
      key(FIELD(head_dim), size, "elements of a head", Need::required),
      key(FIELD(latent_dim), size_or_zero,
          "elements per token and layer of a latent cache, rope part included; else 0"),
      key(FIELD(active_parameters), weights, "that one token passes through", Need::required),
      key(FIELD(total_parameters), weights, "that lie in memory", Need::required),
  };
}

/// A key of which nothing is written where the value is not given: a profile without figures for an
/// element type stays without them.
template <class Field, class Value>
Key<HardwareProfile> rate_key(std::string path, Field field, ElementType type, FrameKind frames,
                              Kind<Value> kind, std::string meaning) {
  Key<HardwareProfile> key =
      make_key<HardwareProfile>(std::move(path), field, std::move(kind), std::move(meaning));
  key.write = [type, frames, write = std::move(key.write)](const HardwareProfile& hardware) {
    const CodecRates& of_bf16 = hardware.rates(ElementType::bf16, frames);
    return &hardware.rates(type, frames) == &of_bf16 ? "" : write(hardware);
  };
  return key;
}

std::vector<Key<HardwareProfile>> make_hardware_keys() {
  using namespace kind;
  const auto key = [](auto... parts) { return make_key<HardwareProfile>(std::move(parts)...); };
  const auto speed = within(throughput(), "1 MB/s", "1000 TB/s");
  const auto cost = within(seconds(), "0 s", "1 s");
  const auto known_speed = or_left_out(speed, 0.0);
  const auto e5m2 = ElementType::fp8_e5m2, e4m3 = ElementType::fp8_e4m3;
  const auto splitzip = FrameKind::splitzip, ranked = FrameKind::ranked;
  return {
      key(FIELD(name), text(), "what reports call the device", Need::required),
      key(FIELD(provenance), text(), "who measured it, when and how; or published, or datasheet",
          Need::required),
      key(FIELD(flops), within(flops(), "1 MFLOP/s", "1000 PFLOP/s"), "bf16 that prefill reaches",
          Need::required),
      key(FIELD(memory_bandwidth), speed, "that decode steps reach", Need::required),
      key(FIELD(copy), speed, "between KV memory and staging, one way", Need::required),
      key(FIELD(copy_call), cost, "fixed cost of a copy", Need::required),
      key(FIELD(digest), speed, "of the raw KV", Need::required),
      key(FIELD(peer), known_speed, "between the memories of two devices, where they can"),
      key(FIELD(launch), or_left_out(cost, 0.0), "of a kernel, of many in a row"),
      key(FIELD(tcp_stream), known_speed, "of one connection over loopback"),
      key(FIELD(tcp), known_speed, "of as many connections as are fastest together"),
      key(FIELD(splitzip.encode), speed, "of raw KV", Need::required),
      key(FIELD(splitzip.decode), speed, "of raw KV", Need::required),
      key(FIELD(splitzip.call), cost, "fixed cost of an encode or decode", Need::required),
      key(
          "splitzip.escape_bytes", [](auto& hardware) -> auto& { return hardware.escape_bytes; },
          within(count<std::uint32_t>(), "1", "64"),
          "of an escape in a frame of virtual time: 3; 7 in the published layout"),
      key(FIELD(splitzip.sample), or_left_out(cost, 0.0),
          "what it adds to an encode that exponents are sampled"),
      key(FIELD(ranked.encode), known_speed, "of raw KV in bf16"),
      key(FIELD(ranked.decode), known_speed, "of raw KV in bf16"),
      key(FIELD(ranked.call), or_left_out(cost, 0.0), "fixed cost of an encode or decode"),
      rate_key(FIELD(splitzip_fp8_e5m2.encode), e5m2, splitzip, speed,
               "of raw KV; else as of bf16"),
      rate_key(FIELD(splitzip_fp8_e5m2.decode), e5m2, splitzip, speed, "of raw KV"),
      rate_key(FIELD(splitzip_fp8_e5m2.call), e5m2, splitzip, cost,
               "fixed cost of an encode or decode"),
      rate_key(FIELD(splitzip_fp8_e4m3.encode), e4m3, splitzip, speed,
               "of raw KV; else as of bf16"),
      rate_key(FIELD(splitzip_fp8_e4m3.decode), e4m3, splitzip, speed, "of raw KV"),
      rate_key(FIELD(splitzip_fp8_e4m3.call), e4m3, splitzip, cost,
               "fixed cost of an encode or decode"),
      rate_key(FIELD(ranked_fp8_e5m2.encode), e5m2, ranked, speed, "of raw KV; else as of bf16"),
      rate_key(FIELD(ranked_fp8_e5m2.decode), e5m2, ranked, speed, "of raw KV"),
      rate_key(FIELD(ranked_fp8_e5m2.call), e5m2, ranked, cost,
               "fixed cost of an encode or decode"),
      rate_key(FIELD(ranked_fp8_e4m3.encode), e4m3, ranked, speed, "of raw KV; else as of bf16"),
      rate_key(FIELD(ranked_fp8_e4m3.decode), e4m3, ranked, speed, "of raw KV"),
      rate_key(FIELD(ranked_fp8_e4m3.call), e4m3, ranked, cost,
               "fixed cost of an encode or decode"),
  };
}

}  // namespace

const std::vector<Key<ModelGeometry>>& model_keys() {
  static const std::vector<Key<ModelGeometry>> keys = make_model_keys();
  return keys;
}

const std::vector<Key<HardwareProfile>>& hardware_keys() {
  static const std::vector<Key<HardwareProfile>> keys = make_hardware_keys();
  return keys;
}

}  // namespace splitbench
