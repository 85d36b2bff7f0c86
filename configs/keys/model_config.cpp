#include "configs/keys/model_config.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "configs/keys/model_config_file.hpp"
#include "configs/reader/words.hpp"

namespace splitbench {
namespace {

using Json = nlohmann::json;

enum class QueryNorm : std::uint8_t { none, head, layer };

/// The parts of an architecture that its config.json takes for granted.
struct Architecture {
  std::string_view type;          ///< "model_type"
  std::string_view causal_model;  ///< the one of "architectures", for files without a type
  bool latent = false;
  bool biased = false;  ///< queries, keys and values have biases, whatever attention_bias says
  QueryNorm query_norm = QueryNorm::none;
  std::string_view expert_width = "moe_intermediate_size";
};

constexpr auto kArchitectures = std::to_array<Architecture>({
    {.type = "llama", .causal_model = "LlamaForCausalLM"},
    {.type = "mistral", .causal_model = "MistralForCausalLM"},
    {.type = "mixtral", .causal_model = "MixtralForCausalLM", .expert_width = "intermediate_size"},
    {.type = "qwen2", .causal_model = "Qwen2ForCausalLM", .biased = true},
    {.type = "qwen2_moe", .causal_model = "Qwen2MoeForCausalLM", .biased = true},
    {.type = "qwen3", .causal_model = "Qwen3ForCausalLM", .query_norm = QueryNorm::head},
    {.type = "qwen3_moe", .causal_model = "Qwen3MoeForCausalLM", .query_norm = QueryNorm::head},
    {.type = "qwen3_vl_text", .causal_model = "", .query_norm = QueryNorm::head},
    {.type = "qwen3_vl_moe_text", .causal_model = "", .query_norm = QueryNorm::head},
    {.type = "glm4_moe", .causal_model = "Glm4MoeForCausalLM", .query_norm = QueryNorm::head},
    {.type = "minimax_m2",
     .causal_model = "MiniMaxM2ForCausalLM",
     .query_norm = QueryNorm::layer,
     .expert_width = "intermediate_size"},
    {.type = "deepseek_v2", .causal_model = "DeepseekV2ForCausalLM", .latent = true},
    {.type = "deepseek_v3", .causal_model = "DeepseekV3ForCausalLM", .latent = true},
    {.type = "kimi_k2", .causal_model = "", .latent = true},
    {.type = "glm4_moe_lite", .causal_model = "Glm4MoeLiteForCausalLM", .latent = true},
});

struct Feature {
  std::string_view key, name;
};

// A geometry is of layers that are all alike, each of which keeps what it computed of every token.
constexpr auto kIndescribable = std::to_array<Feature>({
    {"index_head_dim", "a sparse attention's indexer, which has a cache of its own"},
    {"sparse_attention_config", "sparse attention, whose index has a cache of its own"},
    {"compress_ratios", "attention to compressed tokens"},
    {"linear_attn_config", "linear attention"},
    {"linear_num_key_heads", "linear attention"},
    {"mamba_num_heads", "state-space layers"},
    {"hybrid_override_pattern", "layers of several kinds"},
    {"hybrid_layer_pattern", "layers of several kinds"},
    {"block_configs", "layers that differ from one another"},
    {"attention_chunk_size", "chunked attention"},
    {"num_kv_shared_layers", "layers that share a cache"},
    {"attention_k_eq_v", "keys that are the values"},
    {"num_global_key_value_heads", "layers that differ from one another"},
    {"cross_attention_layers", "cross-attention"},
});

bool is_set(const Json* value) {
  if (!value || value->empty()) return false;  // null is empty
  if (value->is_boolean()) return value->get<bool>();
  return !value->is_number() || *value != 0;
}

/// Refuses what stands in the way of a geometry. A window that spans the longest context is none.
void refuse_features(ModelConfigFile& file) {
  const auto refuse = [&](std::string_view key, std::string_view feature) {
    file.refuse(key, fmt::format("{} ('{}') is not supported; expected a model whose layers all "
                                 "keep the keys and values of every token",
                                 feature, key));
  };
  for (const auto& [key, name] : kIndescribable) {
    if (is_set(file.find(key))) refuse(key, name);
  }
  const std::string type = file.text("model_type");
  const bool windows = file.flag("use_sliding_window", !type.starts_with("qwen"));
  const Json *window = file.find("sliding_window"), *longest = file.find("max_position_embeddings");
  if (is_set(window) && windows && !(longest && *window >= *longest))
    refuse("sliding_window", "sliding-window attention");
  const Json* types = file.find("layer_types");
  if (types) {
    const auto other =
        std::ranges::find_if(*types, [](const Json& t) { return t != "full_attention"; });
    if (other != types->end())
      refuse("layer_types",
             fmt::format("a layer of {}",
                         other->is_string() ? other->get<std::string>() : "another kind"));
  }
  const Json* attention = file.find("attn_type_list");
  if (attention && !std::ranges::all_of(*attention, [](const Json& t) { return t == 1; }))
    refuse("attn_type_list", "linear attention");
}

const Architecture* architecture_of(ModelConfigFile& file) {
  const std::string type = file.text("model_type");
  const Json* classes = file.find("architectures");
  const auto found = std::ranges::find_if(kArchitectures, [&](const Architecture& architecture) {
    if (!type.empty()) return architecture.type == type;
    return classes && classes->is_array() && !classes->empty() &&
           classes->front() == architecture.causal_model;
  });
  if (found != kArchitectures.end()) return found;
  std::vector<std::string> types;
  for (const Architecture& architecture : kArchitectures) types.emplace_back(architecture.type);
  file.refuse("model_type",
              fmt::format("{}; expected {}, or the model's keys in a .yaml file",
                          type.empty() ? "no 'model_type'"
                                       : fmt::format("model_type '{}' is not supported", type),
                          one_of(types)));
  return nullptr;
}

/// Returns the weights of a layer's attention and norms, and fills in what the cache depends on.
double read_latent_attention(ModelConfigFile& file, ModelGeometry& model) {
  const auto plain = file.size("qk_nope_head_dim"), rope = file.size("qk_rope_head_dim");
  const auto value = file.size("v_head_dim"), rank = file.size("kv_lora_rank");
  model.latent_dim = rank + rope;
  // Scores read heads of one width and values of another; attention costs their mean.
  model.head_dim = (plain + rope + value + 1) / 2;
  const double hidden = model.hidden, heads = model.attention_heads;
  const double query = heads * (plain + rope);
  const auto query_rank = file.find("q_lora_rank") ? double(file.size("q_lora_rank")) : 0;
  const double queries = query_rank > 0 ? query_rank * (hidden + 1 + query) : hidden * query;
  return queries + hidden * model.latent_dim + rank + rank * heads * (plain + value) +
         heads * value * hidden;
}

double read_grouped_attention(ModelConfigFile& file, const Architecture& architecture,
                              ModelGeometry& model) {
  // One without query heads per KV head has as many of both.
  const bool multi_head = architecture.type == "llama" && !file.find("num_key_value_heads");
  model.kv_heads = multi_head ? model.attention_heads : file.size("num_key_value_heads");
  const bool derived = !file.find("head_dim") && architecture.query_norm == QueryNorm::none;
  model.head_dim =
      derived ? model.hidden / std::max(1U, model.attention_heads) : file.size("head_dim");
  if (const Json* value = file.find("v_head_dim"); value && *value != model.head_dim)
    file.refuse("v_head_dim", "values that are not as wide as keys are not supported");
  const double queries = double(model.attention_heads) * model.head_dim;
  const double keys = double(model.kv_heads) * model.head_dim;
  double weights = double(model.hidden) * 2 * (queries + keys);
  if (architecture.biased || file.flag("attention_bias", false)) weights += queries + 2 * keys;
  if (architecture.query_norm == QueryNorm::head) weights += 2.0 * model.head_dim;
  if (architecture.query_norm == QueryNorm::layer) weights += queries + keys;
  return weights;
}

/// The networks behind the attention: dense ones, and mixtures of experts.
struct FeedForward {
  double layers_of_experts = 0;
  double experts = 0, chosen = 0;  ///< of one layer, without those that every token passes through
  double dense = 0, expert = 0, shared = 0;  ///< weights
};

/// Returns how many layers are mixtures of experts, by each way in which files say so.
double count_layers_of_experts(ModelConfigFile& file, std::uint32_t layers) {
  const Json *types = file.find("mlp_layer_types"), *each = file.find("moe_layer_freq");
  const Json* dense = file.find("mlp_only_layers");
  const auto first = file.count("first_k_dense_replace", 0);
  const auto step = std::max(1U, file.count("decoder_sparse_step", 1));
  const bool listed = each && each->is_array();
  const auto frequency = listed ? 1U : std::max(1U, file.count("moe_layer_freq", 1));
  double count = 0;
  for (std::uint32_t layer = 0; layer < layers; ++layer) {
    if (types && types->is_array() && layer < types->size()) {
      count += (*types)[layer] == "sparse";
    } else if (listed && layer < each->size()) {
      count += (*each)[layer] == 1;
    } else {
      const bool alone = dense && std::ranges::find(*dense, Json(layer)) != dense->end();
      count += layer >= first && layer % frequency == 0 && (layer + 1) % step == 0 && !alone;
    }
  }
  return count;
}

FeedForward read_feed_forward(ModelConfigFile& file, const Architecture& architecture,
                              const ModelGeometry& model) {
  FeedForward network;
  const double one = 3.0 * model.hidden;  // gate, up and down
  for (const char* key : {"num_experts", "num_local_experts", "n_routed_experts"})
    network.experts += file.count(key, 0);
  if (network.experts > 0) {
    network.layers_of_experts = count_layers_of_experts(file, model.layers);
    network.chosen = std::min<double>(file.size("num_experts_per_tok"), network.experts);
    const double width = file.size(architecture.expert_width);
    network.expert = one * width;
    network.shared = file.count("n_shared_experts", 0) * network.expert +
                     one * file.count("shared_expert_intermediate_size", 0) +
                     model.hidden * network.experts;  // the last is the router
  }
  if (network.layers_of_experts < model.layers)
    network.dense = one * file.size("intermediate_size");
  return network;
}

void read_parameters(ModelConfigFile& file, const Architecture& architecture, double attention,
                     ModelGeometry& model) {
  if (file.find("total_parameters") && file.find("active_parameters")) {
    model.total_parameters = file.number("total_parameters");
    model.active_parameters = file.number("active_parameters");
    if (model.active_parameters > model.total_parameters)
      file.refuse("active_parameters", "more active parameters than there are");
    return;
  }
  file.explain_missing(
      ", of which the parameters are computed; add it, or 'total_parameters' and "
      "'active_parameters'");
  const FeedForward network = read_feed_forward(file, architecture, model);
  const double hidden = model.hidden, norms = 2 * hidden;
  const double embeddings = file.size("vocab_size") * hidden * (file.tied() ? 1 : 2);
  const double always = embeddings + hidden + model.layers * (attention + norms) +
                        (model.layers - network.layers_of_experts) * network.dense +
                        network.layers_of_experts * network.shared;
  const double each = network.layers_of_experts * network.expert;
  model.total_parameters = always + network.experts * each;
  model.active_parameters = always + network.chosen * each;
}

}  // namespace

bool is_model_config(const std::filesystem::path& path) {
  return path.extension() == ".json";
}

ModelGeometry read_model_config(const std::filesystem::path& path, Diagnostics& diagnostics) {
  ModelConfigFile file(path, diagnostics);
  ModelGeometry model{.name = file.model_name()};
  refuse_features(file);
  if (file.refused()) return model;
  const Architecture* architecture = architecture_of(file);
  if (!architecture) return model;
  model.layers = file.size("num_hidden_layers", 1000);
  model.hidden = file.size("hidden_size");
  model.attention_heads = file.size("num_attention_heads");
  const double attention = architecture->latent
                               ? read_latent_attention(file, model)
                               : read_grouped_attention(file, *architecture, model);
  read_parameters(file, *architecture, attention, model);
  return model;
}

}  // namespace splitbench
