#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "codec/cuda/device.cuh"
#include "codec/digest.hpp"
#include "workers/device/cuda/compute_load.hpp"
#include "workers/device/cuda/cublas.hpp"
#include "workers/device/cuda/read_memory.cuh"
#include "workers/plan/layer_shapes.hpp"

namespace splitbench {
namespace {

using Product = LayerStep::Product;

constexpr std::size_t kElement = sizeof(std::uint16_t);
/// The least number of weights. Decode steps read the weights over and over, and must read them
/// from memory, not from a cache of tens of megabytes.
constexpr std::size_t kLeastWeights = (std::size_t{512} << 20) / kElement;

/// Fills memory with bf16 elements that are distributed like weights and activations: about normal,
/// with mean 0 and deviation 1. A device is faster on zeros, and takes less power.
__global__ void fill_normal(std::uint16_t* elements, std::uint64_t count, std::uint64_t seed) {
  const std::uint64_t threads = std::uint64_t{gridDim.x} * blockDim.x;
  for (std::uint64_t i = std::uint64_t{blockIdx.x} * blockDim.x + threadIdx.x; i < count;
       i += threads) {
    const std::uint64_t bits = scramble(mix(i, seed));
    const auto sum = static_cast<float>((bits & 0xffff) + (bits >> 16 & 0xffff) +
                                        (bits >> 32 & 0xffff) + (bits >> 48));
    constexpr float kMean = 4 * 32767.5f, kDeviation = 37837.2f;  // sum of four uniform numbers
    elements[i] =
        static_cast<std::uint16_t>((__float_as_uint((sum - kMean) / kDeviation) + 0x8000) >> 16);
  }
}

int current_device() {
  int device;
  check(cudaGetDevice(&device), "ask for the current device");
  return device;
}

std::uint32_t multiprocessors(int device) {
  int count;
  check(cudaDeviceGetAttribute(&count, cudaDevAttrMultiProcessorCount, device),
        "ask for the device's multiprocessors");
  return static_cast<std::uint32_t>(count);
}

}  // namespace

struct ComputeLoad::State {
  explicit State(const Spec& spec)
      : device(current_device()),
        blocks(multiprocessors(device)),
        shape(spec.model, spec.scale),
        max_tokens(spec.max_tokens),
        piece_tokens(std::min(kPieceTokens, max_tokens)),
        weight_elements(std::max<std::uint64_t>(shape.weights(), kLeastWeights)),
        weights(weight_elements * kElement),
        input(piece_tokens * shape.hidden * kElement),
        queries(piece_tokens * shape.query_width() * kElement),
        kv((max_tokens + kKeyStep) * shape.kv_width * kElement),
        scores(queries_at_once(shape) * shape.query_heads() * kKeysAtOnce * kElement),
        values(queries.size()),
        output(input.size()),
        gate_up(piece_tokens * 2 * shape.inner * kElement),
        sink(sizeof(std::uint32_t)) {
    std::uint64_t at = 0;
    for (auto [matrix, elements] : {std::pair{&query_weights, shape.hidden * shape.query_width()},
                                    std::pair{&kv_weights, shape.hidden * shape.kv_width},
                                    std::pair{&output_weights, shape.query_width() * shape.hidden},
                                    std::pair{&gate_up_weights, shape.hidden * 2 * shape.inner},
                                    std::pair{&down_weights, shape.inner * shape.hidden}}) {
      *matrix = weights.as<std::uint16_t>() + at;
      at += elements;
    }
    // Buffers that a step reads after another has written them are filled, too: a step may not
    // write all of one.
    const Stream stream;
    std::uint64_t seed = 0;
    for (const DeviceBuffer* buffer :
         {&weights, &input, &queries, &kv, &scores, &values, &output, &gate_up}) {
      fill_normal<<<blocks * 8, 256, 0, static_cast<cudaStream_t>(stream.get())>>>(
          buffer->as<std::uint16_t>(), buffer->size() / kElement, seed++);
      check_launch("fill_normal");
    }
    synchronize(stream.get());
  }

  MatrixProducts product(const LayerStep&) const;
  MatrixProducts scores_of(const LayerStep&) const;
  MatrixProducts values_of(const LayerStep&) const;

