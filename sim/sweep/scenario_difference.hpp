#pragma once
#include <string>

namespace splitbench {

/// Returns how two scenario.yaml texts differ: "link.bandwidth: '1 Gbit/s' before, '500 Mbit/s'
/// after, and 2 more keys", in the order of the first; empty if they do not. Keys that the report
/// contains itself (name, model, kv_dtype, seed, time) are passed over. Throws InputError for a
/// text that is not YAML.
std::string scenario_difference(const std::string& before, const std::string& after);

}  // namespace splitbench
