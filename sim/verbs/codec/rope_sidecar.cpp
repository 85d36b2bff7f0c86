#include "sim/verbs/codec/rope_sidecar.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <string>

#include "codec/predicted/calibration.hpp"
#include "workers/kv/kv_dump.hpp"
#include "workers/kv/safetensors.hpp"
#include "workloads/files.hpp"
#include "workloads/foreign_json.hpp"
#include "workloads/input_error.hpp"

namespace splitbench {
namespace {

namespace fs = std::filesystem;

/// A dump's .json, whose shape has been read.
class Sidecar {
 public:
  explicit Sidecar(fs::path path) : path_(std::move(path)) {
    constexpr std::uint64_t kMostBytes = 1 << 20;
    const std::string text = read_text(path_, "a JSON file with the dump's shape", kMostBytes);
    json_ = try_parse_foreign_json(text).value_or(nlohmann::json::object());
  }

  bool has(const char* key) const { return json_.contains(key); }

  std::uint32_t integer(const char* key, std::uint32_t lowest, std::uint32_t highest) const {
    const nlohmann::json value = json_.value(key, nlohmann::json());
    if (!value.is_number_unsigned() || value.get<std::uint64_t>() < lowest ||
        value.get<std::uint64_t>() > highest)
      refuse(key, fmt::format("an integer from {} to {}", lowest, highest));
    return value.get<std::uint32_t>();
  }
  double positive(const char* key) const {
    const nlohmann::json value = json_.value(key, nlohmann::json());
    if (!value.is_number() || !(value.get<double>() > 0)) refuse(key, "a number above 0");
    return value.get<double>();
  }
  RopeStyle rope_style() const {
    const nlohmann::json value = json_.value("rope_style", nlohmann::json());
    if (value == "half") return RopeStyle::halves;
    if (value == "interleaved") return RopeStyle::interleaved;
    if (value != "none") refuse("rope_style", "half, interleaved or none");
    return RopeStyle::none;
  }
  std::vector<double> frequencies(std::uint32_t most) const {
    const nlohmann::json value = json_.value("rope_frequencies", nlohmann::json());
    const auto is_frequency = [](const nlohmann::json& number) {
      return number.is_number() && std::abs(number.get<double>()) <= 10;
    };
    if (!value.is_array() || value.empty() || value.size() > most ||
        !std::ranges::all_of(value, is_frequency))
      refuse("rope_frequencies", fmt::format("angles a position, at most {}", most));
    return value.get<std::vector<double>>();
  }

 private:
  [[noreturn]] void refuse(const char* key, const std::string& expected) const {
    throw InputError(fmt::format("{}: expected \"{}\": {}", path_.string(), key, expected));
  }

  const fs::path path_;
  nlohmann::json json_;
};

fs::path json_of(const fs::path& dump) {
  if (is_safetensors(dump) || type_of_suffix(dump).value_or(ElementType::bf16) != ElementType::bf16)
    throw InputError(fmt::format(
        "{}: what is predicted are dumps of raw bf16 with a .json beside them", dump.string()));
  return fs::path(dump).replace_extension(".json");
}

}  // namespace

RopeSidecar read_positions(const fs::path& dump) {
  const fs::path path = json_of(dump);
  const KvDump shape = read_kv_shape(path);
  const Sidecar sidecar(path);
  if (shape.width > kMaxPredictedRow || shape.tokens * shape.width > kMaxPredictedElements)
    throw InputError(fmt::format(
        "{}: tensors of {} tokens x {} elements, of which at most 2^31 and {} are predicted",
        path.string(), shape.tokens, shape.width, kMaxPredictedRow));
  const auto tokens = static_cast<std::uint32_t>(shape.tokens);
  const auto page = static_cast<std::uint32_t>(
      shape.sequence == 0 ? tokens : std::min<std::uint64_t>(shape.sequence, tokens));
  if (page > kMaxPositions)
    throw InputError(fmt::format("{}: contexts of {} tokens, positions are below {}", path.string(),
                                 page, kMaxPositions));
  const std::uint32_t first = sidecar.has("first_position")
                                  ? sidecar.integer("first_position", 0, kMaxPositions - page)
                                  : 0;
  Pages pages{.page_tokens = page, .first_positions = {}};
  pages.first_positions.resize(predicted_pages(tokens, page), first);
  return {.layers = shape.layers,
          .tokens = tokens,
          .width = shape.width,
          .pages = std::move(pages),
          .frequencies = {}};
}

RopeSidecar read_rope(const fs::path& dump) {
  RopeSidecar read = read_positions(dump);
  const Sidecar sidecar(json_of(dump));
  read.heads = sidecar.integer("kv_heads", 1, read.width);
  if (read.width % read.heads != 0)
    throw InputError(fmt::format("{}: {} kv_heads do not divide a width of {}",
                                 json_of(dump).string(), read.heads, read.width));
  read.rope = sidecar.rope_style();
  if (read.rope == RopeStyle::none) return read;
  if (read.head_dim() % 2 != 0)
    throw InputError(fmt::format("{}: heads of {} elements have no pairs to rotate",
                                 json_of(dump).string(), read.head_dim()));
  read.frequencies = sidecar.has("rope_frequencies")
                         ? sidecar.frequencies(read.head_dim() / 2)
                         : rope_frequencies(sidecar.positive("rope_theta"), read.head_dim());
  return read;
}

}  // namespace splitbench
