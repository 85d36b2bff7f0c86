#pragma once
#include <string>

namespace splitbench {

/// How two scenario.yaml differ: "link.bandwidth: '1 Gbit/s' before, '500 Mbit/s' after, and 2 more
/// keys", in the order of the first; empty when they do not. Keys that the report says itself
/// (name, model, kv_dtype, seed, time) are passed over. Throws InputError for what is no YAML.
std::string scenario_difference(const std::string& before, const std::string& after);

}  // namespace splitbench
