#include "configs/keys/model_config.hpp"

#include "configs/reader/config_test.hpp"

namespace splitbench {
namespace {

// What the config.json of these models says, as far as it matters here; the shipped files name the
// sources.
constexpr const char* kLlama8b = R"({"architectures": ["LlamaForCausalLM"], "model_type": "llama",
  "attention_bias": false, "hidden_size": 4096, "intermediate_size": 14336,
  "num_attention_heads": 32, "num_hidden_layers": 32, "num_key_value_heads": 8,
  "tie_word_embeddings": false, "vocab_size": 128256})";
constexpr const char* kQwen25 = R"({"model_type": "qwen2", "hidden_size": 3584,
  "intermediate_size": 18944, "max_position_embeddings": 131072, "num_attention_heads": 28,
  "num_hidden_layers": 28, "num_key_value_heads": 4, "sliding_window": 131072,
  "use_sliding_window": false, "tie_word_embeddings": false, "vocab_size": 152064})";
constexpr const char* kQwen3Tied = R"({"model_type": "qwen3", "head_dim": 128, "hidden_size": 1024,
  "intermediate_size": 3072, "num_attention_heads": 16, "num_hidden_layers": 28,
  "num_key_value_heads": 8, "sliding_window": null, "tie_word_embeddings": true,
  "use_sliding_window": false, "vocab_size": 151936})";
constexpr const char* kQwen3Moe = R"({"model_type": "qwen3_moe", "decoder_sparse_step": 1,
  "head_dim": 128, "hidden_size": 2048, "intermediate_size": 6144, "mlp_only_layers": [],
  "moe_intermediate_size": 768, "num_attention_heads": 32, "num_experts": 128,
  "num_experts_per_tok": 8, "num_hidden_layers": 48, "num_key_value_heads": 4,
  "tie_word_embeddings": false, "vocab_size": 151936})";
constexpr const char* kDeepSeek = R"({"model_type": "deepseek_v3", "first_k_dense_replace": 3,
  "hidden_size": 7168, "intermediate_size": 18432, "kv_lora_rank": 512,
  "moe_intermediate_size": 2048, "moe_layer_freq": 1, "n_routed_experts": 256,
  "n_shared_experts": 1, "num_attention_heads": 128, "num_experts_per_tok": 8,
  "num_hidden_layers": 61, "num_key_value_heads": 128, "num_nextn_predict_layers": 1,
  "q_lora_rank": 1536, "qk_nope_head_dim": 128, "qk_rope_head_dim": 64, "v_head_dim": 128,
  "tie_word_embeddings": false, "vocab_size": 129280})";
constexpr const char* kKimi = R"("model_type": "kimi_k2", "first_k_dense_replace": 1,
  "hidden_size": 7168, "intermediate_size": 18432, "kv_lora_rank": 512,
  "moe_intermediate_size": 2048, "n_routed_experts": 384, "n_shared_experts": 1,
  "num_attention_heads": 64, "num_experts_per_tok": 8, "num_hidden_layers": 61,
  "q_lora_rank": 1536, "qk_nope_head_dim": 128, "qk_rope_head_dim": 64, "v_head_dim": 128,
  "vocab_size": 163840)";
constexpr const char* kMiniMax = R"({"model_type": "minimax_m2", "head_dim": 128,
  "hidden_size": 3072, "intermediate_size": 1536, "num_attention_heads": 48,
  "num_experts_per_tok": 8, "num_hidden_layers": 62, "num_key_value_heads": 8,
  "num_local_experts": 256, "shared_intermediate_size": 0, "tie_word_embeddings": false,
  "attn_type_list": [1, 1, 1], "use_mtp": true, "vocab_size": 200064})";

constexpr const char* kGptOss = R"({"model_type": "gpt_oss", "attention_bias": true, "head_dim": 64,
  "hidden_size": 2880, "intermediate_size": 2880, "num_attention_heads": 64,
  "num_experts_per_tok": 4, "num_hidden_layers": 36, "num_key_value_heads": 8,
  "num_local_experts": 128, "sliding_window": 128, "tie_word_embeddings": false,
  "vocab_size": 201088})";
