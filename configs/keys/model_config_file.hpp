#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "configs/reader/diagnostics.hpp"

namespace splitbench {

/// The values of a config.json, or of its `text_config` where it has one. What is missing or of
/// another kind is added to the diagnostics, once, and read as 0. Not thread-safe.
class ModelConfigFile {
 public:
  /// Reads the file. Throws ConfigError if it cannot be read; one that is no JSON is refused.
  ModelConfigFile(const std::filesystem::path& path, Diagnostics& diagnostics);

  /// Returns the name of the file's folder, or of the file if it is not called config.json.
  std::string model_name() const;

  /// Returns a value, which lies in this object; null if it is missing or null.
  const nlohmann::json* find(std::string_view key) const;

  std::string text(std::string_view key) const;  ///< empty if there is none
  bool flag(std::string_view key, bool otherwise);
  std::uint32_t count(std::string_view key, std::uint32_t otherwise);  ///< may be 0
  double number(std::string_view key);                                 ///< more than 0
  /// Returns a size that must be there: from 1 to `most`.
  std::uint32_t size(std::string_view key, std::uint32_t most = 1'000'000);
  /// Returns whether the output's weights are the embedding's.
  bool tied(bool otherwise);

  /// Sets what is told about values that are missing from now on.
  void explain_missing(std::string explanation) { explanation_ = std::move(explanation); }

  void refuse(std::string_view key, std::string message);
  bool refused() const { return diagnostics_.count() > before_; }

 private:
  Place place_of(std::string_view key) const;
  const nlohmann::json* find_number(std::string_view key);

  std::filesystem::path path_;
  Diagnostics& diagnostics_;
  std::size_t before_;
  std::shared_ptr<const Source> source_;
  nlohmann::json whole_ = nlohmann::json::object();
  const nlohmann::json* values_ = &whole_;
  std::size_t begin_ = 0;  ///< where the values begin in the text
  std::string explanation_;
};

}  // namespace splitbench
