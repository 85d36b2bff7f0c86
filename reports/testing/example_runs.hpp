#pragma once
#include <string>
#include <vector>

#include "reports/analysis/summarize.hpp"
#include "reports/report.hpp"
#include "workloads/timeline.hpp"

/// Hand-made runs that the tests of this folder share.
namespace splitbench::example {

inline Time ms(double milliseconds) {
  return std::chrono::round<Time>(std::chrono::duration<double, std::milli>(milliseconds));
}

/// Returns a request, alone on the machine, whose transfer takes `wire` on the link and `codec` at
/// each end.
inline Timeline timeline(const std::string& arm, int repeat, std::uint64_t id, Time wire,
                         Time codec) {
  Timeline result;
  result.request = {.id = id, .prompt_tokens = 4096, .output_tokens = 3};
  result.arm = arm;
  result.repeat = repeat;
  result.status = Status::ok;
  result.transfer = id;
  result.raw_bytes = 1'600'000;
  result.wire_bytes = arm == "splitzip" ? 1'200'000 : 1'600'000;
  result.kv_hash = 0xabcdef;
  result.verified = true;

  Time now = ms(1000.0 * static_cast<double>(id));
  const auto spend = [&](Stage stage, Time length) {
    if (length > Time{0}) result.spans.push_back({stage, now, now + length});
    now += length;
  };
  result.arrival = now;
  now += ms(0.1);
  result.dispatched = now;
  now += ms(0.4);
  result.prefill_begin = now;
  spend(Stage::prefill_compute, ms(80));
  spend(arm == "raw" ? Stage::xfer_prep : Stage::encode, arm == "raw" ? ms(0.3) : codec);
  spend(Stage::xfer_wire, wire);
  spend(Stage::decode_codec, codec);
  spend(Stage::kv_install, ms(0.2));
  now += ms(0.5);
  spend(Stage::first_decode_step, ms(12));
  result.first_token = now;
  result.token_gaps = {ms(12), ms(13)};
  result.last_token = now + ms(25);
  return result;
}

inline Transfer transfer(const Timeline& timeline) {
  return {.id = timeline.transfer,
          .requests = {timeline.request.id},
          .arm = timeline.arm,
          .repeat = timeline.repeat,
          .warmup = timeline.warmup,
          .raw_bytes = timeline.raw_bytes,
          .wire_bytes = timeline.wire_bytes,
          .elements = timeline.raw_bytes / 2,
          .escapes = timeline.arm == "splitzip" ? 800u : 0u,
          .ready = timeline.arrival + ms(80.5),
          .start = timeline.arrival + ms(81),
          .end = timeline.arrival + ms(200),
          .applied = timeline.arrival + ms(201),
          .verified = true};
}

/// Returns a warm-up request that is slow enough to show wherever it is counted, and ten measured
/// ones.
inline RunRecord run(const std::string& arm, int repeat, Time wire, Time codec) {
  RunRecord record{.arm = arm, .repeat = repeat, .duration = {}, .timelines = {}, .transfers = {}};
  record.timelines.push_back(timeline(arm, repeat, 0, ms(900), codec));
  record.timelines[0].warmup = true;
  for (std::uint64_t id = 1; id <= 10; ++id)
    record.timelines.push_back(
        timeline(arm, repeat, id, wire + ms(0.5 * static_cast<double>(id)), codec));
  for (const Timeline& each : record.timelines) record.transfers.push_back(transfer(each));
  return record;
}

/// Returns three arms of two repeats each, interleaved. Bypass differs from raw by less than the
/// repeats do.
inline std::vector<RunRecord> runs() {
  return {run("raw", 0, ms(128), Time{0}),      run("bypass", 0, ms(128.4), ms(0.1)),
          run("splitzip", 0, ms(96), ms(2)),    run("raw", 1, ms(130), Time{0}),
          run("bypass", 1, ms(129.6), ms(0.1)), run("splitzip", 1, ms(96.6), ms(2.1))};
}

inline std::vector<SelfCheck> checks() {
  const auto check = [](const char* arm, double intrusion, double inflation) {
    return SelfCheck{.arm = arm,
                     .intrusion = intrusion,
                     .encode_inflation = {inflation, 0.01},
                     .link_rate_achieved = 99.2e6,
                     .link_rate_configured = 100e6,
                     .lateness_p99 = std::chrono::microseconds(41)};
  };
  return {check("raw", 0.001, 0), check("bypass", 0.002, 0.01), check("splitzip", -0.004, 0.03)};
}

inline ReportMeta meta() {
  return {.scenario = "quickstart",
          .seed = 1,
          .time = "real",
          .backend = "cpu",
          .model = "llama-3.2-1b",
          .kv_dtype = "bf16",
          .link_bandwidth = 100e6,
          .link_latency = std::chrono::microseconds(50),
          .gpu_shared = false,
          .declared_arms = {},
          .verify = "deferred",
          .verify_cost = ms(0.8),
          .slo = {.ttft = ms(200), .tpot = std::nullopt, .e2el = std::nullopt},
          .repeats = 0,
          .valid = true,
          .warnings = {}};
}

inline Report report() {
  return summarize(meta(), runs(), checks());
}

}  // namespace splitbench::example