constexpr const char* kGemma3 = R"({"model_type": "gemma3", "text_config": {
  "model_type": "gemma3_text", "head_dim": 128, "hidden_size": 5376, "intermediate_size": 21504,
  "num_attention_heads": 32, "num_hidden_layers": 62, "num_key_value_heads": 16,
  "sliding_window": 1024, "vocab_size": 262208}})";
constexpr const char* kQwen3Next = R"({"model_type": "qwen3_next", "decoder_sparse_step": 1,
  "full_attention_interval": 4, "head_dim": 256, "hidden_size": 2048, "intermediate_size": 5120,
  "linear_conv_kernel_dim": 4, "linear_key_head_dim": 128, "linear_num_key_heads": 16,
  "linear_num_value_heads": 32, "linear_value_head_dim": 128, "mlp_only_layers": [],
  "moe_intermediate_size": 512, "num_attention_heads": 16, "num_experts": 512,
  "num_experts_per_tok": 10, "num_hidden_layers": 48, "num_key_value_heads": 2,
  "shared_expert_intermediate_size": 512, "tie_word_embeddings": false,
  "use_sliding_window": false, "vocab_size": 151936})";
constexpr const char* kNemotron = R"({"model_type": "nemotron_h", "conv_kernel": 4, "head_dim": 128,
  "hidden_size": 4480, "mamba_head_dim": 80, "mamba_num_heads": 128, "n_groups": 8,
  "hybrid_override_pattern": "M-M-M-MM-M-M-M*-M-M-M*-M-M-M-M*-M-M-M-M*-M-MM-M-M-M-M-M-",
  "intermediate_size": 15680, "num_attention_heads": 40, "num_hidden_layers": 56,
  "num_key_value_heads": 8, "ssm_state_size": 128, "vocab_size": 131072})";

/// DeepSeek V3 with the index of V3.2.
std::string deepseek_v32() {
  return R"({"model_type": "deepseek_v32", "index_head_dim": 128, "index_n_heads": 64, )" +
         std::string(kDeepSeek).substr(
             std::string_view(R"({"model_type": "deepseek_v3", )").size());
}

class ModelConfigTest : public ConfigTest {
 protected:
  ModelGeometry read(const std::string& text, const std::string& name = "m.json") const {
    return load_model(write(name, text).string());
  }
  std::string mistakes_of(const std::string& text) const {
    return message([&] { read(text); });
  }
  static std::string with(std::string text, const std::string& added) {
    return text.insert(1, added + ", ");
  }
};

