#include <algorithm>
#include <fmt/format.h>

#include "configs/keys/keys.hpp"
#include "configs/reader/rules.hpp"

namespace splitbench {
namespace {

using Tensors = std::vector<TensorProfile> KvProfile::*;
using Figure = double TensorProfile::*;

bool is_one_layer(const Entry& entry) {
  return !entry.node.IsSequence() || entry.node.size() == 1;
}

/// Extends the profile to this many layers, which the first list defines; figures read before it
/// hold for all of them. Throws InputError if the profile has another number already.
void spread_over(KvProfile& profile, std::size_t layers) {
  if (profile.layers() == layers) return;
  if (profile.layers() > 1)
    throw InputError(
        fmt::format("a list of {} figures beside one of {}; expected as many in each, "
                    "one a layer",
                    layers, profile.layers()));
  profile.k.resize(layers, profile.k[0]);
  profile.v.resize(layers, profile.v[0]);
}

/// Makes the key of a figure: one number for all layers, or a list of one per layer.
Key<KvProfile> figure_key(std::string path, Tensors tensors, Figure figure,
                          const Kind<double>& kind, std::string meaning) {
  const bool counts_layers = figure == &TensorProfile::scale;
  const auto read = [=](KvProfile& profile, const Entry& entry, Diagnostics& diagnostics) {
    std::vector<double> values;
    if (!entry.node.IsSequence()) {
      values = {kind.parse(scalar(entry, kind.takes + ", or a list"))};
    } else {
      values = read_elements(kind, entry, diagnostics);
      if (values.size() < entry.node.size()) return;
    }
    if (!is_one_layer(entry)) spread_over(profile, values.size());
    for (std::size_t layer = 0; layer < profile.layers(); ++layer)
      (profile.*tensors)[layer].*figure = values[values.size() == 1 ? 0 : layer];
  };
  const auto write = [=](const KvProfile& profile) -> std::string {
    const std::vector<TensorProfile>& layers = profile.*tensors;
    const auto same = [&](const TensorProfile& layer) {
      return layer.*figure == layers[0].*figure;
    };
    if (std::ranges::all_of(layers, same) && !(counts_layers && layers.size() > 1)) {
      const bool needless = layers[0].*figure == TensorProfile{}.*figure && !counts_layers;
      return needless ? "" : kind.format(layers[0].*figure);
    }
    std::vector<std::string> texts;
    for (const TensorProfile& layer : layers) texts.push_back(kind.format(layer.*figure));
    return fmt::format("[{}]", fmt::join(texts, ", "));
  };
  return {std::move(path),
          kind.takes + ", or a list of one a layer",
          std::move(meaning),
          Need::optional,
          read,
          write};
}

std::vector<Key<KvProfile>> make_kv_profile_keys() {
  using namespace kind;
  const auto key = [](auto... parts) { return make_key<KvProfile>(std::move(parts)...); };
  const auto scale = within(factor(), "0.000001", "1000000");
  const auto deviation = within(factor(), "0", "5");
  const auto share = within(factor(), "0", "1");
  std::vector<Key<KvProfile>> keys = {
      key(FIELD(name), text(), "what reports call the profile", Need::required),
      key(FIELD(provenance), text(), "of its figures: fitted on what, or published where",
          Need::required)};
  for (const auto& [section, tensors] : {std::pair{"k.", &KvProfile::k}, {"v.", &KvProfile::v}}) {
    const auto add = [&](const char* name, Figure figure, const Kind<double>& kind,
                         const char* meaning) {
      keys.push_back(figure_key(std::string(section) + name, tensors, figure, kind, meaning));
    };
    add("scale", &TensorProfile::scale, scale, "of the median channel");
    add("spread", &TensorProfile::spread, deviation, "of channels' scales, in ln");
    add("tail", &TensorProfile::tail, deviation, "of elements' scales within a channel, in ln");
    add("outlier_share", &TensorProfile::outlier_share, share, "of channels, that stand apart");
    add("outlier_scale", &TensorProfile::outlier_scale, scale, "factor by which they do");
    add("sink", &TensorProfile::sink, scale, "factor of a sequence's first token");
    add("zeros", &TensorProfile::zeros, share, "share of elements that are exactly 0");
    add("padding", &TensorProfile::padding, share,
        "share of tokens, at a sequence's end, that are all 0");
  }
  return keys;
}

}  // namespace

const std::vector<Key<KvProfile>>& kv_profile_keys() {
  static const std::vector<Key<KvProfile>> keys = make_kv_profile_keys();
  return keys;
}

void check(const KvProfile&, const Settings& settings, Diagnostics& diagnostics) {
  Rules rules(settings, diagnostics);
  for (const std::string section : {"k.", "v."}) {
    const std::string share = section + "outlier_share", scale = section + "outlier_scale";
    if (!settings.find(share) == !settings.find(scale)) continue;
    const bool has_share = settings.find(share) != nullptr;
    rules.refuse(has_share ? share : scale,
                 fmt::format("'{}' needs '{}' beside it", has_share ? share : scale,
                             has_share ? scale : share));
  }
}

}  // namespace splitbench
