#include "configs/keys/model_config.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

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
  bool indexed = false;  ///< attention chooses tokens by an index, which it keeps of all
  bool biased = false;   ///< queries, keys and values have biases, whatever attention_bias says
  bool gated = false;    ///< full attention has a gate as wide as its queries
  bool tied = false;     ///< the output is the embedding unless the file says otherwise
  /// The layers' kinds where the file does not list them: the last of so many, one after the other,
  /// attends to all tokens. 0: they are all alike.
  std::uint32_t full_each = 0;
  bool states_parameters = true;  ///< their number follows from what the file says
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
    {.type = "deepseek_v32",
     .causal_model = "DeepseekV32ForCausalLM",
     .latent = true,
     .indexed = true},
    {.type = "glm_moe_dsa",
     .causal_model = "GlmMoeDsaForCausalLM",
     .latent = true,
     .indexed = true},
    {.type = "gpt_oss",
     .causal_model = "GptOssForCausalLM",
     .biased = true,
     .full_each = 2,
     .expert_width = "intermediate_size"},
    {.type = "gemma3_text",
     .causal_model = "Gemma3ForCausalLM",
     .tied = true,
     .full_each = 6,
     .query_norm = QueryNorm::head},
    {.type = "qwen3_next",
     .causal_model = "Qwen3NextForCausalLM",
     .gated = true,
     .full_each = 4,
     .query_norm = QueryNorm::head},
    {.type = "nemotron_h", .causal_model = "NemotronHForCausalLM", .states_parameters = false},
});

struct Feature {
  std::string_view key, name;
};

