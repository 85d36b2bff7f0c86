#include "configs/keys/presets.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace splitbench {

const Entry* named_preset(const Settings& settings, std::string_view key) {
  const Entry* named = settings.find(key);
  return named && named->node.IsScalar() && named->node.Scalar() != "none" ? named : nullptr;
}

Key<Scenario> preset_key(std::string path, const std::vector<std::string>& names,
                         std::string description) {
  kind::Choices<int> choices = {{"none", 0}};
  for (const std::string& name : names) choices.emplace_back(name, 0);
  const Kind<int> name = kind::choice(choices);
  return {std::move(path),
          name.takes,
          std::move(description),
          Need::optional,
          [name](Scenario&, const Entry& entry, Diagnostics&) {
            name.parse(scalar(entry, name.takes));
          },
          [](const Scenario&) { return "none"; },
          "",
          true,
          name.words};
}

void set_by_preset(Settings& settings, const Entry& named, const std::string& path,
                   const YAML::Node& value) {
  const Entry* entry = settings.find(path);
  const bool is_override = !named.value.source->numbered;
  if (entry && (!is_override || entry->value.source == named.value.source)) return;
  settings.entries.insert_or_assign(path, Entry{value, named.key, named.value});
}

namespace {

struct LinkPreset {
  std::string_view name, bandwidth, latency, jitter, efficiency;
};

// Nominal rates are those in use; efficiencies are the shares of them that transfer engines were
// seen to reach. Latencies and jitters are assumed orders of magnitude, since nobody who published
// rates published those; override them with measured ones.
constexpr auto kLinkPresets = std::to_array<LinkPreset>({
    // Two sites 2000 km apart: light takes 5 us per km in fibre. 1448 of the 1514 bytes on an
    // Ethernet wire are TCP's payload: 0.956.
    {"wan-10", "10 Gbit/s", "10 ms", "1 ms", "0.95"},
    // TCP through the kernels of two hosts and a switch or three; the same headers.
    {"dc-25", "25 Gbit/s", "50 us", "20 us", "0.95"},
    // A virtual network between zones. A whole serving stack moved 142 of its NICs' 200 GB/s in
    // transfers of gigabytes: 0.71.
    {"vpc-100", "100 Gbit/s", "500 us", "100 us", "0.7"},
    // A 400 Gbit/s NIC for each GPU, and RDMA from memory to memory: 365 of 400 GB/s in blocks of
    // 1 MiB, 0.91.
    {"gpu-400", "400 Gbit/s", "5 us", "1 us", "0.91"},
});

}  // namespace

std::vector<std::string> link_preset_names() {
  std::vector<std::string> names;
  names.reserve(kLinkPresets.size());
  for (const LinkPreset& preset : kLinkPresets) names.emplace_back(preset.name);
  return names;
}

void apply_link_preset(Settings& settings) {
  const Entry* named = named_preset(settings, "link.preset");
  if (!named) return;
  const auto preset = std::ranges::find(kLinkPresets, named->node.Scalar(), &LinkPreset::name);
  if (preset == kLinkPresets.end()) {  // reported when the key itself is read
    settings.faulty.insert("link.bandwidth");
    return;
  }
  const auto set = [&](const std::string& path, std::string_view value) {
    set_by_preset(settings, *named, path, YAML::Node(std::string(value)));
  };
  set("link.bandwidth", preset->bandwidth);
  set("link.latency", preset->latency);
  set("link.jitter", preset->jitter);
  set("link.efficiency", preset->efficiency);
}

