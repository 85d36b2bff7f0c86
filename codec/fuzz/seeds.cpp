#include <cstdio>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "codec/codec.hpp"
#include "codec/frame_file.hpp"
#include "codec/fuzz/repair_predicted.hpp"

// Writes the seeds of fuzzing to CORPUS/frame, CORPUS/frame_file and CORPUS/predicted: one small
// frame of each shape, files of frames, and a frame of each mode. Run it when the format changes.

namespace splitbench {
namespace {

using Bytes = std::vector<std::byte>;
constexpr std::byte kRepairNothing{0};
constexpr std::byte kRepairAll{0x03};
constexpr std::byte kRepairAllMisaligned{0x07};
constexpr std::byte kWithoutPlanes{0x0b};

/// Returns elements of few frequent exponents; one in `rare` has any exponent, none if that is 0.
Bytes elements(ElementType type, std::uint64_t n, unsigned rare) {
  std::mt19937_64 random(n);
  Bytes raw(n * element_bytes(type));
  for (std::byte& byte : raw) byte = static_cast<std::byte>(random() & 0x9f);
  const std::size_t step = element_bytes(type);
  for (std::size_t top = step - 1; top < raw.size(); top += step) {
    const bool any = rare != 0 && random() % rare == 0;
    raw[top] = static_cast<std::byte>(any ? random() : 0x38 | (random() & 0x87));
  }
  return raw;
}

Bytes frame(ElementType type, FrameKind wanted, std::uint64_t n, unsigned rare) {
  const Bytes raw = elements(type, n, rare);
  const Codebook codebook = calibrate(exponent_histogram(raw, type), type, wanted);
  Bytes frame(max_frame_bytes(type, n));
  frame.resize(encode(raw, codebook, wanted, frame).frame_bytes);
  return frame;
}

Bytes file(const std::vector<Bytes>& frames, const Bytes& preface) {
  std::uint64_t bytes = frame_file_start_bytes(preface.size());
  for (const Bytes& frame : frames) bytes += frame.size();
  Bytes file = frame_file_start(frames.size(), bytes, preface);
  for (const Bytes& frame : frames) file.insert(file.end(), frame.begin(), frame.end());
  return file;
}

void save(const std::filesystem::path& path, std::byte flags, const Bytes& bytes) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream out(path, std::ios::binary);
  out.put(static_cast<char>(flags));
  out.write(reinterpret_cast<const char*>(bytes.data()),
            static_cast<std::streamsize>(bytes.size()));
}

void save_frames(const std::filesystem::path& folder, ElementType type) {
  const std::string prefix = "seed_" + std::string(name(type)) + "_";
  const auto seed = [&](const char* shape, std::byte flags, FrameKind wanted, std::uint64_t n,
                        unsigned rare) {
    save(folder / (prefix + shape), flags, frame(type, wanted, n, rare));
  };
  seed("empty", kRepairNothing, FrameKind::stored, 0, 0);
  seed("stored", kRepairAll, FrameKind::stored, 101, 0);
  seed("coded", kRepairAll, FrameKind::splitzip, 2049, 0);
  seed("escapes", kRepairAllMisaligned, FrameKind::splitzip, 5003, 100);
  seed("tiles", kRepairAll, FrameKind::splitzip, kTileElements + 77, 2000);
  seed("ranked", kRepairAll, FrameKind::ranked, 5003, 100);
  seed("ranked_tiles", kRepairAllMisaligned, FrameKind::ranked, kTileElements + 77, 2000);

  constexpr std::uint64_t kLong = 3 * kTileElements + 5;
  const auto seed_without_planes = [&](const char* shape, FrameKind wanted, std::uint64_t end) {
    Bytes input = frame(type, wanted, kLong, 500);
    input.erase(input.begin() + kHeaderBytes, input.begin() + static_cast<long>(end));
    save(folder / (prefix + shape), kWithoutPlanes, input);
  };
  seed_without_planes("lists", FrameKind::splitzip, splitzip_layout(type, kLong, 0).tile_ends);
  seed_without_planes("streams", FrameKind::ranked, ranked_layout(type, kLong, 0).first_level);
}

/// Frames of a made-up text's second layer by a predictor that knows nothing.
void save_predicted(const std::filesystem::path& folder) {
  const LoadedPredictor predictor = loaded(random_predictor(kFuzzedModel));
  const std::vector<std::uint16_t> before(40 * kFuzzedModel.row(), 0x3f80);
  const References references{before, before, before, before};
  const TestLayers text = TestStream(kFuzzedModel, 20).text(40, 1);
  for (const TensorRole role : {TensorRole::key, TensorRole::value}) {
    for (const PredictionMode mode :
         {PredictionMode::means, PredictionMode::own_values, PredictionMode::layer_before}) {
      const PredictedTensor what{1, role, mode, one_page(40)};
      const std::string shape = std::string(role == TensorRole::key ? "k_" : "v_");
      save(folder / ("seed_" + shape + std::string(name(mode))), kRepairAll,
           predicted_frame(text.tensor(1, role), what, predictor, references));
    }
  }
}

void save_files(const std::filesystem::path& folder) {
  const Bytes empty = frame(ElementType::bf16, FrameKind::stored, 0, 0);
  const Bytes stored = frame(ElementType::fp8_e5m2, FrameKind::stored, 101, 0);
  const Bytes coded = frame(ElementType::fp8_e4m3, FrameKind::splitzip, 3001, 0);
  save(folder / "seed_none", kRepairNothing, file({}, {}));
  save(folder / "seed_preface", kRepairAllMisaligned, file({empty}, Bytes(150, std::byte{'x'})));
  save(folder / "seed_three", kRepairAllMisaligned, file({stored, coded, empty}, {}));
}

}  // namespace
}  // namespace splitbench

int main(int count, char** arguments) {
  using namespace splitbench;
  if (count != 2) {
    std::fprintf(stderr, "usage: %s CORPUS\n", arguments[0]);
    return 2;
  }
  const std::filesystem::path corpus = arguments[1];
  for (const auto type : kElementTypes) save_frames(corpus / "frame", type);
  save_files(corpus / "frame_file");
  save_predicted(corpus / "predicted");
  return 0;
}