constexpr auto kIndescribable = std::to_array<Feature>({
    {"sparse_attention_config", "sparse attention, whose index has a cache of its own"},
    {"compress_ratios", "attention to compressed tokens"},
    {"linear_attn_config", "linear attention of that form"},
    {"hybrid_layer_pattern", "layers of several kinds in that form"},
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

/// Refuses what stands in the way of a geometry.
void refuse_features(ModelConfigFile& file) {
  const auto refuse = [&](std::string_view key, std::string_view feature) {
    file.refuse(key,
                fmt::format("{} ('{}') is not supported; expected a model whose layers keep keys "
                            "and values, of all tokens or of the last ones, or a state",
                            feature, key));
  };
  for (const auto& [key, name] : kIndescribable) {
    if (is_set(file.find(key))) refuse(key, name);
  }
  const bool listed =
      is_set(file.find("layer_types")) || is_set(file.find("hybrid_override_pattern"));
  if (!listed && is_set(file.find("mamba_num_heads")))
    refuse("mamba_num_heads", "state-space layers without 'layer_types'");
  const bool some = is_set(file.find("full_attention_interval"));
  if (!listed && !some && is_set(file.find("linear_num_key_heads")))
    refuse("linear_num_key_heads", "linear attention without 'layer_types'");
  const Json* attention = file.find("attn_type_list");
  if (attention && !std::ranges::all_of(*attention, [](const Json& t) { return t == 1; }))
    refuse("attn_type_list", "linear attention in that form");
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
  if (derived && !file.refused() && model.hidden % model.attention_heads != 0)
    file.refuse(
        "num_attention_heads",
        fmt::format("'hidden_size' {} is not divided by {} heads; expected a divisor of it, "
                    "or 'head_dim'",
                    model.hidden, model.attention_heads));
  if (const Json* value = file.find("v_head_dim"); value && *value != model.head_dim)
    file.refuse("v_head_dim", "values that are not as wide as keys are not supported");
  const double queries = double(model.attention_heads) * model.head_dim;
  const double keys = double(model.kv_heads) * model.head_dim;
  if (keys > kMostWidth)
    file.refuse("num_key_value_heads",
                fmt::format("{} heads of {} elements, expected at most {} elements together",
                            model.kv_heads, model.head_dim, kMostWidth));
  else if (!file.refused() && model.kv_heads > model.attention_heads)
    file.refuse("num_key_value_heads",
                fmt::format("{} KV heads for {} heads, expected at most as many", model.kv_heads,
                            model.attention_heads));
  double weights = double(model.hidden) * ((architecture.gated ? 3 : 2) * queries + 2 * keys);
  if (architecture.biased || file.flag("attention_bias", false)) weights += queries + 2 * keys;
  if (architecture.query_norm == QueryNorm::head) weights += 2.0 * model.head_dim;
  if (architecture.query_norm == QueryNorm::layer) weights += queries + keys;
  return weights;
}

// What engines keep of a layer without attention: the state of its recurrence as fp32, and of its
// convolution the inputs of all steps but the last, as bf16.

constexpr std::uint64_t kRecurrentBytes = 4, kConvolutionBytes = 2;

std::uint64_t state_bytes(std::uint64_t recurrent, std::uint64_t channels, std::uint64_t kernel) {
  return kRecurrentBytes * recurrent + kConvolutionBytes * channels * (kernel - 1);
}

/// A layer of linear attention (gated delta rule): what it keeps, and its weights.
struct LinearAttention {
  std::uint64_t bytes = 0;
  double weights = 0;
};

LinearAttention read_linear_attention(ModelConfigFile& file, const ModelGeometry& model) {
  const std::uint64_t keys = file.size("linear_num_key_heads"),
                      values = file.size("linear_num_value_heads"),
                      key_width = file.size("linear_key_head_dim"),
                      value_width = file.size("linear_value_head_dim"),
                      kernel = file.size("linear_conv_kernel_dim");
  if (file.refused()) return {};
  const std::uint64_t queries_and_keys = 2 * keys * key_width, out = values * value_width;
  const std::uint64_t channels = queries_and_keys + out;
  const double hidden = model.hidden;
  return {.bytes = state_bytes(values * key_width * value_width, channels, kernel),
          .weights = hidden * double(channels + out + 2 * values) + double(channels * kernel) +
                     hidden * double(out) + double(2 * values + value_width)};
}

std::uint64_t read_state_space(ModelConfigFile& file) {
  const std::uint64_t heads = file.size("mamba_num_heads"), width = file.size("mamba_head_dim"),
                      states = file.size("ssm_state_size"), groups = file.size("n_groups"),
                      kernel = file.size("conv_kernel");
  if (file.refused()) return 0;
  return state_bytes(heads * width * states, heads * width + 2 * groups * states, kernel);
}

/// Reads the kind of each layer.
class LayerKinds {
 public:
  LayerKinds(ModelConfigFile& file, const Architecture& architecture, const ModelGeometry& model)
      : file_(file), architecture_(architecture), model_(model) {}

  /// Returns none if all layers keep every token.
  std::vector<LayerKind> read() {
    std::vector<LayerKind> kinds = all();
    if (std::ranges::all_of(kinds, [](const LayerKind& kind) { return kind == LayerKind(); }))
      kinds.clear();
    return kinds;
  }

  /// Returns the weights of a layer of linear attention, if there are any.
  double linear_weights() const { return linear_.weights; }

 private:
  std::vector<LayerKind> all() {
    if (const Json* pattern = file_.find("hybrid_override_pattern"); is_set(pattern))
      return by_letters(file_.text("hybrid_override_pattern"));
    if (const Json* types = file_.find("layer_types")) {
      if (types->is_array()) return by_words(*types);
      file_.refuse("layer_types", "'layer_types': expected a list");
      return {};
    }
    const std::uint32_t step =
        file_.count(file_.find("full_attention_interval") ? "full_attention_interval"
                                                          : "sliding_window_pattern",
                    architecture_.full_each);
    std::vector<LayerKind> kinds;
    for (std::uint32_t layer = 0; layer < model_.layers; ++layer) {
      const bool full = step > 0 && (layer + 1) % step == 0;
      kinds.push_back(full                                    ? LayerKind()
                      : file_.find("linear_num_key_heads")    ? linear()
                      : step > 0 || slides_from_itself(layer) ? window()
                                                              : LayerKind());
    }
    return kinds;
  }

  /// Returns whether a layer of a model that says nothing of its kinds has a window: all have if
  /// there is one, but for Qwen's, which have it from some layer on, and if they are told to.
  bool slides_from_itself(std::uint32_t layer) {
    const Json *window = file_.find("sliding_window"),
               *longest = file_.find("max_position_embeddings");
    if (!is_set(window)) return false;
    for (const auto& [key, value] :
         {std::pair{"sliding_window", window}, {"max_position_embeddings", longest}})
      if (value && !value->is_number()) {
        file_.refuse(key, fmt::format("'{}': expected a number", key));
        return false;
      }
    if (longest && *window >= *longest) return false;  // it spans all
    const bool asked = architecture_.type.starts_with("qwen");
    if (!file_.flag("use_sliding_window", !asked)) return false;
    return layer >= (asked ? file_.count("max_window_layers", 0) : 0);
  }

  std::vector<LayerKind> by_words(const Json& types) {
    std::vector<LayerKind> kinds;
    for (const Json& type : types) {
      const std::string word = type.is_string() ? type.get<std::string>() : "another kind";
      if (word == "full_attention" || word == "attention") {
        kinds.emplace_back();
      } else if (word == "sliding_attention") {
        kinds.push_back(window());
      } else if (word == "linear_attention") {
        kinds.push_back(linear());
      } else if (word == "mamba") {
        kinds.push_back({.keeps = LayerKind::Keeps::state, .state_bytes = read_state_space(file_)});
      } else {
        file_.refuse("layer_types",
                     fmt::format("a layer of {} ('layer_types') is not supported; expected "
                                 "full_attention, sliding_attention, linear_attention or mamba",
                                 word));
        return {};
      }
    }
    return of_all(std::move(kinds), "layer_types");
  }

  std::vector<LayerKind> by_letters(const std::string& pattern) {
    std::vector<LayerKind> kinds;
    for (const char letter : pattern) {
      if (letter == '*') {
        kinds.emplace_back();
      } else if (letter == 'M') {
        kinds.push_back({.keeps = LayerKind::Keeps::state, .state_bytes = read_state_space(file_)});
      } else if (letter == '-' || letter == 'E') {
        kinds.push_back({.keeps = LayerKind::Keeps::nothing});
      } else {
        file_.refuse("hybrid_override_pattern",
                     fmt::format("a layer of kind '{}'; expected M, *, - or E", letter));
        return {};
      }
    }
    return of_all(std::move(kinds), "hybrid_override_pattern");
  }

  std::vector<LayerKind> of_all(std::vector<LayerKind> kinds, std::string_view key) {
    if (kinds.size() != model_.layers && !file_.refused())
      file_.refuse(key, fmt::format("'{}' has {} layers, and 'num_hidden_layers' is {}", key,
                                    kinds.size(), model_.layers));
    return kinds;
  }

  LayerKind window() { return {.window = file_.size("sliding_window", 1'000'000'000)}; }

  LayerKind linear() {
    if (linear_.bytes == 0) linear_ = read_linear_attention(file_, model_);
    return {.keeps = LayerKind::Keeps::state, .state_bytes = linear_.bytes};
  }

  ModelConfigFile& file_;
  const Architecture& architecture_;
  const ModelGeometry& model_;
  LinearAttention linear_;  // once one of its layers was read
};

/// Reads the index of a sparse attention, 8 bits an element and a scale of 4 bytes for 128 of them;
/// returns its weights.
double read_index(ModelConfigFile& file, ModelGeometry& model) {
  constexpr std::uint32_t kScaled = 128, kScaleBytes = 4;
  const std::uint32_t width = file.size("index_head_dim"), heads = file.size("index_n_heads");
  model.index_bytes = width + (width + kScaled - 1) / kScaled * kScaleBytes;
  const double queries = double(file.size("q_lora_rank")) * heads * width;
  return queries + double(model.hidden) * (width + heads) + 2.0 * width;
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

/// `attention` is the weights of the attention of all layers.
void read_parameters(ModelConfigFile& file, const Architecture& architecture, double attention,
                     ModelGeometry& model) {
  if (file.find("total_parameters") && file.find("active_parameters")) {
    model.total_parameters = file.number("total_parameters");
    model.active_parameters = file.number("active_parameters");
    if (model.active_parameters > model.total_parameters)
      file.refuse("active_parameters", "more active parameters than there are");
    return;
  }
  if (!architecture.states_parameters) {
    file.explain_missing(
        ": the parameters of such a model are not computed; add them as plain numbers");
    file.number("total_parameters");
    file.number("active_parameters");
    return;
  }
  file.explain_missing(
      ", of which the parameters are computed; add it, or 'total_parameters' and "
      "'active_parameters'");
  const FeedForward network = read_feed_forward(file, architecture, model);
  const double hidden = model.hidden, norms = 2 * hidden;
  const double embeddings =
      file.size("vocab_size") * hidden * (file.tied(architecture.tied) ? 1 : 2);
  const double always = embeddings + hidden + attention + model.layers * norms +
                        (model.layers - network.layers_of_experts) * network.dense +
                        network.layers_of_experts * network.shared;
  const double each = network.layers_of_experts * network.expert;
  model.total_parameters = always + network.experts * each;
  model.active_parameters = always + network.chosen * each;
}

/// Refuses layers that keep nothing, or states beyond what is counted.
void refuse_what_is_kept(ModelConfigFile& file, const ModelGeometry& model) {
  if (file.refused()) return;
  if (!model.keeps_anything())
    file.refuse("num_hidden_layers", "no layer keeps anything of a prompt, expected one that does");
  for (const LayerKind& kind : model.kinds)
    if (kind.state_bytes > kMostState)
      return file.refuse("num_hidden_layers",
                         fmt::format("a layer with a state of {} bytes, expected at most {}",
                                     kind.state_bytes, kMostState));
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
  LayerKinds kinds(file, *architecture, model);
  model.kinds = kinds.read();
  const double each = architecture->latent ? read_latent_attention(file, model)
                                           : read_grouped_attention(file, *architecture, model);
  const bool indexed = architecture->indexed || is_set(file.find("index_head_dim"));
  double attention = indexed ? model.layers * read_index(file, model) : 0;
  for (std::uint32_t layer = 0; layer < model.layers && !file.refused(); ++layer)
    attention += model.kind_of(layer).attends() ? each : kinds.linear_weights();
  read_parameters(file, *architecture, attention, model);
  refuse_what_is_kept(file, model);
  return model;
}

}  // namespace splitbench
