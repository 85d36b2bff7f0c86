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

/// The cache of a trained model, as tests read it: bf16, [layers][K, V][tokens][width].
struct RealDump {
  std::vector<std::uint16_t> elements;
  std::size_t tensors = 0;  ///< K and V of each layer, equally long

  std::span<const std::uint16_t> tensor(std::size_t number) const {
    const std::size_t each = elements.size() / tensors;
    return std::span(elements).subspan(number * each, each);
  }
};

inline std::filesystem::path real_dump_path(const std::string& name) {
  return std::filesystem::path("../shared/data/kv") / (name + ".bf16");
}

/// Nothing where it is not there: dumps are not part of the project.
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
