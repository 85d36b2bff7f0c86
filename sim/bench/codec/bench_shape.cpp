#include "sim/bench/codec/bench_shape.hpp"

#include <fmt/format.h>
#include <limits>
#include <numeric>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string_view>

#include "configs/reader/quantity.hpp"
#include "configs/scenario_file.hpp"
#include "workers/plan/rank_plan.hpp"
#include "workloads/input_error.hpp"

namespace splitbench {
namespace {

constexpr std::uint64_t kMost = 1 << 20, kMostRanks = 128;

[[noreturn]] void refuse(const std::string& text, const std::string& why) {
  throw InputError(fmt::format("codec bench: --shape {}: {}", text, why));
}

/// Returns the number behind `name=`. Throws InputError if it is none from 1 to `most`.
std::uint32_t number(const std::string& text, std::string_view name, std::string_view value,
                     std::uint64_t most) {
  try {
    const std::uint64_t count = parse_count(value);
    if (count > 0 && count <= most) return static_cast<std::uint32_t>(count);
  } catch (const InputError&) {
  }
  refuse(text, fmt::format("{}={}, expected 1 to {}", name, value, most));
}

}  // namespace

std::uint64_t BenchShape::tensor_bytes(std::uint64_t bytes, ElementType type) const {
  constexpr std::uint64_t kAlignment = 16;
  if (page_bytes(type) % kAlignment != 0)
    refuse(text, fmt::format("pages of {} bytes, expected a multiple of {}", page_bytes(type),
                             kAlignment));
  const std::uint64_t least =
      page_tokens > 0 ? page_bytes(type) : std::lcm(token_bytes(type), kAlignment);
  const std::uint64_t each = bytes / tensors / least * least;
  if (each == 0)
    refuse(text, fmt::format("--bytes {} are less than a {} of its {} tensors, expected at least "
                             "{}, or fewer layers",
                             bytes, page_tokens > 0 ? "page" : "token", tensors, least * tensors));
  return each;
}

BenchShape parse_shape(const std::string& text) {
  std::istringstream parts(text);
  std::string model, part;
  std::getline(parts, model, ':');
  std::uint32_t ranks = 1, layers = std::numeric_limits<std::uint32_t>::max();
  BenchShape shape{.text = text};
  if (model.empty() || text.ends_with(':'))
    refuse(text, "expected MODEL:tp=N:page=TOKENS:layers=N, of which the model must be there");
  std::set<std::string> given;
  while (std::getline(parts, part, ':')) {
    const std::size_t equals = part.find('=');
    const std::string name = part.substr(0, equals);
    std::uint32_t* const value = name == "tp"       ? &ranks
                                 : name == "page"   ? &shape.page_tokens
                                 : name == "layers" ? &layers
                                                    : nullptr;
    if (value == nullptr || equals == std::string::npos)
      refuse(text, fmt::format("'{}', expected tp=N, page=TOKENS or layers=N", part));
    if (!given.insert(name).second) refuse(text, fmt::format("{} twice, expected once", name));
    *value = number(text, name, std::string_view(part).substr(equals + 1),
                    name == "tp" ? kMostRanks : kMost);
  }
  const ModelGeometry coded = coded_part(load_model(model), layers);
  if (coded.layers == 0) refuse(text, "no layer that keeps KV, expected one");
  if (given.contains("layers") && coded.layers < layers)
    refuse(text, fmt::format("{} layers keep KV, expected at most as many", coded.layers));
  shape.tensors = coded.layers * coded.kv_tensors();
  try {
    shape.row = coded.latent_dim > 0 ? coded.latent_dim
                                     : std::uint64_t{heads_of_rank(coded, ranks)} * coded.head_dim;
  } catch (const std::invalid_argument& wrong) {
    refuse(text, wrong.what());
  }
  return shape;
}

}  // namespace splitbench