TEST_F(ModelConfigTest, ComputesTheParametersThatArePublished) {
  // To the parameter, as the checkpoints of dense models count themselves.
  EXPECT_EQ(read(kLlama8b).total_parameters, 8'030'261'248);
  EXPECT_EQ(read(kQwen25).total_parameters, 7'615'616'512);
  EXPECT_EQ(read(kQwen3Tied).total_parameters, 596'049'920);
  EXPECT_EQ(read(kQwen3Moe).total_parameters, 30'532'122'624);
  EXPECT_EQ(read(kLlama8b).active_parameters, 8'030'261'248);
  // As their makers call them: 30.5 B with 3.3 B active, 671 B with 37 B, 1 T with 32 B.
  EXPECT_NEAR(read(kQwen3Moe).active_parameters, 3.3e9, 0.06e9);
  EXPECT_NEAR(read(kDeepSeek).total_parameters, 671e9, 0.1e9);
  EXPECT_NEAR(read(kDeepSeek).active_parameters, 37e9, 0.6e9);
  EXPECT_NEAR(read('{' + std::string(kKimi) + '}').total_parameters, 1.0e12, 0.03e12);
  EXPECT_NEAR(read('{' + std::string(kKimi) + '}').active_parameters, 32e9, 0.9e9);
  EXPECT_NEAR(read(kMiniMax).total_parameters, 229e9, 1e9);
  EXPECT_NEAR(read(kGptOss).total_parameters, 116.8e9, 0.1e9);
  EXPECT_NEAR(read(kGemma3).total_parameters, 27.0e9, 0.1e9);
  EXPECT_NEAR(read(kQwen3Next).total_parameters, 80e9, 0.5e9);
  EXPECT_NEAR(read(deepseek_v32()).total_parameters, 671.9e9, 0.1e9);
}

TEST_F(ModelConfigTest, ReadsTheGeometryThatIsShippedForTheSameModel) {
  const auto expect_shipped = [&](const std::string& text, const char* name) {
    SCOPED_TRACE(name);
    ModelGeometry model = read(text), shipped = load_model(name);
    EXPECT_NEAR(model.total_parameters / shipped.total_parameters, 1, 1e-4);
    EXPECT_NEAR(model.active_parameters / shipped.active_parameters, 1, 1e-4);
    model.name = name;
    model.total_parameters = shipped.total_parameters;
    model.active_parameters = shipped.active_parameters;
    EXPECT_EQ(model, shipped);
  };
  expect_shipped(kLlama8b, "llama-3.1-8b");
  expect_shipped(kQwen25, "qwen2.5-7b");
  expect_shipped(kQwen3Tied, "qwen3-0.6b");
  expect_shipped(kQwen3Moe, "qwen3-30b-a3b");
  expect_shipped('{' + std::string(kKimi) + '}', "kimi-k2");
  expect_shipped(kMiniMax, "minimax-m2.5");
  expect_shipped(kGptOss, "gpt-oss-120b");
  expect_shipped(kGemma3, "gemma-3-27b");
  expect_shipped(kQwen3Next, "qwen3-next-80b-a3b");
  expect_shipped(deepseek_v32(), "deepseek-v3.2");
  expect_shipped(
      with(kNemotron, R"("total_parameters": 8888227328, "active_parameters": 8888227328)"),
      "nemotron-nano-9b-v2");
}

TEST_F(ModelConfigTest, AMultimodalModelIsItsText) {
  const ModelGeometry model = read(R"({"model_type": "kimi_k25", "tie_word_embeddings": false,
               "vision_config": {"hidden_size": 1152, "num_hidden_layers": 27},
               "text_config": {)" + std::string(kKimi) +
                                   "}}");
  EXPECT_EQ(model.layers, 61u);
  EXPECT_EQ(model.latent_dim, 576u);
  EXPECT_EQ(model.head_dim, 160u);
  EXPECT_EQ(model.kv_heads, 0u);
  EXPECT_EQ(model, read('{' + std::string(kKimi) + '}'));
}

TEST_F(ModelConfigTest, IsCalledAsItsFolderOrItsFile) {
  std::filesystem::create_directory(folder_ / "Llama-3.1-8B");
  EXPECT_EQ(read(kLlama8b, "Llama-3.1-8B/config.json").name, "Llama-3.1-8B");
  EXPECT_EQ(read(kLlama8b, "mine.json").name, "mine");
}

TEST_F(ModelConfigTest, AScenarioNamesItBesideItselfAndIsWrittenWithItsKeys) {
  const std::string rest(kComplete + sizeof("model: llama-3.2-1b"));
  write("config.json", kQwen3Moe);
  const Scenario scenario = load("model: config.json\n" + rest);
  EXPECT_EQ(scenario.pipeline.model.kv_heads, 4u);
  EXPECT_EQ(load(to_yaml(scenario)).pipeline.model, scenario.pipeline.model);
}

TEST_F(ModelConfigTest, RefusesFeaturesByNameAndKey) {
  const auto first_line = [&](const std::string& added, const char* text = kQwen25) {
    const std::string said = mistakes_of(with(text, added));
    return said.substr(0, said.find('\n'));
  };
  EXPECT_EQ(mistakes_of(with(kLlama8b, R"("num_kv_shared_layers": 4)")),
            "m.json:1:2: layers that share a cache ('num_kv_shared_layers') is not supported; "
            "expected a model whose layers keep keys and values, of all tokens or of the last "
            "ones, or a state\n"
            "    {\"num_kv_shared_layers\": 4, \"architectures\": [\"LlamaForCausalLM\"], "
            "\"model_type\": \"llama\",\n"
            "     ^");
  const std::string way_out =
      " is not supported; expected a model whose layers keep keys and values, of all tokens or of "
      "the last ones, or a state";
  EXPECT_EQ(first_line(R"("layer_types": ["chunked_attention"])"),
            "m.json:1:2: a layer of chunked_attention ('layer_types') is not supported; expected "
            "full_attention, sliding_attention, linear_attention or mamba");
  EXPECT_EQ(
      first_line(R"("linear_num_key_heads": 16)"),
      "m.json:1:2: linear attention without 'layer_types' ('linear_num_key_heads')" + way_out);
  EXPECT_EQ(first_line(R"("mamba_num_heads": 16)"),
            "m.json:1:2: state-space layers without 'layer_types' ('mamba_num_heads')" + way_out);
  EXPECT_EQ(first_line(R"("attention_chunk_size": 8192)"),
            "m.json:1:2: chunked attention ('attention_chunk_size')" + way_out);
}

TEST_F(ModelConfigTest, ReadsTheKindsOfLayersHoweverTheFileSaysThem) {
  const LayerKind window{.window = 128};
  ModelGeometry stated = read(kGptOss);
  EXPECT_EQ(stated.kinds.size(), 36u);
  EXPECT_EQ(stated.kinds[0], window);
  EXPECT_EQ(stated.kinds[1], LayerKind());
  std::string types;
  for (int pair = 0; pair < 18; ++pair)
    types += std::string(pair == 0 ? "" : ", ") + R"("sliding_attention", "full_attention")";
  EXPECT_EQ(read(with(kGptOss, "\"layer_types\": [" + types + "]")), stated);
  // A window of all layers, and one of those from some layer on.
  const ModelGeometry all = read(with(kLlama8b, R"("sliding_window": 128)"));
  EXPECT_EQ(all.kinds, std::vector(32, window));
  std::string last = kQwen25;
  last.replace(last.find("\"use_sliding_window\": false"), 27,
               "\"use_sliding_window\": true, \"max_window_layers\": 26");
  last.replace(last.find("\"sliding_window\": 131072"), 24, "\"sliding_window\": 128");
  std::vector<LayerKind> two(28);
  two[26] = two[27] = window;
  EXPECT_EQ(read(last).kinds, two);
}

TEST_F(ModelConfigTest, KindsThatDoNotFitTheLayersAreRefused) {
  const auto first_line = [&](const std::string& text) {
    const std::string said = mistakes_of(text);
    return said.substr(0, said.find('\n'));
  };
  EXPECT_EQ(first_line(with(kLlama8b, R"("layer_types": ["full_attention"])")),
            "m.json:1:2: 'layer_types' has 1 layers, and 'num_hidden_layers' is 32");
  EXPECT_EQ(first_line(kNemotron),
            "m.json: 'total_parameters' is missing: the parameters of such a model are not "
            "computed; add them as plain numbers");
  EXPECT_EQ(first_line(with(kLlama8b, R"("hybrid_override_pattern": "M*X")")).substr(0, 12),
            "m.json: 'mam");
}

TEST_F(ModelConfigTest, AFeatureThatIsOffIsNone) {
  EXPECT_EQ(read(with(kLlama8b, R"("num_kv_shared_layers": 0, "sliding_window": null,
      "attention_k_eq_v": false)")),
            read(kLlama8b));
  EXPECT_EQ(read(with(kLlama8b, R"("sliding_window": 131072, "max_position_embeddings": 131072)")),
            read(kLlama8b));
}

TEST_F(ModelConfigTest, RefusesAnArchitectureThatItDoesNotKnow) {
  const std::string said = mistakes_of(R"({"model_type": "gpt2", "n_layer": 12})");
  EXPECT_EQ(said.substr(0, said.find(", mistral")),
            "m.json:1:2: model_type 'gpt2' is not supported; expected llama");
  EXPECT_EQ(mistakes_of("{}").substr(0, 34), "m.json: no 'model_type'; expected ");
}

TEST_F(ModelConfigTest, AsksForTheParametersWhereAWidthIsMissing) {
  const std::string bare =
      R"({"architectures": ["LlamaForCausalLM"], "num_hidden_layers": 32, "hidden_size": 4096,
          "num_attention_heads": 32, "num_key_value_heads": 8})";
  const std::string way_out =
      "' is missing, of which the parameters are computed; add it, or 'total_parameters' and "
      "'active_parameters'";
  EXPECT_EQ(mistakes_of(bare),
            "m.json: 'intermediate_size" + way_out + "\nm.json: 'vocab_size" + way_out);
  ModelGeometry shipped = load_model("llama-3.1-8b");
  shipped.name = "m";
  EXPECT_EQ(read(with(bare, R"("total_parameters": 8030261248, "active_parameters": 8030261248)")),
            shipped);
}

TEST_F(ModelConfigTest, PointsAtWhatIsWrong) {
  EXPECT_EQ(mistakes_of("{\n\"model_type\": \"llama\",\n  \"num_hidden_layers\": 0,\n"
                        "\"hidden_size\": \"wide\", \"num_attention_heads\": 2,\n"
                        "\"intermediate_size\": 64, \"vocab_size\": 100\n}"),
            "m.json:3:3: 'num_hidden_layers': expected a count from 1 to 1000\n"
            "      \"num_hidden_layers\": 0,\n"
            "      ^\n"
            "m.json:4:1: 'hidden_size': expected a number\n"
            "    \"hidden_size\": \"wide\", \"num_attention_heads\": 2,\n"
            "    ^");
  EXPECT_EQ(
      mistakes_of("{\"model_type\": \"llama\", \"num_hidden_layers\": 2, \"hidden_size\": 64,\n"
                  "\"num_attention_heads\": 2, \"num_key_value_heads\": 100000,\n"
                  "\"head_dim\": 5000, \"intermediate_size\": 64, \"vocab_size\": 100}"),
      "m.json:2:27: 100000 heads of 5000 elements, expected at most 16777216 elements "
      "together\n"
      "    \"num_attention_heads\": 2, \"num_key_value_heads\": 100000,\n"
      "                              ^");
  const std::string small =
      "{\"model_type\": \"mistral\", \"num_hidden_layers\": 2, \"num_key_value_heads\": 4,"
      " \"intermediate_size\": 64, \"vocab_size\": 100, ";
  const auto says = [&](const std::string& rest, const std::string& words) {
    EXPECT_NE(mistakes_of(small + rest + "}").find(words), std::string::npos)
        << rest << ": " << mistakes_of(small + rest + "}");
  };
  const std::string heads = "\"hidden_size\": 64, \"num_attention_heads\": ";
  says("\"hidden_size\": 7, \"num_attention_heads\": 32",
       "'hidden_size' 7 is not divided by 32 heads; expected a divisor of it, or 'head_dim'");
  says(heads + "2", "4 KV heads for 2 heads, expected at most as many");
  says(heads + "8, \"sliding_window\": \"4096\"", "'sliding_window': expected a number");
  says(heads + "8, \"sliding_window\": 16, \"max_position_embeddings\": []",
       "'max_position_embeddings': expected a number");
  says(heads + "8, \"layer_types\": \"full_attention\"", "'layer_types': expected a list");
  EXPECT_EQ(mistakes_of("{"), "m.json: the JSON ends after 1 bytes, expected JSON");
  EXPECT_EQ(mistakes_of("[]"), "m.json: no object, expected a model's config.json");
  EXPECT_EQ(message([&] { load_model((folder_ / "none.json").string()); }),
            "none.json: no such file, expected a model's config.json");
}

}  // namespace
}  // namespace splitbench
