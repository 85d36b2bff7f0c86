#include <algorithm>
#include <iterator>

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
      layers_key(),
      key(FIELD(hidden), size, "width of the residual stream", Need::required),
      key(FIELD(attention_heads), size, "query heads", Need::required),
      key(FIELD(kv_heads), size_or_zero, "0 for latent attention"),
      key(FIELD(head_dim), size, "elements of a head", Need::required),
      key(FIELD(latent_dim), size_or_zero,
          "elements per token and layer of a latent cache, rope part included; else 0"),
      key(FIELD(index_bytes), size_or_zero,
          "bytes per token and layer of a sparse attention's index, which is sent as it is; else "
          "0"),
      key(FIELD(active_parameters), weights, "that one token passes through", Need::required),
      key(FIELD(total_parameters), weights, "that lie in memory", Need::required),
  };
}

/// Makes a key whose figure is no longer used, so that files that have it stay readable.
Key<HardwareProfile> ignored_key(std::string path) {
  return {std::move(path),
          "anything",
          "was measured once and is ignored",
          Need::optional,
          [](HardwareProfile&, const Entry&, Diagnostics&) {},
          [](const HardwareProfile&) { return ""; }};
}

std::vector<Key<HardwareProfile>> make_hardware_keys() {
  using namespace kind;
  const auto key = [](auto... parts) { return make_key<HardwareProfile>(std::move(parts)...); };
  const auto speed = device_speed();
  const auto cost = call_cost();
  std::vector<Key<HardwareProfile>> keys = {
      key(FIELD(name), text(), "what reports call the device", Need::required),
      key(FIELD(provenance), text(), "who measured it, when and how; or published, or datasheet",
          Need::required),
      key(FIELD(memory), or_left_out(within(bytes(), "1 MB", "100 TB"), std::uint64_t{0}),
          "of the device; KV memory of a worker beyond it is warned of in virtual time"),
      key(FIELD(flops), within(flops(), "1 MFLOP/s", "1000 PFLOP/s"),
          "bf16 that prefill reaches, and takes 100% of; with a datasheet's peak its times are "
          "ideal "
          "bounds",
          Need::required),
      key(FIELD(memory_bandwidth), speed, "that decode steps reach, and take 100% of",
          Need::required),
      key(FIELD(copy), speed, "between KV memory and staging, one way", Need::required),
      key(FIELD(copy_call), cost, "fixed cost of a copy", Need::required),
      key(FIELD(digest), speed, "of the raw KV", Need::required),
      key(
          "peer", [](auto& hardware) -> auto& { return hardware.device_to_device; },
          or_left_out(speed, 0.0), "between the memories of two devices, where they can"),
      key(FIELD(host_memory), or_left_out(choice<bool>({{"on", true}, {"off", false}}), false),
          "on where KV lies in host memory as staging does, so that codecs need no copy: CPUs"),
      rates_key(),
      key(
          "splitzip.escape_bytes", [](auto& hardware) -> auto& { return hardware.escape_bytes; },
          or_left_out(within(count<std::uint32_t>(), "1", "64"), std::uint32_t{3}),
          "of an escape in a frame of virtual time: 3; 7 in the published layout"),
      ignored_key("launch"),
      ignored_key("tcp_stream"),
      ignored_key("tcp"),
  };
  std::ranges::move(old_rate_keys(), std::back_inserter(keys));
  return keys;
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
