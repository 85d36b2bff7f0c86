#pragma once
#include <cstdint>
#include <string_view>

#include "workers/kv_dump.hpp"

namespace splitbench {

/// Makes a bf16 cache with the exponent statistics of a named profile: every channel is Gaussian,
/// and the channels' scales are log-normal with spread `tau` about a scale of the layer's own, for
/// K and V apart.
///   llm       tau 0.8 for K, 0.5 for V: per-layer entropies as published for Qwen3-32B
///   gaussian  tau 0: what a codec is flattered by
/// Throws InputError for another name.
KvDump make_kv_profile(std::string_view name, std::uint32_t layers, std::uint64_t tokens,
                       std::uint32_t width, std::uint64_t seed);

}  // namespace splitbench
