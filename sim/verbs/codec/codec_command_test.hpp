#pragma once
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "sim/cli/commands.hpp"
#include "workloads/files.hpp"
#include "workloads/input_error.hpp"
#include "workloads/scratch_folder.hpp"

namespace splitbench {

/// A .safetensors file with that header and these bytes of elements.
inline std::string safetensors(const std::string& header, const std::string& elements) {
  const std::uint64_t length = header.size();
  std::string file(sizeof length, '\0');
  std::memcpy(file.data(), &length, sizeof length);
  return file + header + elements;
}

/// Commands in a folder of the test's own.
class CodecCommandTest : public testing::Test {
 protected:
  std::string path(const std::string& name) const { return folder_.file(name).string(); }

  void write(const std::string& name, const std::string& contents) const {
    std::ofstream(path(name), std::ios::binary) << contents;
  }
  std::string read(const std::string& name) const {
    return read_text_if_there(path(name), "a file", 1 << 30).value_or("");
  }

  /// Two layers of K and V, so many elements each, a multiple of 64: 1.0 and the bf16 numbers
  /// behind it. Ranked frames of 512 would be stored; of 2048 they are not.
  void write_dump(int each = 512) const {
    std::string elements;
    for (int i = 0; i < 2 * 2 * each; ++i) elements += {static_cast<char>(0x80 + i % 100), '\x3f'};
    write("kv.bf16", elements);
    write("kv.json", "{\"shape\": [2, 2, 64, " + std::to_string(each / 64) + "]}");
  }

  std::string run(const std::vector<std::string>& arguments) const {
    forget_files_read();
    testing::internal::CaptureStdout();
    EXPECT_EQ(codec_command(arguments), 0);
    return testing::internal::GetCapturedStdout();
  }
  nlohmann::json run_json(std::vector<std::string> arguments) const {
    arguments.insert(arguments.end(), {"--format", "json"});
    return nlohmann::json::parse(run(arguments));
  }

  /// The one line a refused command line leaves behind.
  std::string refusal(const std::vector<std::string>& arguments) const {
    forget_files_read();
    try {
      codec_command(arguments);
    } catch (const InputError& error) {
      return error.what();
    }
    return "accepted";
  }

  void expect_refusal(const std::vector<std::string>& arguments, const std::string& part) const {
    const std::string said = refusal(arguments);
    EXPECT_NE(said.find(part), said.npos) << said;
  }

 private:
  const ScratchFolder folder_;
};

}  // namespace splitbench
