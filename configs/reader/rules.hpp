#pragma once
#include <filesystem>
#include <string>
#include <string_view>

#include "configs/reader/yaml_reader.hpp"

namespace splitbench {

/// Checks of keys against each other. A key that has been refused already is not reported again.
/// Holds references to the settings and the diagnostics, which must outlive it.
class Rules {
 public:
  Rules(const Settings& settings, Diagnostics& diagnostics)
      : settings_(settings), diagnostics_(diagnostics) {}

  /// A choice of `key` that needs another key, with an example of the latter.
  struct Need {
    std::string_view key, choice, needed, example;
  };
  /// Refuses the choice unless the needed key is given.
  void need(const Need&, bool given);

  /// Reports at the key's place what is wrong with it.
  void refuse(std::string_view key, std::string message);

  /// Makes the path of a key that is set absolute and returns whether there is such a file; reports
  /// one that is missing.
  bool file(std::string_view key, std::filesystem::path& path);

  const Settings& settings() const { return settings_; }
  Diagnostics& diagnostics() { return diagnostics_; }

 private:
  const Settings& settings_;
  Diagnostics& diagnostics_;
};

}  // namespace splitbench
