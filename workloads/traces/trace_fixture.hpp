#pragma once
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <string>
#include <string_view>
#include <vector>

#include "workloads/input_error.hpp"
#include "workloads/scratch_folder.hpp"
#include "workloads/traces/trace_reader.hpp"

namespace splitbench {

/// The folder of traces recorded in the field, which are not part of the project.
inline const std::filesystem::path kFieldTraces = "../shared/data/traces";

inline std::vector<TraceRequest> read_all(TraceReader& trace) {
  std::vector<TraceRequest> requests;
  for (TraceRequest request; trace.next(request);) requests.push_back(request);
  return requests;
}

/// A fixture that writes traces to a folder of the test's own.
class TraceFixture : public testing::Test {
 protected:
  std::filesystem::path write(const std::string& name, std::string_view text) const {
    std::filesystem::path path = folder_ / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
    return path;
  }

  std::vector<TraceRequest> read(const std::string& name, std::string_view text,
                                 const TraceOptions& options = {}) const {
    return read_all(*open_trace(write(name, text), options));
  }

  /// Returns the error's message without the path that it begins with and the colon behind it.
  std::string refusal(const std::string& name, std::string_view text,
                      const TraceOptions& options = {}) const {
    try {
      read(name, text, options);
    } catch (const InputError& error) {
      const std::string message = error.what(), path = (folder_ / name).string();
      EXPECT_TRUE(message.starts_with(path)) << message;
      return message.substr(std::min(message.size(), path.size() + 1));
    }
    return "was read";
  }

  const ScratchFolder scratch_;
  const std::filesystem::path folder_ = scratch_.path();
};

}  // namespace splitbench
