#include "configs/keys/profiles.hpp"

#include "configs/reader/config_test.hpp"
#include "workers/plan/layer_shapes.hpp"
#include "workers/plan/timing.hpp"

namespace splitbench {
namespace {

class ProfilesTest : public ConfigTest {
 protected:
  /// Returns the end of the message about a model that is not shipped.
  static std::string models() {
    std::string names;
    for (const ShippedFile& file : shipped_files()) {
      const std::filesystem::path path(file.path);
      if (path.parent_path() != "models") continue;
      names += (names.empty() ? "" : ", ") + path.stem().string();
    }
    return names + " or a path that ends in .yaml or, for a Hugging Face config.json, in .json";
  }
};

TEST_F(ProfilesTest, EveryShippedFileLoadsUnderItsOwnNameAndIsWrittenBackTheSame) {
  for (const ShippedFile& file : shipped_files()) {
    SCOPED_TRACE(file.path);
    const std::string name = std::filesystem::path(file.path).stem().string();
    if (file.path.starts_with("models/")) {
      const ModelGeometry model = load_model(name);
      EXPECT_EQ(model.name, name);
      EXPECT_EQ(load_model(write("copy.yaml", to_yaml(model)).string()), model);
    } else if (file.path.starts_with("kv_profiles/")) {
      const KvProfile profile = load_kv_profile(name);
      EXPECT_EQ(profile.name, name);
      EXPECT_EQ(load_kv_profile(write("copy.yaml", to_yaml(profile)).string()), profile);
    } else {
      const HardwareProfile hardware = load_hardware(name);
      EXPECT_EQ(hardware.name, name);
      EXPECT_EQ(load_hardware(write("copy.yaml", to_yaml(hardware)).string()), hardware);
    }
  }
}

TEST_F(ProfilesTest, ModelsHaveTheCacheSizesOfTheirPublishedGeometry) {
  const auto kib_per_token = [](const char* name) {
    return 2 * static_cast<double>(load_model(name).elements(ElementType::bf16, 1)) / 1024;
  };
  EXPECT_EQ(kib_per_token("llama-3.2-1b"), 32);
  EXPECT_EQ(kib_per_token("llama-3.1-8b"), 128);
  EXPECT_EQ(kib_per_token("qwen3-32b"), 256);
  EXPECT_EQ(kib_per_token("llama-3.1-70b"), 320);
  EXPECT_EQ(kib_per_token("deepseek-v3"), 61 * 576 * 2 / 1024.0);
}

TEST_F(ProfilesTest, EveryModelHasItsBytesPerToken) {
  struct Grouped {
    const char* name;
    std::uint64_t layers, kv_heads, head_dim, bytes;
  };
  for (const auto& [name, layers, kv_heads, head_dim, bytes] : std::vector<Grouped>{
           {"llama-3.1-405b", 126, 8, 128, 516'096},
           {"llama-3.3-70b", 80, 8, 128, 327'680},
           {"qwen2.5-7b", 28, 4, 128, 57'344},
           {"qwen2.5-32b", 64, 8, 128, 262'144},
           {"qwen2.5-72b", 80, 8, 128, 327'680},
           {"qwen3-0.6b", 28, 8, 128, 114'688},
           {"qwen3-1.7b", 28, 8, 128, 114'688},
           {"qwen3-8b", 36, 8, 128, 147'456},
           {"qwen3-30b-a3b", 48, 4, 128, 98'304},
           {"qwen3-235b-a22b", 94, 4, 128, 192'512},
           {"qwen3-coder-480b-a35b", 62, 8, 128, 253'952},
           {"glm-4.7", 92, 8, 128, 376'832},
           {"minimax-m2.5", 62, 8, 128, 253'952},
       }) {
    SCOPED_TRACE(name);
    EXPECT_EQ(2 * layers * kv_heads * head_dim * 2, bytes);
    EXPECT_EQ(2 * load_model(name).elements(ElementType::bf16, 1), bytes);
  }
  // Of a latent cache one tensor: the compressed part and the rope key.
  EXPECT_EQ(2 * load_model("kimi-k2").elements(ElementType::bf16, 1), 61 * (512 + 64) * 2);
  EXPECT_EQ(2 * load_model("kimi-k2").elements(ElementType::bf16, 1), 70'272u);
  EXPECT_EQ(2 * load_model("glm-4.7-flash").elements(ElementType::bf16, 1), 47 * (512 + 64) * 2);
  EXPECT_EQ(2 * load_model("glm-4.7-flash").elements(ElementType::bf16, 1), 54'144u);
}

TEST_F(ProfilesTest, ModelsOfSeveralKindsHaveTheBytesThatTheirLayersKeep) {
  const auto bytes = [](const char* name, std::uint64_t tokens) {
    return 2 * load_model(name).elements(ElementType::bf16, tokens);
  };
  const std::uint64_t k1 = 1024, k8 = 8 * k1;
  // Half of the layers keep 128 tokens of 2 x 8 x 64 numbers.
  EXPECT_EQ(bytes("gpt-oss-120b", k8), 18 * (k8 + 128) * 2 * 8 * 64 * 2);
  EXPECT_EQ(bytes("gpt-oss-120b", 100), 36 * 100 * 2 * 8 * 64 * 2u);
  EXPECT_EQ(bytes("gemma-3-27b", k8), (10 * k8 + 52 * k1) * 2 * 16 * 128 * 2);
  // A state is as long for every prompt.
  const std::uint64_t qwen_state = 2'146'304, nemotron_state = 5'316'608;
  EXPECT_EQ(bytes("qwen3-next-80b-a3b", k8), 12 * k8 * 2 * 2 * 256 * 2 + 36 * qwen_state);
  EXPECT_EQ(bytes("nemotron-nano-9b-v2", k8), 4 * k8 * 2 * 8 * 128 * 2 + 27 * nemotron_state);
  EXPECT_EQ(bytes("nemotron-nano-9b-v2", 1), k8 * 2 + 27 * nemotron_state);
  EXPECT_EQ(bytes("deepseek-v3.2", k8), 61 * (k8 * 576 * 2 + k8 * 132));
}

TEST_F(ProfilesTest, LayersOfShippedModelsTakeTheFlopsThatTheirTimeIsMadeOf) {
  constexpr double kFlops = 1e12;
  for (const char* name :
       {"llama-3.2-1b", "llama-3.1-8b", "qwen3-32b", "llama-3.1-70b", "deepseek-v3"}) {
    for (const double scale : {1.0, 8.0}) {
      SCOPED_TRACE(testing::Message() << name << ", " << scale);
      const ModelGeometry model = load_model(name);
      const ComputeModel compute{model, {.flops = kFlops, .memory_bandwidth = 1e30}, scale};
      const std::uint64_t tokens[] = {16'384};
      const JobRequest request{.prompt_tokens = tokens[0]};
      const std::chrono::duration<double> time = compute.prefill({&request, 1}, 0, 1);
      EXPECT_NEAR(layer_flops({model, scale}, tokens) / (time.count() * kFlops), 1, 0.04);
    }
  }
}

constexpr const char* kDevice = R"(name: device
provenance: made up
flops: 631.6 TFLOP/s
memory_bandwidth: 4.634 TB/s
copy: 54.91 GB/s
copy_call: 8.712 us
digest: 3.013 TB/s
peer: 394.8 GB/s
rates:
  splitzip:
    bf16: {encode: 2.033 TB/s, decode: 2.095 TB/s, call: 13.37 us}
    fp8_e4m3: {encode: 1.342 TB/s, decode: 1.255 TB/s, call: 13.04 us}
  ranked:
    bf16: {encode: 1.4 TB/s, decode: 1.2 TB/s, call: 14 us}
splitzip: {escape_bytes: 3}
)";

TEST_F(ProfilesTest, QuantitiesOfADeviceComeInBaseUnits) {
  const HardwareProfile device = load_hardware(write("device.yaml", kDevice).string());
  EXPECT_EQ(device.flops, 631.6e12);
  EXPECT_EQ(device.memory_bandwidth, 4.634e12);
  EXPECT_EQ(device.copy, 54.91e9);
  EXPECT_EQ(device.copy_call, 8.712e-6);
  EXPECT_EQ(device.device_to_device, 394.8e9);
  EXPECT_EQ(device.rates_of("splitzip", ElementType::bf16).encode, 2033e9);
  EXPECT_EQ(device.rates_of("splitzip", ElementType::bf16).decode, 2095e9);
  EXPECT_EQ(device.rates_of("splitzip", ElementType::fp8_e4m3).call, 13.04e-6);
  EXPECT_EQ(device.rates_of("ranked", ElementType::bf16).encode, 1400e9);
  EXPECT_EQ(device.escape_bytes, 3u);
}

TEST_F(ProfilesTest, WhatADeviceIsNotKnownToDoIsLeftOut) {
  HardwareProfile hardware = load_hardware("cpu-2core");
  hardware.device_to_device = 0;
  EXPECT_EQ(to_yaml(hardware).find("peer:"), std::string::npos);
  hardware.device_to_device = 394.5e9;
  EXPECT_EQ(load_hardware(write("copy.yaml", to_yaml(hardware)).string()), hardware);
}

TEST_F(ProfilesTest, AScenarioNamesAFileBesideItself) {
  ModelGeometry tiny = load_model("llama-3.2-1b");
  tiny.name = "tiny";
  tiny.layers = 2;
  write("tiny.yaml", to_yaml(tiny));
  EXPECT_EQ(load("model: tiny.yaml\nlink: {bandwidth: 1 Gbit/s}\n"
                 "workload: {rate: 1 /s, context: 512, output: 8, requests: 8}\n")
                .pipeline.model,
            tiny);
}

TEST_F(ProfilesTest, RefusesAnUnknownName) {
  EXPECT_EQ(message([] { load_model("lama-3.1-8b"); }),
            "no model 'lama-3.1-8b'; did you mean 'llama-3.1-8b'? expected " + models());
  EXPECT_EQ(message([] { load_hardware("tpu"); }),
            "no hardware profile 'tpu'; expected cpu-2core, h200, splitzip-paper or a path that "
            "ends in .yaml");
  EXPECT_EQ(message([&] { load_model((folder_ / "none.yaml").string()); }),
            "none.yaml: no such file, expected a model in YAML");
  EXPECT_EQ(mistakes(kComplete, {"model=none.yaml", "hardware=h20O"}),
            "--set: " + std::filesystem::current_path().string() +
                "/none.yaml: no such file, expected a model in YAML\n"
                "    model=none.yaml\n"
                "          ^\n"
                "--set: no hardware profile 'h20O'; did you mean 'h200'? expected cpu-2core, h200, "
                "splitzip-paper or a path that ends in .yaml\n"
                "    hardware=h20O\n"
                "             ^");
}

TEST_F(ProfilesTest, NamesTheShippedModelThatARepositoryHolds) {
  const auto meant = [&](const char* name) {
    const std::string said = message([&] { load_model(name); });
    const std::size_t begin = said.find("mean '");
    return begin == said.npos ? "" : said.substr(begin + 6, said.find('\'', begin + 6) - begin - 6);
  };
  EXPECT_EQ(meant("meta-llama/Llama-3.1-8B-Instruct"), "llama-3.1-8b");
  EXPECT_EQ(meant("nvidia/Meta-Llama-3.1-405B-Instruct-FP8"), "llama-3.1-405b");
  EXPECT_EQ(meant("Qwen/Qwen3-30B-A3B-Instruct-2507"), "qwen3-30b-a3b");
  EXPECT_EQ(meant("deepseek-ai/DeepSeek-V3-0324"), "deepseek-v3");
  EXPECT_EQ(meant("openai/gpt-oss-120b"), "gpt-oss-120b");
  EXPECT_EQ(meant("mistralai/Mixtral-8x22B-v0.1"), "");
}

TEST_F(ProfilesTest, PointsIntoTheFileThatIsWrong) {
  write("m.yaml",
        "name: m\nlayers: 0\nhidden: 64\nattention_heads: 2\nhead_dim: 8\nactive_parameters: 5 M\n"
        "total_parameters: 4 M\n");
  write("s.yaml", std::string("model: m.yaml\n") + (kComplete + sizeof("model: llama-3.2-1b")));
  EXPECT_EQ(message([&] { load_scenario(folder_ / "s.yaml"); }),
            "m.yaml: expected either 'kv_heads' or, for latent attention, 'latent_dim'\n"
            "m.yaml:2:9: '0' is out of range; expected a count from 1 to 1000\n"
            "    layers: 0\n"
            "            ^\n"
            "m.yaml:6:20: more active parameters than there are; expected at most "
            "'total_parameters'\n"
            "    active_parameters: 5 M\n"
            "                       ^");
}

TEST_F(ProfilesTest, RefusesATokenThatIsTooWideToBeCounted) {
  write("m.yaml",
        "name: m\nlayers: 2\nhidden: 64\nattention_heads: 9\nkv_heads: 1000000\nhead_dim: 5000\n"
        "active_parameters: 4 M\ntotal_parameters: 4 M\n");
  EXPECT_EQ(message([&] { load_model((folder_ / "m.yaml").string()); }),
            "m.yaml:5:11: 1000000 heads of 5000 elements; expected at most 16777216 elements "
            "together\n"
            "    kv_heads: 1000000\n"
            "              ^");
}

TEST_F(ProfilesTest, PointsIntoAModelThatIsWrittenOutInTheScenario) {
  EXPECT_EQ(mistakes(std::string("model:\n"
                                 "  name: m\n  layers: 2\n  hidden: 64\n  attention_heads: 2\n"
                                 "  kv_heads: 2\n  head_dims: 8\n  active_parameters: 4 M\n") +
                     (kComplete + sizeof("model: llama-3.2-1b"))),
            "s.yaml:1:1: 'total_parameters' is missing; expected a number of parameters from 0.001 "
            "M to 1000000 B\n"
            "    model:\n"
            "    ^\n"
            "s.yaml:7:3: no key 'head_dims'; did you mean 'head_dim'?\n"
            "      head_dims: 8\n"
            "      ^");
}

}  // namespace
}  // namespace splitbench
