#pragma once
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "configs/scenario_file.hpp"
#include "workloads/scratch_folder.hpp"

namespace splitbench {

/// A fixture with a folder for the files of one test, and functions to write files and to load
/// scenarios.
class ConfigTest : public testing::Test {
 protected:
  std::filesystem::path write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name) << text;
    return folder_ / name;
  }

  Scenario load(const std::string& text, const std::vector<std::string>& overrides = {}) const {
    return load_scenario(write("s.yaml", text), overrides);
  }

  /// Returns the messages about a scenario's text, with the test's folder left out.
  std::string mistakes(const std::string& text,
                       const std::vector<std::string>& overrides = {}) const {
    return message([&] { load(text, overrides); });
  }

  template <class Action>
  std::string message(Action action) const {
    std::string said = "nothing";
    try {
      action();
    } catch (const ConfigError& error) {
      said = error.what();
    }
    const std::string prefix = folder_.string() + '/';
    for (std::size_t at; (at = said.find(prefix)) != said.npos;) said.erase(at, prefix.size());
    return said;
  }

  /// The keys that every scenario needs, for tests about something else.
  static constexpr const char* kComplete =
      "model: llama-3.2-1b\n"
      "link: {bandwidth: 1 Gbit/s}\n"
      "workload: {arrivals: closed, concurrency: 1, context: 512, output: 8, requests: 8}\n";

  const ScratchFolder scratch_;
  const std::filesystem::path folder_ = scratch_.path();
};

}  // namespace splitbench
