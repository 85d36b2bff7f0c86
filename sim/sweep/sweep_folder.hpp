#pragma once
#include <filesystem>
#include <string>

namespace splitbench {

/// The result folder of one sweep, which nobody else writes to while this lives. It belongs to the
/// scenario that its scenario.yaml holds.
class SweepFolder {
 public:
  /// Makes it, or takes up one of the same scenario. Throws InputError where it is another's, or in
  /// use.
  SweepFolder(std::filesystem::path path, const std::string& scenario_yaml);
  ~SweepFolder();
  SweepFolder(const SweepFolder&) = delete;
  SweepFolder& operator=(const SweepFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  int lock_;  ///< the folder's own descriptor
};

}  // namespace splitbench
