#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <string>
#include <string_view>
#include <vector>

#include "configs/keys/keys.hpp"

namespace splitbench {
namespace {

using Layers = std::vector<LayerKind>;
using Keeps = LayerKind::Keeps;

constexpr std::size_t kMostLayers = 1000;
constexpr std::uint64_t kMostWindow = 1'000'000'000;
constexpr std::string_view kExpected =
    "a count from 1 to 1000, or kinds such as 18 x (window 128 + full): full, window TOKENS, state "
    "SIZE, shared, shared TOKENS or none";

/// Reads a stack of layers:
///     stack = run {"+" run}    run = [count "x"] (kind | "(" stack ")")
class LayersText {
 public:
  explicit LayersText(std::string_view text) : whole_(text), rest_(text) {}

  Layers read() {
    Layers layers = read_stack();
    if (!trimmed(rest_).empty()) refuse();
    return layers;
  }

 private:
  [[noreturn]] void refuse() const {
    throw InputError(fmt::format("'{}': expected {}", whole_, kExpected));
  }

  /// Takes a letter that may stand here, behind spaces.
  bool take(char letter) {
    const std::size_t at = rest_.find_first_not_of(' ');
    if (at == rest_.npos || rest_[at] != letter) return false;
    rest_.remove_prefix(at + 1);
    return true;
  }

  Layers read_stack() {
    if (++depth_ > kMostDepth) refuse();
    Layers layers;
    do {
      const std::uint64_t times = read_times();
      const Layers run = take('(') ? read_group() : Layers{read_kind()};
      if (times == 0 || times > kMostLayers || layers.size() + times * run.size() > kMostLayers)
        refuse();
      for (std::uint64_t i = 0; i < times; ++i) layers.insert(layers.end(), run.begin(), run.end());
    } while (take('+'));
    --depth_;
    return layers;
  }

  Layers read_group() {
    Layers layers = read_stack();
    if (!take(')')) refuse();
    return layers;
  }

  std::uint64_t read_times() {
    const std::size_t x = rest_.find('x');
    const std::string_view count = x == rest_.npos ? "" : trimmed(rest_.substr(0, x));
    if (count.empty() || count.find_first_not_of("0123456789") != count.npos) return 1;
    rest_.remove_prefix(x + 1);
    return parse_count(count);
  }

  LayerKind read_kind() {
    const std::size_t end = std::min(rest_.find_first_of("+()"), rest_.size());
    const std::string_view text = trimmed(rest_.substr(0, end));
    rest_.remove_prefix(end);
    const std::size_t space = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, space), size = trimmed(text.substr(space));
    if (word == "full" && size.empty()) return {};
    if (word == "none" && size.empty()) return {.keeps = Keeps::nothing};
    if (word == "shared")
      return {.keeps = Keeps::shared, .window = size.empty() ? 0 : window_of(size)};
    if (word == "window" && !size.empty()) return {.window = window_of(size)};
    if (word == "state" && !size.empty()) {
      const std::uint64_t bytes = parse_bytes(size);
      if (bytes == 0 || bytes > kMostState) refuse();
      return {.keeps = Keeps::state, .state_bytes = bytes};
    }
    refuse();
  }

  std::uint32_t window_of(std::string_view size) const {
    const std::uint64_t tokens = parse_count(size);
    if (tokens == 0 || tokens > kMostWindow) refuse();
    return static_cast<std::uint32_t>(tokens);
  }

  static constexpr int kMostDepth = 8;

  const std::string_view whole_;
  std::string_view rest_;
  int depth_ = 0;
};

std::string word_of(const LayerKind& kind) {
  switch (kind.keeps) {
    case Keeps::tokens:
      return kind.window == 0 ? "full" : fmt::format("window {}", kind.window);
    case Keeps::state:
      return fmt::format("state {}", format_bytes(kind.state_bytes));
    case Keeps::shared:
      return kind.window == 0 ? "shared" : fmt::format("shared {}", kind.window);
    case Keeps::nothing:
      break;
  }
  return "none";
}

/// Writes layers of which equal ones that follow each other are counted.
std::string in_runs(std::span<const LayerKind> layers) {
  std::vector<std::string> runs;
  for (std::size_t first = 0; first < layers.size();) {
    std::size_t end = first + 1;
    while (end < layers.size() && layers[end] == layers[first]) ++end;
    const std::string word = word_of(layers[first]);
    runs.push_back(end - first == 1 ? word : fmt::format("{} x {}", end - first, word));
    first = end;
  }
  return fmt::format("{}", fmt::join(runs, " + "));
}

/// Writes layers by the shortest pattern that they repeat, if they repeat one.
std::string format_layers(std::span<const LayerKind> layers) {
  for (std::size_t period = 2; period <= layers.size() / 2; ++period) {
    const std::size_t times = layers.size() / period;
    const auto repeats = [&](std::size_t i) { return layers[i] == layers[i % period]; };
    std::size_t same = period;
    while (same < times * period && repeats(same)) ++same;
    if (same < times * period) continue;
    const auto rest = layers.subspan(same);
    return fmt::format("{} x ({}){}{}", times, in_runs(layers.first(period)),
                       rest.empty() ? "" : " + ", in_runs(rest));
  }
  return in_runs(layers);
}

}  // namespace

Key<ModelGeometry> layers_key() {
  return {
      "layers",
      std::string(kExpected),
      "what each keeps of a prompt; a count: K and V, or the latent tensor, of every token",
      Need::required,
      [](ModelGeometry& model, const Entry& entry, Diagnostics&) {
        const std::string_view text = scalar(entry, std::string(kExpected));
        model.kinds.clear();
        if (text.find_first_not_of("0123456789k") == text.npos) {
          static const Kind<std::uint32_t> count =
              kind::within(kind::count<std::uint32_t>(), "1", "1000");
          model.layers = count.parse(text);
          return;
        }
        const Layers layers = LayersText(text).read();
        model.layers = static_cast<std::uint32_t>(layers.size());
        if (std::ranges::any_of(layers, [](const LayerKind& kind) { return kind != LayerKind(); }))
          model.kinds = layers;
      },
      [](const ModelGeometry& model) {
        return model.is_uniform() ? format_count(model.layers) : format_layers(model.kinds);
      },
      "",
      true,
      {}};
}

}  // namespace splitbench
