#include "workers/kv_profile.hpp"

#include <bit>
#include <cmath>
#include <fmt/format.h>
#include <numbers>
#include <random>
#include <vector>

#include "codec/fp8_rounding.hpp"
#include "workloads/input_error.hpp"

namespace splitbench {
namespace {

/// Gaussian numbers by Box-Muller, two at a time; std::normal_distribution differs between
/// libraries.
class Gaussian {
 public:
  explicit Gaussian(std::uint64_t seed) : random_(seed) {}

  double operator()() {
    if (has_spare_) {
      has_spare_ = false;
      return spare_;
    }
    const double radius = std::sqrt(-2 * std::log(1 - uniform()));
    const double angle = 2 * std::numbers::pi * uniform();
    spare_ = radius * std::sin(angle);
    has_spare_ = true;
    return radius * std::cos(angle);
  }

 private:
  double uniform() { return static_cast<double>(random_() >> 11) * 0x1p-53; }

  std::mt19937_64 random_;
  double spare_ = 0;
  bool has_spare_ = false;
};

std::uint16_t to_bf16(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  return static_cast<std::uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >>
                                    16);  // nearest, ties to even
}

struct Spread {
  double k;
  double v;
};

Spread spread_of(std::string_view name) {
  if (name == "llm") return {.k = 0.8, .v = 0.5};
  if (name == "gaussian") return {.k = 0, .v = 0};
  throw InputError(fmt::format("kv.profile '{}' is not known; there are: llm, gaussian", name));
}

}  // namespace

KvDump make_kv_profile(std::string_view name, std::uint32_t layers, std::uint64_t tokens,
                       std::uint32_t width, std::uint64_t seed) {
  const Spread spread = spread_of(name);
  KvDump dump{.layers = layers, .tokens = tokens, .width = width, .values = {}};
  std::vector<std::uint16_t> values;
  values.reserve(dump.elements());
  Gaussian gaussian(seed);
  std::vector<double> scale(width);
  for (std::uint32_t tensor = 0; tensor < 2 * layers; ++tensor) {
    const bool is_k = tensor % 2 == 0;
    const double layer_scale = (is_k ? 1.0 : 0.2) * std::exp(0.5 * gaussian());
    for (double& s : scale) s = layer_scale * std::exp((is_k ? spread.k : spread.v) * gaussian());
    for (std::uint64_t i = 0; i < tokens * width; ++i)
      values.push_back(to_bf16(static_cast<float>(scale[i % width] * gaussian())));
  }
  dump.values = as_type(values, ElementType::bf16);
  return dump;
}

}  // namespace splitbench
