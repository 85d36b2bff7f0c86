#include "workers/plan/model.hpp"

#include <algorithm>

namespace splitbench {
namespace {

/// Returns how many elements hold so many bytes.
std::uint64_t elements_for(std::uint64_t bytes, ElementType type) {
  const std::uint64_t each = element_bytes(type);
  return (bytes + each - 1) / each;
}

/// Adds the tensors of a layer.
void add_tensors(const ModelGeometry& model, ElementType type, std::uint32_t layer,
                 std::vector<CacheTensor>& tensors) {
  const LayerKind kind = model.kind_of(layer);
  const auto add = [&](TensorClass tensor_class, std::uint64_t width) {
    if (width > 0)
      tensors.push_back({.layer = layer,
                         .tensor_class = tensor_class,
                         .width = width,
                         .window = kind.window,
                         .once = tensor_class == TensorClass::state});
  };
  if (kind.keeps == LayerKind::Keeps::state)
    return add(TensorClass::state, elements_for(kind.state_bytes, type) / model.part.states);
  if (kind.keeps != LayerKind::Keeps::tokens) return;
  if (model.latent_dim > 0) {
    add(TensorClass::latent, model.latent_dim);
  } else {
    add(TensorClass::k, model.width());
    add(TensorClass::v, model.width());
  }
  add(TensorClass::index, elements_for(model.index_bytes, type));
}

}  // namespace

std::vector<CacheTensor> ModelGeometry::tensors(ElementType type) const {
  std::vector<CacheTensor> tensors;
  tensors.reserve(std::size_t{3} * layers);
  for (std::uint32_t layer = 0; layer < layers; ++layer) add_tensors(*this, type, layer, tensors);
  return tensors;
}

std::uint64_t ModelGeometry::elements(ElementType type, std::uint64_t tokens) const {
  if (is_uniform()) {
    const std::uint64_t row =
        std::uint64_t{kv_tensors()} * width() + elements_for(index_bytes, type);
    return layers * row * tokens;
  }
  std::uint64_t sum = 0;
  for (const CacheTensor& tensor : tensors(type)) sum += tensor.rows(tokens) * tensor.width;
  return sum;
}

ModelGeometry coded_part(ModelGeometry model, std::uint32_t most_layers) {
  if (!model.is_uniform())
    model.layers = static_cast<std::uint32_t>(
        std::ranges::count(model.kinds, LayerKind::Keeps::tokens, &LayerKind::keeps));
  model.kinds.clear();
  model.index_bytes = 0;
  model.layers = std::min(model.layers, most_layers);
  return model;
}

}  // namespace splitbench
