#include "workers/kv/kv_source.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <fmt/format.h>
#include <iterator>
#include <utility>

#include "codec/digest.hpp"
#include "codec/fp8_rounding.hpp"
#include "workers/kv/kv_dump.hpp"
#include "workers/kv/named_codebooks.hpp"
#include "workloads/input_error.hpp"

namespace splitbench {
namespace {

std::vector<std::byte> values_as(const KvDump& dump, ElementType type) {
  if (dump.element_type == type) return dump.values;
  std::vector<std::uint16_t> bf16(dump.elements());
  std::memcpy(bf16.data(), dump.values.data(), dump.values.size());
  return as_type(bf16, type);
}

/// Returns the columns of a dump that the model's part has of K and V, from rows as wide as the
/// whole of its KV.
KvDump columns_of_part(KvDump dump, const ModelGeometry& model) {
  const std::uint64_t row = model.whole().width(), part = model.width();
  if (row == part) return dump;
  if (dump.width % row != 0)
    throw InputError(fmt::format(
        "kv.dump: its rows of {} elements are not cut into the {} KV heads of {}, {} elements a "
        "token, that ranks share; expected a dump of this model, or kv.source: profile",
        dump.width, model.kv_heads, model.name, row));
  const std::uint64_t size = element_bytes(dump.element_type);
  const std::uint64_t first = std::uint64_t{model.part.first_head} * model.head_dim * size;
  const std::span<const std::byte> values = dump.values;
  std::vector<std::byte> cut;
  cut.reserve(values.size() / row * part);
  for (std::uint64_t at = first; at < values.size(); at += row * size) {
    const auto columns = values.subspan(at, part * size);
    cut.insert(cut.end(), columns.begin(), columns.end());
  }
  dump.values = std::move(cut);
  dump.width = static_cast<std::uint32_t>(dump.width / row * part);
  return dump;
}

}  // namespace

KvSource KvSource::load(const KvSpec& spec, const ModelGeometry& model, ElementType type,
                        std::uint64_t seed, const DriftSpec& drift) {
  constexpr std::size_t kProfileLayers = 8;  // layers for a profile that has fewer
  constexpr std::uint64_t kProfileElements = 1 << 22;

  KvSource source;
  source.tensors_ = model.tensors(type);
  source.layers_ = model.layers;
  source.element_type_ = type;
  source.seed_ = seed;
  source.levels_ = levels_of(drift);
  const auto layers = static_cast<std::uint32_t>(
      std::min<std::size_t>(model.layers, std::max(spec.profile.layers(), kProfileLayers)));
  const std::uint32_t width = model.whole().width();
  const std::uint64_t rows = std::max<std::uint64_t>(
      kProfileElements / (std::uint64_t{layers} * kSourceClasses) / width, 1);
  const KvDump dump = spec.source == KvSourceKind::dump
                          ? load_kv_dump(spec.dump, type)
                          : make_kv(spec.profile, layers, rows, width, seed);
  source.source_layers_ = dump.layers;
  for (const std::uint32_t level : source.levels_) {
    const KvDump part =
        columns_of_part(level == 0 ? dump : drifted(dump, drift, level, seed), model);
    source.row_elements_ = part.width;
    source.tile_elements_ = part.tokens * part.width;
    source.add_level(part);
  }
  if (!spec.codebook.empty())
    source.codebooks_ = NamedCodebooks(spec.codebook).of_model(model, type, drift.scope);
  return source;
}

void KvSource::add_level(const KvDump& dump) {
  const auto first = static_cast<std::uint32_t>(histograms_.size());
  const std::vector<std::byte> values = values_as(dump, element_type_);
  values_.insert(values_.end(), values.begin(), values.end());
  for (std::uint32_t tile = first; tile < first + source_layers_ * kSourceClasses; ++tile)
    histograms_.push_back(exponent_histogram(tile_at(tile), element_type_));
}

std::vector<ExponentHistogram> KvSource::calibration() const {
  std::vector<ExponentHistogram> histograms;
  if (!codebooks_.empty()) {
    std::ranges::transform(codebooks_, std::back_inserter(histograms),
                           &CodebookFile::Entry::histogram);
    return histograms;
  }
  for (std::uint32_t tensor = 0; tensor < tensors_.size(); ++tensor)
    histograms.push_back(tensors_[tensor].coded() ? histogram(tile_of(tensor))
                                                  : ExponentHistogram{});
  return histograms;
}

std::span<const std::byte> KvSource::tile_at(std::uint32_t index) const {
  return values().subspan(index * tile_bytes(), tile_bytes());
}

std::uint32_t KvSource::tile_of(std::uint32_t tensor, std::uint32_t drift_level) const {
  const auto level = std::ranges::find(levels_, drift_level) - levels_.begin();
  assert(static_cast<std::size_t>(level) < levels_.size());
  const auto source_layer =
      static_cast<std::uint32_t>(std::uint64_t{tensors_[tensor].layer} * source_layers_ / layers_);
  return (static_cast<std::uint32_t>(level) * source_layers_ + source_layer) * kSourceClasses +
         (tensors_[tensor].tensor_class == TensorClass::v ? 1 : 0);
}

std::uint64_t KvSource::start_of(const JobRequest& request, std::uint32_t tensor) const {
  const std::uint64_t rows = tile_elements_ / row_elements_;
  const std::uint64_t start = mix(seed_, request.id) % rows * row_elements_;
  const CacheTensor& shape = tensors_[tensor];
  if (shape.window == 0) return start;
  const std::uint64_t tokens = request.kv_tokens();
  return (start + (tokens - shape.rows(tokens)) * shape.width) % tile_elements_;
}

void KvSource::copy(const Job& job, std::uint32_t tensor, std::uint64_t first,
                    std::span<std::byte> out) const {
  const std::uint64_t size = element_bytes(element_type_);
  std::uint64_t skip = first * size;  // bytes to skip of what is left of the job
  for (const JobRequest& request : job.requests) {
    const CacheTensor& shape = tensors_[tensor];
    const std::uint64_t bytes = shape.rows(request.kv_tokens()) * shape.width * size;
    const std::uint64_t n = std::min<std::uint64_t>(bytes - std::min(skip, bytes), out.size());
    const std::uint64_t start = start_of(request, tensor) * size + skip;
    if (n > 0) copy_round(tile_at(tile_of(tensor, request.drift_level)), start, out.first(n));
    out = out.subspan(n);
    skip -= std::min(skip, bytes);
  }
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
