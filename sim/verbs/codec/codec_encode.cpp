#include <algorithm>
#include <fmt/core.h>
#include <memory>
#include <optional>
#include <vector>

#include "codec/codec.hpp"
#include "codec/codecs.hpp"
#include "codec/frame_file.hpp"
#include "sim/cli/dump_file.hpp"
#include "sim/cli/terminal.hpp"
#include "sim/verbs/codec/codec_frames.hpp"
#include "sim/verbs/codec/codec_histograms.hpp"
#include "sim/verbs/codec/codec_options.hpp"
#include "sim/verbs/codec/codec_statistics.hpp"
#include "sim/verbs/codec/encode_predicted_dump.hpp"
#include "sim/verbs/codec/predictor_options.hpp"
#include "workloads/files.hpp"
#include "workloads/input_error.hpp"

namespace splitbench {
namespace {

constexpr VerbHelp kHelp{
    .examples = R"(splitbench codec encode kv.bf16 kv.szf
splitbench codec encode kv.e4m3 kv.szf --codec ranked
splitbench codec encode cache.safetensors cache.szf --codebook codebooks.json
splitbench codec encode kv.bin kv.szf --type fp8_e5m2 --threads 4
splitbench codec encode kv.bf16 kv.szf --codec predicted --predictor model.predictor --mode 2b
)",
    .about = "Tensors to a file of frames, each smaller than its tensor or stored as it is.",
    .notes =
        R"(IN is a .safetensors file, one frame a tensor, or raw little-endian elements: .bf16, .e5m2,
.e4m3, else bf16 if --type says nothing. A file beside raw elements, IN with the suffix .json and
with "shape": [layers, 2, tokens, width], splits them into the K and V of each layer, one frame
each; without it they are one tensor. In .safetensors, BF16, F8_E5M2 and F8_E4M3 (FNUZ too) are
coded, and U8 and I8 with an FP8 --type, U16 and I16 with bf16. Other tensors, such as scales, are
carried along as they are. decode gives back IN bit for bit.
--codec predicted takes raw bf16 with such a .json, in which "first_position" and "seq_len" say
where its tokens stand. Each frame is predicted, ranked or stored, whichever is shortest. --mode
says from what: 1 means; 1b, K from V of its layer; 2b, both from the layer before.
)"};

/// Returns the codebook of the file that was named, else the one that fits the tensor best.
Codebook codebook_for(const TensorHistogram& tensor, const std::optional<NamedCodebooks>& named,
                      FrameKind kind) {
  return named ? named->of(tensor.key, tensor.type, kind)
               : calibrate(tensor.histogram, tensor.type, kind);
}

struct Written {
  std::uint64_t bytes = 0;
  std::uint64_t frame_bytes = 0;  ///< of the tensors that are coded
  std::uint64_t escapes = 0;
  std::uint64_t carried = 0;  ///< tensors of other types
  CodingFigures figures;      ///< what each of our codecs makes of the tensors
};

/// Returns a line for each of our codecs: what the frames that were written have, and what other
/// frames of the same codebooks would have.
std::string codec_lines(const Written& written, FrameKind kind) {
  const CodingFigures& figures = written.figures;
  if (figures.elements == 0 && written.carried > 0) return "";
  const CodingFigures::Coded& coded = figures.given ? *figures.given : figures.own;
  std::string lines;
  for (const Codec& codec : kOwnCodecs) {
    const bool is_ranked = codec.frames == FrameKind::ranked, is_written = codec.frames == kind;
    const auto bytes = static_cast<double>(is_written  ? written.frame_bytes
                                           : is_ranked ? coded.ranked_bytes
                                                       : coded.frame_bytes);
    lines += fmt::format("{:<9} ratio {:.4f}, {:.3f} bits an element{}\n", codec.name,
                         figures.ratio(bytes), figures.bits(bytes),
                         is_written  ? ", as written"
                         : is_ranked ? ", or up to 0.1% shorter"
                                     : "");
  }
  return lines;
}

/// Frame after frame, so that only the longest is ever in memory; the file's header comes last,
/// because only then its length is known.
Written write_frames(const Dump& dump, FrameKind kind,
                     const std::optional<NamedCodebooks>& codebooks, unsigned threads,
                     OutputFile& out) {
  std::uint64_t longest = 0;
  for (const Tensor& tensor : dump.tensors) {
    const ElementType type = tensor.type.value_or(kCarriedBytes);
    longest = std::max(longest, max_frame_bytes(type, tensor.raw.size() / element_bytes(type)));
  }
  std::vector<std::byte> frame(longest);
  Written written{.bytes = frame_file_start_bytes(dump.preface.size())};
  out.append(std::vector<std::byte>(written.bytes));
  for (const Tensor& tensor : dump.tensors) {
    if (!tensor.type) {
      const Codebook none{.exponents = {}, .element_type = kCarriedBytes};
      const auto bytes = encode(tensor.raw, none, FrameKind::stored, frame, threads).frame_bytes;
      out.append(std::span(frame).first(bytes));
      written.bytes += bytes;
      ++written.carried;
      continue;
    }
    const TensorHistogram exponents = histogram_of(tensor, dump.path);
    const EncodedFrame encoded =
        encode(tensor.raw, codebook_for(exponents, codebooks, kind), kind, frame, threads);
    out.append(std::span(frame).first(encoded.frame_bytes));
    written.bytes += encoded.frame_bytes;
    written.frame_bytes += encoded.frame_bytes;
    written.figures += coding_figures(exponents, codebooks ? &*codebooks : nullptr);
    written.escapes += escapes_of(read_header(frame), tensor.raw);
  }
  out.overwrite_start(frame_file_start(dump.tensors.size(), written.bytes, dump.preface));
  return written;
}

void encode_with_predictor(const Dump& dump, const LoadedPredictor& predictor, PredictionMode mode,
                           unsigned threads, const std::string& path) {
  const auto raw_bytes = static_cast<double>(dump.file.size());
  OutputFile out(path);
  const PredictedFrames written = encode_predicted_dump(dump, predictor, mode, threads, out);
  out.commit();
  const auto line = [&](std::string_view codec, std::uint64_t bytes, std::string_view rest) {
    return fmt::format("{:<9} ratio {:.4f}, {:.3f} bits an element, {}\n", codec,
                       raw_bytes / static_cast<double>(bytes),
                       16 * static_cast<double>(bytes) / raw_bytes, rest);
  };
  print_text(fmt::format(
      "{}: {} frames, {} of them predicted, {} bytes from {}\n{}{}", path, dump.tensors.size(),
      written.predicted, written.file_bytes, dump.file.size(),
      line("predicted", written.frame_bytes, fmt::format("as written, mode {}", name(mode))),
      line("ranked", written.ranked_bytes, "or up to 0.1% shorter")));
}

/// Returns the predictor that --codec predicted needs, or null for the others, which take none.
std::unique_ptr<const LoadedPredictor> predictor_for(FrameKind kind, const PredictorOption& option,
                                                     const PredictionModeOption& mode) {
  const bool predicted = kind == FrameKind::predicted;
  if (predicted && option.given.empty())
    throw InputError("codec encode: --codec predicted needs --predictor FILE");
  if (!predicted && (!option.given.empty() || mode.mode()))
    throw InputError("codec encode: --predictor and --mode are for --codec predicted");
  auto predictor = option.load();
  if (predicted && mode.mode() > predictor->predictor.mode)
    throw InputError(fmt::format("{}: it predicts up to mode {}, not {}; calibrate again",
                                 option.given, name(predictor->predictor.mode), mode.given));
  return predictor;
}

void run(std::span<const std::string> arguments) {
  VerbOptions options("codec encode", "IN OUT", kHelp);
  FrameCodecOption codec;
  PredictorOption predictor_option;
  PredictionModeOption mode;
  std::string codebook;
  TypeOption type;
  ThreadsOption threads;
  codec.add_to(options);
  options.value("codebook", "FILE", codebook,
                "of codec calibrate; without one each tensor is calibrated on itself");
  predictor_option.add_to(options);
  mode.add_to(options, "of predicted frames; else 1b, or 1 if the predictor has no more");
  type.add_to(options);
  threads.add_to(options);
  if (!options.parse(arguments)) return;
  const std::vector<std::string>& files = options.arguments();
  const unsigned thread_count = threads.count("encode");
  const auto predictor = predictor_for(codec.kind(), predictor_option, mode);
  if (predictor && !codebook.empty())
    throw InputError("codec encode: --codebook is not for --codec predicted");
  std::optional<NamedCodebooks> codebooks;
  if (!codebook.empty()) codebooks.emplace(codebook);
  const Dump dump = read_dump(files[0], type.type());
  if (predictor) {
    const PredictionMode most = std::min(PredictionMode::own_values, predictor->predictor.mode);
    encode_with_predictor(dump, *predictor, mode.mode().value_or(most), thread_count, files[1]);
    return;
  }
  OutputFile out(files[1]);
  const Written written = write_frames(dump, codec.kind(), codebooks, thread_count, out);
  out.commit();
  print_text(fmt::format("{}: {} frames, {} bytes from {}, {} escapes\n{}", files[1],
                         dump.tensors.size(), written.bytes, dump.file.size(), written.escapes,
                         codec_lines(written, codec.kind())));
  if (written.carried > 0)
    print_text(fmt::format("tensors of other types, carried as they are: {}\n", written.carried));
}

}  // namespace

const SubVerb kEncodeVerb{.name = "encode", .summary = "tensors to a file of frames", .run = run};

}  // namespace splitbench