  int device;
  std::uint32_t blocks;  ///< one per multiprocessor
  LayerShape shape;
  std::uint64_t max_tokens;
  std::uint64_t piece_tokens;
  std::uint64_t weight_elements;
  DeviceBuffer weights;  ///< every matrix as (columns x depth)
  std::uint16_t *query_weights, *kv_weights, *output_weights, *gate_up_weights, *down_weights;
  DeviceBuffer input;    ///< the same for every layer, so that values neither grow nor vanish
  DeviceBuffer queries;  ///< [KV head][token of the piece][head of the group][element]
  DeviceBuffer kv;       ///< [token][K of all heads, V of all heads]
  DeviceBuffer scores;
  DeviceBuffer values;  ///< same shape as queries
  DeviceBuffer output;
  DeviceBuffer gate_up;
  DeviceBuffer sink;
  Cublas cublas;
};

/// Returns the product of a step. Its factor keeps the deviation of the result near 1.
MatrixProducts ComputeLoad::State::product(const LayerStep& step) const {
  if (step.product == Product::scores) return scores_of(step);
  if (step.product == Product::values) return values_of(step);
  MatrixProducts p{.rows = step.rows,
                   .columns = step.columns,
                   .depth = step.depth,
                   .batch = 1,
                   .left = {input.as<std::uint16_t>(), step.depth},
                   .right = {nullptr, step.depth},
                   .right_by_column = true,
                   .out = {output.as<std::uint16_t>(), step.columns},
                   .factor = 1 / std::sqrt(static_cast<float>(step.depth)),
                   .adds = false};
  switch (step.product) {
    case Product::query:
      p.right.data = query_weights;
      p.out.data = queries.as<std::uint16_t>();
      break;
    case Product::key_value:
      p.right.data = kv_weights;
      p.out.data = kv.as<std::uint16_t>() + step.first_key * shape.kv_width;
      break;
    case Product::output:
      p.left.data = values.as<std::uint16_t>();
      p.right.data = output_weights;
      break;
    case Product::gate_up:
      p.left.data = output.as<std::uint16_t>();
      p.right.data = gate_up_weights;
      p.out.data = gate_up.as<std::uint16_t>();
      break;
    case Product::down:  // reads the half of each row that an activation function would leave
      p.left = {gate_up.as<std::uint16_t>(), 2 * shape.inner};
      p.right.data = down_weights;
      break;
    case Product::scores:
    case Product::values:
      break;
  }
  return p;
}

MatrixProducts ComputeLoad::State::scores_of(const LayerStep& step) const {
  const std::uint64_t first = step.first_query * shape.group * shape.head_dim;
  return {.rows = step.rows,
          .columns = step.columns,
          .depth = step.depth,
          .batch = step.batch,
          .left = {queries.as<std::uint16_t>() + first, shape.head_dim,
                   piece_tokens * shape.group * shape.head_dim},
          .right = {kv.as<std::uint16_t>() + step.first_key * shape.kv_width, shape.kv_width,
                    shape.head_dim},
          .right_by_column = true,
          .out = {scores.as<std::uint16_t>(), step.columns, step.rows * step.columns},
          .factor = 1 / std::sqrt(static_cast<float>(step.depth)),
          .adds = false};
}

MatrixProducts ComputeLoad::State::values_of(const LayerStep& step) const {
  const std::uint64_t first = step.first_query * shape.group * shape.head_dim;
  const std::uint64_t first_value =
      step.first_key * shape.kv_width + shape.kv_heads * shape.head_dim;
  return {.rows = step.rows,
          .columns = step.columns,
          .depth = step.depth,
          .batch = step.batch,
          .left = {scores.as<std::uint16_t>(), step.depth, step.rows * step.depth},
          .right = {kv.as<std::uint16_t>() + first_value, shape.kv_width, shape.head_dim},
          .right_by_column = false,
          .out = {values.as<std::uint16_t>() + first, shape.head_dim,
                  piece_tokens * shape.group * shape.head_dim},
          .factor = 1 / std::sqrt(static_cast<float>(step.depth)),
          .adds = step.adds};
}

ComputeLoad::ComputeLoad(const Spec& spec) : state_(std::make_unique<State>(spec)) {}
ComputeLoad::~ComputeLoad() = default;

void ComputeLoad::prefill(std::span<const std::uint64_t> prompt_tokens, std::uint32_t layers,
                          void* stream) {
  std::uint64_t tokens = 0;
  for (const std::uint64_t prompt : prompt_tokens) tokens += prompt;
  if (tokens > state_->max_tokens)
    throw std::invalid_argument("compute load: " + std::to_string(tokens) +
                                " tokens, made for at most " + std::to_string(state_->max_tokens));
  const std::vector<LayerStep> steps = layer_steps(state_->shape, prompt_tokens);
  use_device(state_->device);
  state_->cublas.use_stream(stream);
  for (std::uint32_t layer = 0; layer < layers; ++layer)
    for (const LayerStep& step : steps) state_->cublas.multiply(state_->product(step));
}

double ComputeLoad::flops(std::span<const std::uint64_t> prompt_tokens,
                          std::uint32_t layers) const {
  return layer_flops(state_->shape, prompt_tokens) * layers;
}

void ComputeLoad::decode_step(std::span<const std::span<const std::byte>> kv,
                              std::uint64_t weight_bytes, void* stream) {
  use_device(state_->device);
  MemoryReader reader(stream, state_->blocks, state_->sink.as<std::uint32_t>());
  const std::span<const std::byte> weights(state_->weights.data(), state_->weights.size());
  for (std::uint64_t left = weight_bytes; left > 0; left -= std::min(left, weights.size()))
    reader.add(weights.first(std::min(left, weights.size())));
  for (const std::span<const std::byte> span : kv) reader.add(span);
  reader.launch();
}

}  // namespace splitbench
