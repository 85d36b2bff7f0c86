#include "sim/verbs/codec/calibrate_predictor_files.hpp"

#include <filesystem>
#include <fmt/core.h>
#include <memory>
#include <vector>
#include <xxhash.h>

#include "codec/predicted/calibration.hpp"
#include "sim/cli/command_line.hpp"
#include "sim/verbs/codec/rope_sidecar.hpp"
#include "workloads/files.hpp"
#include "workloads/input_error.hpp"

namespace splitbench {
namespace {

constexpr std::string_view kDump = "a dump of a KV cache";

/// Returns the name, length and digest of a file, which is read part by part.
CodebookSource source_of(const std::string& path) {
  InputFile file(path, kDump, kAnyLength);
  const std::unique_ptr<XXH3_state_t, decltype(&XXH3_freeState)> state(XXH3_createState(),
                                                                       XXH3_freeState);
  XXH3_64bits_reset(state.get());
  std::vector<std::byte> part(1 << 20);
  while (const std::size_t bytes = file.read(part))
    XXH3_64bits_update(state.get(), part.data(), bytes);
  return {.name = std::filesystem::path(path).filename().string(),
          .bytes = file.bytes(),
          .xxh3 = XXH3_64bits_digest(state.get())};
}

CalibrationText text_of(const std::string& path, const RopeSidecar& sidecar) {
  auto file = std::make_shared<InputFile>(path, kDump, kAnyLength);
  const std::uint64_t elements = std::uint64_t{sidecar.tokens} * sidecar.width;
  const std::uint64_t expected = 4 * elements * sidecar.layers;
  if (file->bytes() != expected)
    throw InputError(
        fmt::format("{}: {} bytes, but its .json says {}", path, file->bytes(), expected));
  return {.tokens = sidecar.tokens,
          .pages = sidecar.pages,
          .read = [file, elements](std::uint32_t layer, TensorRole role) {
            std::vector<std::uint16_t> tensor(elements);
            const std::uint64_t number = 2 * std::uint64_t{layer} + static_cast<unsigned>(role);
            file->read_at(2 * elements * number, std::as_writable_bytes(std::span(tensor)));
            return tensor;
          }};
}

void require_same(const std::string& path, const RopeSidecar& one, const RopeSidecar& first) {
  if (one.layers == first.layers && one.width == first.width && one.heads == first.heads &&
      one.rope == first.rope && one.frequencies == first.frequencies)
    return;
  throw InputError(fmt::format(
      "{}: its layers, heads or RoPE are not those of the first dump: a predictor is of one model",
      path));
}

}  // namespace

Predictor calibrate_predictor_on(std::span<const std::string> dumps, PredictionMode mode) {
  const RopeSidecar first = read_rope(dumps[0]);
  std::vector<CalibrationText> texts;
  std::vector<CodebookSource> sources;
  for (const std::string& path : dumps) {
    const RopeSidecar sidecar = read_rope(path);
    require_same(path, sidecar, first);
    if (sidecar.tokens < 2)
      throw InputError(fmt::format("{}: a single token is no text to calibrate on", path));
    texts.push_back(text_of(path, sidecar));
    sources.push_back(source_of(path));
  }
  Predictor predictor = calibrate_predictor({.layers = first.layers,
                                             .heads = first.heads,
                                             .head_dim = first.head_dim(),
                                             .rope = first.rope,
                                             .frequencies = first.frequencies,
                                             .mode = mode},
                                            texts);
  predictor.tool = fmt::format("splitbench {} ({})", kVersion, kCommit);
  predictor.sources = std::move(sources);
  return predictor;
}

}  // namespace splitbench
