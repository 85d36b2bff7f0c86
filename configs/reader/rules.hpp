#pragma once
#include <filesystem>
#include <string>
#include <string_view>

#include "configs/reader/yaml_reader.hpp"

namespace splitbench {

/// Checks of keys against each other. need() and refuse() report nothing on a key that is faulty in
/// the settings, but report a key again each time it is refused here. Holds references to the
/// settings and the diagnostics, which must outlive it.
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

  /// Resolves `path`, the value of a key, against the folder of the text that sets it. Returns
  /// whether an existing file has that path, and reports the key if none has. Returns false, and
  /// reports nothing, if the key is not set or the path is empty.
  bool file(std::string_view key, std::filesystem::path& path);

  const Settings& settings() const { return settings_; }
  Diagnostics& diagnostics() { return diagnostics_; }

 private:
  const Settings& settings_;
  Diagnostics& diagnostics_;
};

}  // namespace splitbench
