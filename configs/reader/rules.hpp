#pragma once
#include <filesystem>
#include <string>
#include <string_view>

#include "configs/reader/yaml_reader.hpp"

namespace splitbench {

/// What keys have to do with each other. A key that was refused already is not spoken of again.
class Rules {
 public:
  Rules(const Settings& settings, Diagnostics& diagnostics)
      : settings_(settings), diagnostics_(diagnostics) {}

  /// A choice that another key has to complete.
  struct Need {
    std::string_view key, choice, needed, example;
  };
  void need(const Need&, bool given);

  /// Says at the key's place what is wrong with it.
  void refuse(std::string_view key, std::string message);

  /// Makes a given path absolute; says whether there is such a file.
  bool file(std::string_view key, std::filesystem::path& path);

  const Settings& settings() const { return settings_; }
  Diagnostics& diagnostics() { return diagnostics_; }

 private:
  const Settings& settings_;
  Diagnostics& diagnostics_;
};

}  // namespace splitbench
