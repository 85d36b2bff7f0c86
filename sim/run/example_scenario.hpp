#pragma once
#include <vector>

#include "configs/scenario.hpp"

namespace splitbench {

/// Returns a small scenario for tests, as complete as a loaded one: a 4-layer model over 1 Gbit/s.
inline Scenario example_scenario() {
  Scenario s;
  s.name = "example";
  s.pipeline.model = {.name = "small",
                      .layers = 4,
                      .hidden = 512,
                      .attention_heads = 8,
                      .kv_heads = 4,
                      .head_dim = 64,
                      .active_parameters = 1e8,
                      .total_parameters = 1e8};
  s.hardware = {
      .name = "device",
      .flops = 1e13,
      .memory_bandwidth = 1e12,
      .copy = 1e10,
      .copy_call = 1e-5,
      .digest = 1e10,
      .rates = {{{"splitzip", ElementType::bf16}, {.encode = 1e10, .decode = 2e10, .call = 1e-5}}}};
  s.transport = TransportKind::tcp;
  s.transport_options.streams = 1;
  s.link = {.bandwidth = 1'000'000'000, .latency = Time(50'000)};
  s.pipeline.layer_group = 1;
  s.pipeline.staging = 4'000'000;
  s.prefill_memory = s.decode_memory = 256'000'000;
  s.workload = {.arrivals = Arrivals::closed, .concurrency = 1, .requests = 8};
  return s;
}

/// Returns requests with prompts of 200 to 400 tokens, whose arrivals are `gap` apart.
inline std::vector<Request> example_trace(std::size_t requests = 8, Time gap = Time{0}) {
  std::vector<Request> trace;
  for (std::uint64_t i = 0; i < requests; ++i)
    trace.push_back({.id = i,
                     .arrival = gap * i,
                     .prompt_tokens = 200 + 50 * (i % 5),
                     .output_tokens = 1 + i % 4});
  return trace;
}

/// Returns requests of one output token each, with prompts of one length, which all arrive at once.
inline std::vector<Request> equal_prompts(std::size_t requests, std::uint64_t prompt_tokens) {
  std::vector<Request> trace;
  for (std::uint64_t i = 0; i < requests; ++i)
    trace.push_back({.id = i, .prompt_tokens = prompt_tokens, .output_tokens = 1});
  return trace;
}

}  // namespace splitbench
