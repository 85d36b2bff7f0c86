#include "configs/scenario.hpp"

#include <algorithm>
#include <gmock/gmock.h>

#include "configs/reader/config_test.hpp"

namespace splitbench {
namespace {

using namespace std::chrono_literals;

class ScenarioTest : public ConfigTest {
 protected:
  /// Checks that the scenario is the same after it was written and read again. Since every key is
  /// explicit in the text, two scenarios of one text are equal.
  void expect_same_again(const Scenario& scenario) const {
    const std::string text = to_yaml(scenario);
    EXPECT_EQ(to_yaml(load_scenario(write("resolved.yaml", text))), text);
  }
};

TEST_F(ScenarioTest, FillsInWhatTheFileLeavesOut) {
  const Scenario scenario = load(kComplete);
  EXPECT_EQ(scenario.name, "s");
  EXPECT_EQ(scenario.hardware.name, "h200");
  EXPECT_EQ(scenario.arms, (std::vector{Arm::raw, Arm::bypass, Arm::splitzip}));
  EXPECT_EQ(scenario.link.latency, 0ns);
  EXPECT_EQ(scenario.transport, TransportKind::automatic);
  EXPECT_EQ(scenario.transport_options, TransportOptions{.streams = 0});
  EXPECT_EQ(scenario.listen, "127.0.0.1");
  EXPECT_EQ(scenario.on_fault, OnFault::fail_fast);
  EXPECT_EQ(scenario.max_restarts, 3u);
  EXPECT_EQ(scenario.max_retries, 5u);
  EXPECT_EQ(scenario.heartbeat_timeout, 8s);
  EXPECT_EQ(scenario.restart_time, 1s);
  EXPECT_TRUE(scenario.faults.empty());
  EXPECT_EQ(scenario.pipeline.staging, 0u);
  EXPECT_EQ(scenario.decode_memory, 0u);
  EXPECT_FALSE(scenario.slo.ttft);
}

TEST_F(ScenarioTest, AnEnginePresetSetsWhenKvIsSentWhereTheFileDoesNot) {
  const auto pipeline = [this](const std::string& more) {
    return load(std::string(kComplete) + more, {}).pipeline;
  };
  EXPECT_EQ(pipeline("engine_preset: vllm-nixl\n").granularity, Granularity::request);
  const Pipeline sglang = pipeline("engine_preset: sglang-mooncake\n");
  EXPECT_EQ(sglang.granularity, Granularity::prefill_chunk);
  EXPECT_EQ(sglang.prefill_chunk, 8192u);
  EXPECT_EQ(pipeline("engine_preset: mooncake-paper\n").layer_group, 1u);
  EXPECT_EQ(pipeline("engine_preset: sglang-mooncake\nprefill_chunk: 2k\n").prefill_chunk, 2048u);
}

TEST_F(ScenarioTest, PrefillChunksAreWholeAndOfOneRequest) {
  const auto says = [this](const std::string& more, const char* words) {
    EXPECT_THAT(mistakes(std::string(kComplete) + "granularity: prefill-chunk\n" + more),
                testing::HasSubstr(words));
  };
  says("prefill_chunk: 100\n", "100 tokens, expected a multiple of 64");
  says("compute: gemm\n", "which computes whole prompts; use compute: timed");
}

TEST_F(ScenarioTest, ReadsEveryKey) {
  const Scenario scenario = load(
      "name: all\nmodel: deepseek-v3\nhardware: cpu-2core\nkv_dtype: fp8_e4m3\narms: [splitzip, "
      "raw]\n"
      "repeats: 5\nseed: 7\ntime: virtual\nbackend: cuda\ngpu: [3, 1]\n"
      "compute: none\ncompute_scale: 8\n"
      "link: {bandwidth: 25 Gbit/s, spine: 40 Gbit/s, efficiency: 0.9, latency: 0.1 ms,\n"
      "  jitter: 10 us, discipline: fifo, streams: 4, payload_hash: off, shaping: sender}\n"
      "transport: tcp\nlisten: 0.0.0.0\n"
      "workload:\n  arrivals: poisson\n  rate: 2.5 /s\n  concurrency: 3\n  rate_scale: 2\n"
      "  length_scale: 0.5\n  context: 8k\n  output: 64\n  requests: 100\n  warmup: 4\n"
      "  batch_size: 2\nkv: {source: profile, profile: gaussian}\nworkers: {prefill: 2, decode: "
      "3}\n"
      "dispatch: least_loaded\npipeline: off\ngranularity: request\nlayer_group: 8\nstaging: 1 GB\n"
      "fused_encode: on\nchunk: 2 MiB\n"
      "prefill_memory: 2 GB\ndecode_memory: 3 GiB\nverify: inline\non_fault: retry\n"
      "max_restarts: 0\nmax_retries: 9\nheartbeat_timeout: 2 s\nrestart_time: 3 s\n"
      "faults: [{fault: kill, decode: 2, at: 5 s}]\n"
      "slo: {ttft: 1 s, tpot: 50 ms, e2el: 2 min}\n");
  EXPECT_EQ(scenario.name, "all");
  EXPECT_EQ(scenario.pipeline.model, load_model("deepseek-v3"));
  EXPECT_EQ(scenario.hardware, load_hardware("cpu-2core"));
  EXPECT_EQ(scenario.pipeline.element_type, ElementType::fp8_e4m3);
  EXPECT_EQ(scenario.arms, (std::vector{Arm::splitzip, Arm::raw}));
  EXPECT_EQ(scenario.repeats, 5u);
  EXPECT_EQ(scenario.seed, 7u);
  EXPECT_EQ(scenario.time, TimeKind::virtual_time);
  EXPECT_EQ(scenario.backend, BackendKind::cuda);
  EXPECT_EQ(scenario.gpu, (std::vector<std::uint32_t>{3, 1}));
  EXPECT_EQ(scenario.compute, ComputeKind::none);
  EXPECT_EQ(scenario.compute_scale, 8);
  EXPECT_EQ(scenario.link.bandwidth, 25'000'000'000u);
  EXPECT_EQ(scenario.link.spine, 40'000'000'000u);
  EXPECT_EQ(scenario.link.efficiency, 0.9);
  EXPECT_EQ(scenario.link.latency, 100us);
  EXPECT_EQ(scenario.link.jitter, 10us);
  EXPECT_EQ(scenario.link.discipline, Discipline::fifo);
  EXPECT_EQ(scenario.link.seed, 7u);
  EXPECT_EQ(scenario.transport_options,
            (TransportOptions{.streams = 4, .payload_hash = false, .shaping = Shaping::sender}));
  EXPECT_EQ(scenario.listen, "0.0.0.0");
  EXPECT_EQ(scenario.workload.arrivals, Arrivals::poisson);
  EXPECT_EQ(scenario.workload.rate, 2.5);
  EXPECT_EQ(scenario.workload.concurrency, 3u);
  EXPECT_EQ(scenario.workload.rate_scale, 2);
  EXPECT_EQ(scenario.workload.length_scale, 0.5);
  EXPECT_EQ(scenario.workload.context, fixed(8192));
  EXPECT_EQ(scenario.workload.output, fixed(64));
  EXPECT_EQ(scenario.workload.requests, 100u);
  EXPECT_EQ(scenario.workload.warmup, 4u);
  EXPECT_EQ(scenario.workload.batch_size, 2u);
  EXPECT_EQ(scenario.kv.profile, load_kv_profile("gaussian"));
  EXPECT_EQ(scenario.workers.prefill, 2u);
  EXPECT_EQ(scenario.workers.decode, 3u);
  EXPECT_EQ(scenario.dispatch, Dispatch::least_loaded);
  EXPECT_FALSE(scenario.pipeline.overlap);
  EXPECT_EQ(scenario.pipeline.granularity, Granularity::request);
  EXPECT_EQ(scenario.pipeline.layer_group, 8u);
  EXPECT_EQ(scenario.pipeline.staging, 1'000'000'000u);
  EXPECT_TRUE(scenario.pipeline.fused_encode);
  EXPECT_EQ(scenario.pipeline.chunk, 2u << 20);
  EXPECT_EQ(scenario.prefill_memory, 2'000'000'000u);
  EXPECT_EQ(scenario.decode_memory, 3'221'225'472u);
  EXPECT_EQ(scenario.pipeline.verify, Verify::inline_);
  EXPECT_EQ(scenario.on_fault, OnFault::retry);
  EXPECT_EQ(scenario.max_restarts, 0u);
  EXPECT_EQ(scenario.max_retries, 9u);
  EXPECT_EQ(scenario.heartbeat_timeout, 2s);
  EXPECT_EQ(scenario.restart_time, 3s);
  EXPECT_EQ(scenario.faults,
            (std::vector{FaultSpec{.kind = FaultKind::kill, .decode = 2, .at = 5s}}));
  EXPECT_EQ(scenario.slo.ttft, 1s);
  EXPECT_EQ(scenario.slo.tpot, 50ms);
  EXPECT_EQ(scenario.slo.e2el, 120s);
  expect_same_again(scenario);
}

TEST_F(ScenarioTest, TheLastOverrideWins) {
  const Scenario scenario = load(kComplete, {"link.bandwidth=10 Gbit/s", "arms=[splitzip, raw]",
                                             "link.bandwidth = 5 Gbit/s", "name=a: b # c"});
  EXPECT_EQ(scenario.link.bandwidth, 5'000'000'000u);
  EXPECT_EQ(scenario.arms, (std::vector{Arm::splitzip, Arm::raw}));
  EXPECT_EQ(scenario.name, "a: b # c");
  EXPECT_EQ(load(kComplete, {"arms=bypass"}).arms, std::vector{Arm::bypass});
  expect_same_again(scenario);
}

TEST_F(ScenarioTest, AnOverrideReplacesAMistake) {
  EXPECT_EQ(load(std::string(kComplete) + "staging: 5\n", {"staging=5 MB"}).pipeline.staging,
            5'000'000u);
}

TEST_F(ScenarioTest, PathsCountFromTheFileThatNamesThem) {
  write("trace.jsonl", "");
  write("cache.bf16", "1234");
  write("cache.json", R"({"shape": [1, 2, 1, 1]})");
  const Scenario scenario = load(
      "model: llama-3.2-1b\nlink: {bandwidth: 1 Gbit/s}\n"
      "workload: {arrivals: trace, trace: ./trace.jsonl}\nkv: {source: dump, dump: cache.bf16}\n");
  EXPECT_EQ(scenario.workload.trace, folder_ / "trace.jsonl");
  EXPECT_EQ(scenario.workload.requests, 0u);
  EXPECT_EQ(scenario.kv.dump, folder_ / "cache.bf16");
  expect_same_again(scenario);
}

TEST_F(ScenarioTest, PathsOfAnOverrideCountFromTheCurrentFolder) {
  const auto file = write("trace.jsonl", "");
  const auto relative = std::filesystem::relative(file).string();
  const Scenario scenario =
      load(kComplete, {"workload.arrivals=trace", "workload.trace=" + relative});
  EXPECT_EQ(std::filesystem::canonical(scenario.workload.trace), std::filesystem::canonical(file));
}

TEST_F(ScenarioTest, WritesOutAModelThatIsNotShippedAsItIs) {
  Scenario scenario = load(kComplete);
  scenario.pipeline.model.layers = 3;
  scenario.hardware.provenance = "measured: by me, # twice";
  scenario.hardware.rates[{"splitzip", ElementType::bf16}].call = 1.0 / 3;
  const Scenario again = load_scenario(write("resolved.yaml", to_yaml(scenario)));
  EXPECT_EQ(again.pipeline.model, scenario.pipeline.model);
  EXPECT_EQ(again.hardware, scenario.hardware);
  expect_same_again(scenario);
}

TEST_F(ScenarioTest, EveryShippedScenarioLoadsAndIsTheSameWhenResolved) {
  write("trace.jsonl", "");
  write("cache.bf16", "1234");
  write("cache.json", R"({"shape": [1, 2, 1, 1]})");
  const std::vector<std::string> files = {"workload.trace=" + (folder_ / "trace.jsonl").string(),
                                          "kv.dump=" + (folder_ / "cache.bf16").string()};
  int scenarios = 0;
  for (const auto& entry : std::filesystem::directory_iterator("configs")) {
    if (entry.path().extension() != ".yaml") continue;
    SCOPED_TRACE(entry.path());
    const bool replays = entry.path().stem() == "replay";
    expect_same_again(load_scenario(entry.path(), replays ? files : std::vector<std::string>{}));
    ++scenarios;
  }
  EXPECT_GE(scenarios, 2);
}

TEST_F(ScenarioTest, QuickstartNeedsNothingAndMovesLittle) {
  const Scenario scenario = load_scenario("configs/quickstart.yaml");
  const auto bytes = 2 * scenario.pipeline.model.elements(ElementType::bf16, 1) *
                     static_cast<std::uint64_t>(scenario.workload.context->value);
  const auto requests = scenario.workload.requests + scenario.workload.warmup;
  const double bits =
      8.0 * static_cast<double>(bytes * requests * scenario.arms.size()) * scenario.repeats;
  EXPECT_LT(bits / static_cast<double>(scenario.link.bandwidth), 20);  // seconds on the wire
}

TEST_F(ScenarioTest, DevicesAreAListOrAllThereAre) {
  EXPECT_TRUE(load(std::string(kComplete) + "gpu: auto\n").gpu.empty());
  const Scenario scenario = load(std::string(kComplete) + "gpu: [2, 0]\n");
  EXPECT_EQ(scenario.gpu, (std::vector<std::uint32_t>{2, 0}));
  EXPECT_EQ(load_scenario(write("again.yaml", to_yaml(scenario))).gpu, scenario.gpu);
  EXPECT_EQ(mistakes(std::string(kComplete) + "gpu: 1\n"),
            "s.yaml:4:6: '1' is not a list; expected a list of devices by number, or auto\n"
            "    gpu: 1\n"
            "         ^");
}

}  // namespace
}  // namespace splitbench
