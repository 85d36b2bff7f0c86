#include "sim/bench/codec/published_codec.hpp"

#include <chrono>
#include <cstdint>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <utility>

#include "sim/bench/codec/published_codec_script.hpp"
#include "sim/process/child_process.hpp"
#include "workloads/files.hpp"
#include "workloads/foreign_json.hpp"
#include "workloads/input_error.hpp"
#include "workloads/printable_text.hpp"
#include "workloads/scratch_folder.hpp"

namespace splitbench {
namespace {

constexpr std::uint64_t kMostText = 1 << 20;
constexpr std::chrono::minutes kPatience{5};

/// Returns the last line of a text that is not empty, fit to be printed.
std::string last_line(std::string text) {
  while (text.ends_with('\n')) text.pop_back();
  return printable(text.substr(text.rfind('\n') + 1));
}

/// Returns what Python prints; `arguments` follow the script.
std::string run_script(const ScratchFolder& folder, const std::vector<std::string>& arguments) {
  const std::filesystem::path output = folder.file("output"), errors = folder.file("errors");
  std::vector<std::string> command{"-c", std::string(kPublishedCodecScript)};
  command.insert(command.end(), arguments.begin(), arguments.end());
  ChildProcess python =
      ChildProcess::program("python3", command, {.output = output, .errors = errors, .input = {}});
  const std::string end = python.ended_within(kPatience);
  if (end == kSucceeded) return read_text(output, "Python's output", kMostText);
  if (end.empty()) throw InputError(fmt::format("no answer for {} minutes", kPatience.count()));
  const std::string message = last_line(read_text(errors, "Python's messages", kMostText));
  throw InputError(message.empty() ? fmt::format("{}; is it on PATH?", end) : message);
}

}  // namespace

PublishedCodec::PublishedCodec(std::filesystem::path checkout) : checkout_(std::move(checkout)) {
  std::error_code ignored;
  if (std::filesystem::is_regular_file(checkout_ / "codec_gpu.py", ignored)) return;
  throw InputError(
      fmt::format("codec bench: --reference {}, expected a checkout of "
                  "github.com/Intelligent-Microsystems-Lab/SplitZip, which has codec_gpu.py",
                  checkout_.string()));
}

bool PublishedCodec::runs(const BenchElements& elements, const BenchCase& bench) {
  return elements.type == ElementType::bf16 && bench.destination == BenchDestination::device &&
         bench.max_blocks == 0 && bench.page_bytes == 0 && lay_out(elements, bench).size() == 1;
}

BenchRow PublishedCodec::measure(const BenchElements& elements, const BenchCase& bench) const {
  const std::vector<BenchTensor> tensors = lay_out(elements, bench);
  BenchRow row = bench_row({.backend = "cuda", .name = ""}, elements, bench, tensors);
  row.bench.codec = {"splitzip-published", FrameKind::splitzip};
  const ScratchFolder folder;
  const std::filesystem::path piece = folder.file("elements");
  const std::span<const std::byte> bytes(tensors[0].piece->bytes);
  write_file(piece, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  try {
    const nlohmann::json found = parse_foreign_json(
        run_script(folder, {std::filesystem::absolute(checkout_).string(), piece.string(),
                            std::to_string(tensors[0].bytes), std::to_string(bench.repeats)}));
    row.device = found.at("device");
    const auto time = [&found](const char* name) {
      const std::vector<double> seconds = found.at(name);
      if (seconds.empty()) throw std::runtime_error(fmt::format("no {} in its answer", name));
      return bench_time(seconds);
    };
    row.encode = time("encode_seconds");
    row.decode = time("decode_seconds");
    row.copy_out = row.copy_in = time("copy_seconds");
    row.frame_bytes = found.at("encoded_bytes");
    const std::uint64_t count = tensors[0].bytes / element_bytes(elements.type);
    row.escape_rate = found.at("escapes").get<double>() / static_cast<double>(count);
  } catch (const std::exception& error) {
    throw InputError(fmt::format("codec bench: --reference {}: python3, with torch and triton: {}",
                                 checkout_.string(), error.what()));
  }
  return row;
}

}  // namespace splitbench
