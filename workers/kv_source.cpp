#include "workers/kv_source.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "codec/digest.hpp"
#include "codec/fp8_rounding.hpp"
#include "workers/kv_dump.hpp"
#include "workers/kv_profile.hpp"

namespace splitbench {
namespace {

std::vector<std::byte> values_as(KvDump dump, ElementType type) {
  if (dump.element_type == type) return std::move(dump.values);
  std::vector<std::uint16_t> bf16(dump.elements());
  std::memcpy(bf16.data(), dump.values.data(), dump.values.size());
  return as_type(bf16, type);
}

}  // namespace

KvSource KvSource::load(const KvSpec& spec, const ModelGeometry& model, ElementType type,
                        std::uint64_t seed) {
  constexpr std::uint32_t kProfileLayers = 8;
  constexpr std::uint64_t kProfileTileElements = 1 << 18;

  KvSource source;
  source.model_ = model;
  source.element_type_ = type;
  source.seed_ = seed;
  const std::uint64_t rows = std::max<std::uint64_t>(kProfileTileElements / model.width(), 1);
  KvDump dump = spec.source == KvSourceKind::dump
                    ? load_kv_dump(spec.dump, type)
                    : make_kv_profile(spec.profile, std::min(model.layers, kProfileLayers), rows,
                                      model.width(), seed);
  source.source_layers_ = dump.layers;
  source.row_elements_ = dump.width;
  source.tile_elements_ = dump.tokens * dump.width;
  source.values_ = values_as(std::move(dump), type);

  for (std::uint32_t tile = 0; tile < source.source_layers_ * kSourceClasses; ++tile) {
    const ExponentHistogram histogram = exponent_histogram(source.tile_at(tile), type);
    const Codebook codebook = calibrate(histogram, type);
    source.codebooks_.push_back(codebook);
    source.escape_rates_.push_back(static_cast<double>(escapes(histogram, codebook)) /
                                   static_cast<double>(source.tile_elements_));
  }
  return source;
}

std::span<const std::byte> KvSource::tile_at(std::uint32_t index) const {
  return values().subspan(index * tile_bytes(), tile_bytes());
}

std::uint32_t KvSource::tile_of(std::uint32_t tensor) const {
  const auto classes = static_cast<std::uint32_t>(model_.tensor_classes().size());
  const std::uint32_t layer = tensor / classes;
  const std::uint32_t source_layer =
      static_cast<std::uint32_t>(std::uint64_t{layer} * source_layers_ / model_.layers);
  return source_layer * kSourceClasses + (classes == 1 ? 0 : tensor % classes);
}

std::uint64_t KvSource::start_of(std::uint64_t request) const {
  const std::uint64_t rows = tile_elements_ / row_elements_;
  return mix(seed_, request) % rows * row_elements_;
}

void copy_round(std::span<const std::byte> tile, std::uint64_t first, std::span<std::byte> out) {
  while (!out.empty()) {
    first %= tile.size();
    const std::uint64_t n = std::min<std::uint64_t>(tile.size() - first, out.size());
    std::ranges::copy(tile.subspan(first, n), out.begin());
    out = out.subspan(n);
    first += n;
  }
}

}  // namespace splitbench
