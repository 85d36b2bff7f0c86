#pragma once
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace splitbench {

/// The KV cache of a trained model, as tests read it: bf16, [layers][K, V][tokens][width].
struct RealDump {
  std::vector<std::uint16_t> elements;
  std::size_t tensors = 0;  ///< 2 per layer, K and V, all equally long

  std::span<const std::uint16_t> tensor(std::size_t number) const {
    const std::size_t each = elements.size() / tensors;
    return std::span(elements).subspan(number * each, each);
  }
};

/// Returns the path of a dump of the project ("channels"), or of a trained model's cache, which is
/// not part of the project and may be missing.
inline std::filesystem::path real_dump_path(const std::string& name) {
  std::filesystem::path own = "codec/testing/data/" + name + ".bf16";
  if (std::filesystem::exists(own)) return own;
  return std::filesystem::path("../shared/data/kv") / (name + ".bf16");
}

/// Returns those of the dumps that are at hand, each with a `name`.
template <class Dump>
std::vector<Dump> at_hand(std::vector<Dump> dumps) {
  std::erase_if(
      dumps, [](const Dump& dump) { return !std::filesystem::exists(real_dump_path(dump.name)); });
  return dumps;
}

/// Returns the dump, or nothing if it is not there: dumps are not part of the project.
inline std::optional<RealDump> read_real_dump(const std::string& name) {
  std::filesystem::path path = real_dump_path(name);
  if (!std::filesystem::exists(path)) return std::nullopt;
  RealDump dump;
  dump.elements.resize(std::filesystem::file_size(path) / 2);
  std::ifstream(path, std::ios::binary)
      .read(reinterpret_cast<char*>(dump.elements.data()),
            static_cast<std::streamsize>(2 * dump.elements.size()));
  const auto json = nlohmann::json::parse(std::ifstream(path.replace_extension(".json")));
  dump.tensors = json.at("shape").at(0).get<std::size_t>() * 2;
  return dump;
}

}  // namespace splitbench