namespace {

struct EnginePreset {
  std::string_view name;
  std::vector<std::pair<std::string, std::string>> values;
};

// When engines hand over KV, as their sources say that were read on 2026-12-01. Who pulls and who
// pushes, and how pages become descriptors, makes no difference here.
const std::vector<EnginePreset>& engine_presets() {
  static const std::vector<EnginePreset> presets = {
      // vLLM 0.33.0, kv_connector/v1/nixl/connector.py 299-311: "does not do layerwise saving";
      // decode reads all blocks of all layers once the prefill request has finished.
      {"vllm-nixl", {{"granularity", "request"}}},
      // vLLM 0.33.0, kv_connector/v1/moriio/moriio_engine.py 86-94 and 150-160: in write mode each
      // layer goes out on its own event.
      {"vllm-moriio", {{"granularity", "layer-group"}, {"layer_group", "1"}}},
      // SGLang 0.5.23, srt/disaggregation/prefill.py 1527-1556: after the forward pass of each
      // chunk
      // of chunked prefill, all layers of its whole pages. arg_groups/memory_hook.py 88-165: chunks
      // of 8192 tokens on GPUs of 60 to 160 GiB, 2048 to 16384 on others.
      {"sglang-mooncake", {{"granularity", "prefill-chunk"}, {"prefill_chunk", "8k"}}},
      // TensorRT-LLM, cpp/tensorrt_llm/batch_manager/cacheFormatter.cpp at 00c77b3: after prefill,
      // gathered into one buffer for each rank of the other side.
      {"trtllm", {{"granularity", "request"}}},
      // Mooncake (FAST 2025), section 5: each layer's KV is streamed while the next is computed.
      {"mooncake-paper", {{"granularity", "layer-group"}, {"layer_group", "1"}}},
  };
  return presets;
}

}  // namespace

std::vector<std::string> engine_preset_names() {
  std::vector<std::string> names;
  for (const EnginePreset& preset : engine_presets()) names.emplace_back(preset.name);
  return names;
}

void apply_engine_preset(Settings& settings) {
  const Entry* named = named_preset(settings, "engine_preset");
  if (!named) return;
  const auto& presets = engine_presets();
  const auto preset = std::ranges::find(presets, named->node.Scalar(), &EnginePreset::name);
  if (preset == presets.end()) return;  // reported when the key itself is read
  for (const auto& [path, value] : preset->values)
    set_by_preset(settings, *named, path, YAML::Node(value));
}

