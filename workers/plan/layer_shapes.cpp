#include "workers/plan/layer_shapes.hpp"

#include <algorithm>
#include <cmath>

namespace splitbench {
namespace {

using Product = LayerStep::Product;

constexpr std::uint64_t kWidthStep = 64;  // whole tiles of matrix units
constexpr std::uint64_t kHeadStep = 8;    // 16 bytes of bf16
constexpr std::uint64_t kQueryRows = 16'384, kLeastQueries = 128, kMostQueries = 1024;

std::uint64_t rounded_up(std::uint64_t size, std::uint64_t step) {
  return (size + step - 1) / step * step;
}

std::uint64_t share(std::uint32_t count, double scale) {
  return static_cast<std::uint64_t>(std::max(1.0, std::ceil(count / scale)));
}

double attention_weights(const LayerShape& shape) {
  return static_cast<double>(shape.hidden) *
         static_cast<double>(2 * shape.query_width() + shape.kv_width);
}

/// Returns the width at which three matrices have the weights that attention leaves of the model's.
std::uint64_t inner_width(const ModelGeometry& model, double scale, const LayerShape& shape) {
  const double weights = model.active_parameters / model.layers / scale;
  const double left = (weights - attention_weights(shape)) / (3.0 * double(shape.hidden));
  const double steps = std::round(left / kWidthStep);
  return static_cast<std::uint64_t>(std::max(1.0, steps)) * kWidthStep;
}

/// A run of queries: part of a prompt, within a piece.
struct Queries {
  std::uint64_t first;  ///< first token, counted within the piece
  std::uint64_t count;
  std::uint64_t first_key;  ///< start of the prompt within all prompts
  std::uint64_t keys;       ///< number of keys up to the last of these queries
};

/// Adds the attention of all queries to every key up to the last query, also for the queries before
/// it, since a matrix product is rectangular.
void add_attention(const LayerShape& shape, const Queries& queries, std::vector<LayerStep>& steps) {
  const std::uint64_t keys = rounded_up(queries.keys, kKeyStep);
  for (std::uint64_t key = 0; key < keys; key += kKeysAtOnce) {
    const std::uint64_t count = std::min(kKeysAtOnce, keys - key);
    const LayerStep scores{.product = Product::scores,
                           .rows = queries.count * shape.group,
                           .columns = count,
                           .depth = shape.head_dim,
                           .batch = shape.kv_heads,
                           .first_query = queries.first,
                           .first_key = queries.first_key + key};
    LayerStep values = scores;
    values.product = Product::values;
    std::swap(values.columns, values.depth);
    values.adds = key > 0;
    steps.push_back(scores);
    steps.push_back(values);
  }
}

/// Adds the attention of a piece of the prompts, which lie end to end.
void add_attention_of_piece(const LayerShape& shape, std::span<const std::uint64_t> prompt_tokens,
                            std::uint64_t begin, std::uint64_t end, std::vector<LayerStep>& steps) {
  const std::uint64_t at_once = queries_at_once(shape);
  std::uint64_t prompt = 0;
  for (const std::uint64_t tokens : prompt_tokens) {
    const std::uint64_t last = std::min(end, prompt + tokens);
    for (std::uint64_t query = std::max(begin, prompt); query < last; query += at_once) {
      const std::uint64_t count = std::min(at_once, last - query);
      add_attention(shape, {query - begin, count, prompt, query + count - prompt}, steps);
    }
    prompt += tokens;
  }
}

}  // namespace

LayerShape::LayerShape(const ModelGeometry& model, double scale)
    : hidden(rounded_up(model.hidden, kWidthStep)),
      kv_heads(model.latent_dim > 0 ? 1 : share(model.kv_heads, scale)),
      group((share(model.attention_heads, scale) + kv_heads - 1) / kv_heads),
      head_dim(rounded_up(model.head_dim, kHeadStep)),
      // Attention reads a K and a V of the head's width, which a latent tensor must have room for.
      kv_width(std::max(2 * kv_heads * head_dim, rounded_up(model.latent_dim, kHeadStep))),
      inner(inner_width(model, scale, *this)) {}

std::uint64_t LayerShape::weights() const {
  return hidden * (2 * query_width() + kv_width + 3 * inner);
}

double LayerStep::flops() const {
  return 2.0 * double(rows) * double(columns) * double(depth) * double(batch);
}

std::uint64_t queries_at_once(const LayerShape& shape) {
  return std::clamp(kQueryRows / shape.query_heads(), kLeastQueries, kMostQueries);
}

std::vector<LayerStep> layer_steps(const LayerShape& shape,
                                   std::span<const std::uint64_t> prompt_tokens) {
  std::uint64_t tokens = 0;
  for (const std::uint64_t prompt : prompt_tokens) tokens += prompt;
  std::vector<LayerStep> steps;
  for (std::uint64_t begin = 0; begin < tokens; begin += kPieceTokens) {
    const std::uint64_t rows = std::min(kPieceTokens, tokens - begin);
    steps.push_back({Product::query, rows, shape.query_width(), shape.hidden});
    steps.push_back({.product = Product::key_value,
                     .rows = rows,
                     .columns = shape.kv_width,
                     .depth = shape.hidden,
                     .first_key = begin});
    add_attention_of_piece(shape, prompt_tokens, begin, begin + rows, steps);
    steps.push_back({Product::output, rows, shape.hidden, shape.query_width()});
    steps.push_back({Product::gate_up, rows, 2 * shape.inner, shape.hidden});
    steps.push_back({Product::down, rows, shape.hidden, shape.inner});
  }
  return steps;
}

double layer_flops(const LayerShape& shape, std::span<const std::uint64_t> prompt_tokens) {
  double flops = 0;
  for (const LayerStep& step : layer_steps(shape, prompt_tokens)) flops += step.flops();
  return flops;
}

}  // namespace splitbench
