#pragma once
#include <string>
#include <string_view>
#include <vector>
#include <yaml-cpp/yaml.h>

#include "configs/keys/keys.hpp"
#include "configs/reader/yaml_reader.hpp"

namespace splitbench {

/// Returns the entry that names a preset, which lies in `settings`; null if there is none or it is
/// `none`.
const Entry* named_preset(const Settings& settings, std::string_view key);

/// Sets a key that is not set yet. A preset that an override names comes after the file: then only
/// keys of other overrides count as set.
void set_by_preset(Settings& settings, const Entry& named, const std::string& path,
                   const YAML::Node& value);

/// Returns the key `path`, which takes none or one of the names and sets nothing of its own.
Key<Scenario> preset_key(std::string path, const std::vector<std::string>& names,
                         std::string description);

/// Returns the names that `link.preset` may have, besides none.
std::vector<std::string> link_preset_names();

/// Sets those keys of `link` that the named preset has and that are not set yet.
void apply_link_preset(Settings& settings);

/// Returns the names that `engine_preset` may have, besides none.
std::vector<std::string> engine_preset_names();

/// Sets those keys that the named engine's preset has and that are not set yet.
void apply_engine_preset(Settings& settings);

/// Returns the names that `workload.preset` may have, besides none.
///
/// `agentic` is fitted to 710 recorded sessions of coding agents, quantile by quantile, with shares
/// for the events that break a prefix. Its fit over 200,000 requests of seed 1, which
/// agentic_fit_test.cpp checks:
///
///                                     real                            synthetic
///                          mean     p50      p90      p99      mean     p50      p90      p99
///     context           122,379 103,659  233,633  498,519   116,174  96,168  199,258  605,925
///     first context           -  24,454  258,903        -         -  24,319  255,545        -
///     output                440     216      898    3,686       461     216      904    3,724
///     uncached            4,509     727    4,804   94,290     4,255     727    4,746   90,043
///     - of later turns    3,242     713    4,179   61,381     3,039     711    4,153   57,007
///     think time, s         175      10      162        -       232      10      167        -
///     turns                69.5      46      157        -      72.1      45      163        -
///     hit rate, tokens    96.3 %                           96.3 %
///     hit below a half     2.0 %                            1.7 %
///
/// The upper end of contexts is 15 to 22 % off, since windows of 200k and 1M tokens share one
/// distribution here; the mean think time is 33 % off, since it depends on one pause in a thousand.
std::vector<std::string> workload_preset_names();

/// Sets those keys of `workload` that the named preset has and that are not set yet.
void apply_workload_preset(Settings& settings);

}  // namespace splitbench