namespace {

struct WorkloadPreset {
  std::string name;
  std::vector<std::pair<std::string, std::string>> values;  // values by their keys below workload
};

// Only the lengths of chat are measured: an hour of a production service whose first prompts are
// median 1,020 and p99 4,142 and answers median 129 and p99 601. Nobody published how often people
// go on, and after how long; these are orders of magnitude.
constexpr std::string_view kChatContext = "lognormal(median 1020, p99 4142, max 16k)";
constexpr std::string_view kChatOutput = "lognormal(median 129, p99 601, max 4k)";
constexpr std::string_view kChatTurns = "quantiles(min 1, p50 2, p90 8, max 40)";
constexpr std::string_view kChatAdded = "lognormal(median 60, p99 1500, max 8k)";
constexpr std::string_view kThinkTime = "lognormal(median 20 s, p99 300 s)";

// A document as long as a book or a shelf of books, and questions to it that each come with the
// document alone.
constexpr std::string_view kDocument = "quantiles(min 8k, p50 64k, p90 400k, max 1M)";

std::string owned(std::string_view value) {
  return std::string(value);
}

std::string quoted(std::string_view value) {
  return '"' + owned(value) + '"';
}

std::vector<WorkloadPreset> make_presets() {
  // Fitted to 710 recorded sessions of coding agents, 49,334 requests: their quantiles, and shares
  // of turns. agentic_fit_test.cpp compares the whole with the real sessions.
  const WorkloadPreset agentic = {
      "agentic",
      {{"context",
        "quantiles(min 6300, p10 13600, p25 16900, p50 19200, p75 21400, p90 30900, p95 43300, p99 "
        "56700, max "
        "60000)"},
       {"output",
        "quantiles(min 20, p10 105, p25 137, p50 216, p75 429, p90 899, p95 1543, p99 3663, p999 "
        "7919, max 18195)"},
       {"sessions.turns",
        "quantiles(min 3, p10 12, p25 28, p50 67, p75 118, p90 174, p99 350, max 514)"},
       {"sessions.added",
        "quantiles(min 1, p10 3, p25 47, p50 275, p75 938, p90 2734, p95 5069, p99 12696, p999 "
        "29214, max 220434)"},
       {"sessions.think_time",
        "quantiles(min 1 s, p10 4 s, p25 6 s, p50 10 s, p75 34 s, p90 166 s, p95 464 s, p99 3029 "
        "s, p999 24746 s, max 77589 s)"},
       {"sessions.shared",
        "quantiles(min 4210, p10 11900, p25 12900, p50 14950, p75 15460, p90 15930, p99 21100, max "
        "23000)"},
       {"sessions.resumed", "0.4"},
       {"sessions.resumed_context",
        "quantiles(min 60000, p10 67000, p25 89500, p50 124000, p75 259000, p90 418000, p99 "
        "800000, "
        "max 852000)"},
       {"sessions.window",
        "quantiles(min 120000, p10 150000, p50 175000, p75 220000, p90 350000, max 700000)"},
       {"sessions.compactions", "0.0015"},
       {"sessions.compacted",
        "quantiles(min 12000, p10 27400, p25 33900, p50 52800, p75 89500, p90 112700, p99 196700, "
        "max 250000)"},
       {"sessions.resets", "0.01"},
       {"sessions.fan_out", "0.0008"},
       {"sessions.branches", "quantiles(min 1, p50 1, p90 3, max 3)"},
       {"sessions.branch_turns", "quantiles(min 2, p10 4, p50 11, p90 17, max 24)"},
       {"sessions.branch_context", "quantiles(min 8868, p50 10335, p90 12277, max 18259)"}}};
  const WorkloadPreset chat = {"chat",
                               {{"context", owned(kChatContext)},
                                {"output", owned(kChatOutput)},
                                {"sessions.turns", owned(kChatTurns)},
                                {"sessions.added", owned(kChatAdded)},
                                {"sessions.think_time", owned(kThinkTime)},
                                {"sessions.shared", "500"},
                                {"sessions.groups", "4"}}};
  // A prompt begins with popular documents of a collection, followed by whatever else was found.
  const WorkloadPreset rag = {"rag",
                              {{"context", "lognormal(median 6k, p99 24k, max 64k)"},
                               {"output", "lognormal(median 200, p99 1000, max 4k)"},
                               {"sessions.shared", "lognormal(median 2k, p99 8k, max 16k)"},
                               {"sessions.groups", "2000"},
                               {"sessions.popularity", "1"}}};
  const WorkloadPreset long_context = {"long_context",
                                       {{"context", owned(kDocument)},
                                        {"output", "lognormal(median 400, p99 2k, max 8k)"},
                                        {"sessions.history", "off"},
                                        {"sessions.turns", "uniform(from 1, to 6)"},
                                        {"sessions.added", "lognormal(median 100, p99 2k)"},
                                        {"sessions.think_time", owned(kThinkTime)}}};
  const std::string short_traffic =
      "{name: chat, share: 90, context: " + quoted(kChatContext) +
      ", output: " + quoted(kChatOutput) + ", turns: " + quoted(kChatTurns) +
      ", added: " + quoted(kChatAdded) + ", think_time: " + quoted(kThinkTime) +
      ", shared: 500, groups: 4}";
  const std::string documents = "{name: document, share: 8, context: " + quoted(kDocument) +
                                ", output: 400, history: off, turns: \"uniform(from 1, to 6)\", "
                                "added: 100, think_time: " +
                                quoted(kThinkTime) + "}";
  const std::string repositories =
      "{name: repository, share: 2, context: \"uniform(from 128k, to 1M)\", output: 1k, turns: 3, "
      "added: 2k, think_time: 60 s}";
  const WorkloadPreset mixed = {
      "mixed", {{"mix", '[' + short_traffic + ", " + documents + ", " + repositories + ']'}}};
  return {agentic, chat, rag, long_context, mixed};
}

const std::vector<WorkloadPreset>& presets() {
  static const std::vector<WorkloadPreset> all = make_presets();
  return all;
}

}  // namespace

std::vector<std::string> workload_preset_names() {
  std::vector<std::string> names;
  for (const WorkloadPreset& preset : presets()) names.push_back(preset.name);
  return names;
}

void apply_workload_preset(Settings& settings) {
  const Entry* named = named_preset(settings, "workload.preset");
  if (!named) return;
  const auto preset = std::ranges::find(presets(), named->node.Scalar(), &WorkloadPreset::name);
  if (preset == presets().end()) {  // reported when the key itself is read
    for (const char* key : {"workload.context", "workload.output"}) settings.faulty.insert(key);
    return;
  }
  const Entry by = *named;  // a copy, since the map that holds it grows
  for (const auto& [key, value] : preset->values)
    set_by_preset(settings, by, "workload." + key,
                  value.starts_with('[') ? YAML::Load(value) : YAML::Node(value));
}

}  // namespace splitbench
