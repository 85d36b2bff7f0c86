#include <algorithm>
#include <fmt/core.h>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "codec/codec.hpp"
#include "sim/bench/codec/codec_list.hpp"
#include "sim/cli/terminal.hpp"
#include "sim/verbs/codec/codec_frames.hpp"
#include "sim/verbs/codec/codec_options.hpp"
#include "sim/verbs/codec/codec_statistics.hpp"
#include "sim/verbs/codec/predictor_options.hpp"
#include "workloads/json_text.hpp"

namespace splitbench {
namespace {

using Json = nlohmann::ordered_json;

constexpr VerbHelp kHelp{
    .examples = R"(splitbench codec inspect kv.szf
splitbench codec inspect kv.szf --format json
splitbench codec inspect kv.szf --predictor model.predictor
)",
    .about = "Verifies a file of frames and says what is in it.",
    .notes =
        R"(codec is what the frames were made with, or mixed; none where all are stored.
published_layout_ratio is the ratio by the accounting that was published for SplitZip: 7 bytes an
escape, nothing for codebook and header. A stored or a ranked frame counts as raw in it.
carried_frames hold tensors of other types than the codec's, as they are: they count in raw_bytes,
frame_bytes and ratio, and in nothing about elements.
splitzip_ratio and ranked_ratio are what either codec makes of the elements of these frames, each
with a codebook of its own; ranked frames are up to 0.1% shorter than said.
Of predicted frames, whose predictors are named, escapes are exponents far from what was predicted.
Without --predictor their headers are verified alone: verified is false, and what either codec
would make of the elements is not known.
)"};

double quotient(double a, double b) {
  return b == 0 ? 0 : a / b;
}

/// "mixed" where they differ, "none" where there are none.
std::string_view element_type(const EncodedFile& file) {
  std::optional<ElementType> one;
  for (std::size_t i = 0; i < file.headers.size(); ++i) {
    if (file.is_carried(i)) continue;
    const ElementType type = file.headers[i].element_type;
    if (one.value_or(type) != type) return "mixed";
    one = type;
  }
  return one ? name(*one) : "none";
}

/// The codec of the frames that are not stored: "mixed" where they differ, "none" where there are
/// none.
std::string_view codec_of(const EncodedFile& file) {
  std::optional<FrameKind> one;
  for (const FrameHeader& header : file.headers) {
    if (header.kind == FrameKind::stored) continue;
    if (one.value_or(header.kind) != header.kind) return "mixed";
    one = header.kind;
  }
  if (one == FrameKind::predicted) return "predicted";
  return one ? codec_of_frames(*one).name : "none";
}

struct UsedCodebook {
  Codebook codebook;
  FrameKind kind;
  std::uint64_t frames;
};

Json codebook_json(const UsedCodebook& used) {
  const Codebook& codebook = used.codebook;
  Json json;
  json["id"] = fmt::format("{:016x}", codebook.id());
  json["codec"] = codec_of_frames(used.kind).name;
  json["element_type"] = name(codebook.element_type);
  json["exponents"] = Json::array();
  for (unsigned code = 0; code < codebook.size(used.kind); ++code)
    json["exponents"].push_back(codebook.exponents[code]);
  json["frames"] = used.frames;
  return json;
}

Json predictor_json(const EncodedFile& file, std::uint64_t id) {
  const auto frames = std::ranges::count_if(file.headers, [&](const FrameHeader& header) {
    return header.kind == FrameKind::predicted && header.codebook_id == id;
  });
  return {{"id", fmt::format("{:016x}", id)}, {"frames", frames}};
}

/// The keys are a contract. `figures` are those of the elements in the frames, or nothing if these
/// were not decoded.
Json summarize(const EncodedFile& file, std::uint64_t escapes,
               const std::optional<CodingFigures>& figures) {
  std::uint64_t elements = 0, frame_bytes = 0, coded_frames = 0;
  std::uint64_t carried_frames = 0, carried_bytes = 0;
  double published_bytes = 0;
  // The exponents of FP8, and so the id, may be those of both kinds.
  std::map<std::pair<FrameKind, std::uint64_t>, UsedCodebook> codebooks;
  for (std::size_t i = 0; i < file.headers.size(); ++i) {
    const FrameHeader& header = file.headers[i];
    frame_bytes += header.frame_bytes;
    if (file.is_carried(i)) {
      ++carried_frames;
      carried_bytes += header.frame_bytes;
      published_bytes += static_cast<double>(header.elements);
      continue;
    }
    elements += header.elements;
    const bool splitzip = header.kind == FrameKind::splitzip;
    const auto raw = static_cast<double>(header.elements * element_bytes(header.element_type));
    published_bytes += splitzip ? raw / published_layout_ratio(header.element_type, header.elements,
                                                               header.escapes)
                                : raw;
    if (header.kind == FrameKind::stored) continue;
    ++coded_frames;
    if (header.kind == FrameKind::predicted) continue;
    UsedCodebook& used = codebooks[{header.kind, header.codebook_id}];
    used = {header.codebook(), header.kind, used.frames + 1};
  }
  const auto raw_bytes = static_cast<double>(file.raw_bytes());
  Json json;
  json["element_type"] = element_type(file);
  json["elements"] = elements;
  json["raw_bytes"] = file.raw_bytes();
  json["frame_bytes"] = frame_bytes;
  json["file_bytes"] = file.bytes.size();
  json["preface_bytes"] = file.parts.preface.size();
  json["frames"] = file.headers.size();
  json["stored_frames"] = file.headers.size() - coded_frames;
  json["carried_frames"] = carried_frames;
  json["codec"] = codec_of(file);
  json["ratio"] = quotient(raw_bytes, static_cast<double>(frame_bytes));
  json["escapes"] = escapes;
  json["escape_rate"] = quotient(static_cast<double>(escapes), static_cast<double>(elements));
  json["published_layout_ratio"] = quotient(raw_bytes, published_bytes);
  json["bits_per_element"] =
      8 * quotient(static_cast<double>(frame_bytes - carried_bytes), static_cast<double>(elements));
  const CodingFigures::Coded own = figures ? figures->own : CodingFigures::Coded{};
  const std::pair<std::string, std::uint64_t> codecs[] = {{"splitzip", own.frame_bytes},
                                                          {"ranked", own.ranked_bytes}};
  for (const auto& [codec, bytes] : codecs) {
    const auto coded = static_cast<double>(bytes);
    json[codec + "_ratio"] = figures ? Json(figures->ratio(coded)) : Json();
    json[codec + "_bits_per_element"] = figures ? Json(figures->bits(coded)) : Json();
  }
  json["verified"] = figures.has_value();
  json["predictors"] = Json::array();
  for (const std::uint64_t id : file.predictors())
    json["predictors"].push_back(predictor_json(file, id));
  json["codebooks"] = Json::array();
  for (const auto& [key, used] : codebooks) json["codebooks"].push_back(codebook_json(used));
  return json;
}

void print_table(const Json& json) {
  for (const auto& [key, value] : json.items()) {
    if (key != "codebooks" && key != "predictors")
      print_text(fmt::format("{:<28}{}\n", key,
                             value.is_string() ? value.get<std::string>() : value.dump()));
  }
  for (const Json& codebook : json.at("codebooks")) {
    fmt::print("{:<28}{}  {}  {}  {} frames  {}\n", "codebook",
               codebook.at("id").get<std::string>(), codebook.at("codec").get<std::string>(),
               codebook.at("element_type").get<std::string>(), codebook.at("frames").dump(),
               codebook.at("exponents").dump());
  }
  for (const Json& predictor : json.at("predictors"))
    fmt::print("{:<28}{}  {} frames\n", "predictor", predictor.at("id").get<std::string>(),
               predictor.at("frames").dump());
}

/// Decodes all frames, and returns the figures of their elements.
CodingFigures verify(const EncodedFile& file, const LoadedPredictor* predictor,
                     std::uint64_t& escapes) {
  CodingFigures figures;
  decode_frames(file, predictor, ThreadsOption().count("inspect"),
                [&](std::size_t frame, std::span<const std::byte> raw) {
                  if (file.is_carried(frame)) return;
                  const FrameHeader& header = file.headers[frame];
                  escapes += escapes_of(header, raw);
                  figures +=
                      coding_figures({.source = file.path,
                                      .tensor = {},
                                      .key = {},
                                      .type = header.element_type,
                                      .histogram = exponent_histogram(raw, header.element_type)},
                                     nullptr);
                });
  return figures;
}

void run(std::span<const std::string> arguments) {
  VerbOptions options("codec inspect", "FILE", kHelp);
  PredictorOption predictor_option;
  std::string format = "table";
  predictor_option.add_to(options);
  options.word("format", "FORMAT", format, {"table", "json"});
  if (!options.parse(arguments)) return;

  const auto predictor = predictor_option.load();
  const EncodedFile file = read_encoded_file(options.arguments()[0]);
  std::uint64_t escapes = 0;
  std::optional<CodingFigures> figures;
  if (predictor || file.predictors().empty()) {
    figures = verify(file, predictor.get(), escapes);
  } else {
    for (const FrameHeader& header : file.headers) escapes += header.escapes;
  }
  const Json json = summarize(file, escapes, figures);
  if (format == "json") {
    print_data(json_lines(json));
  } else {
    print_table(json);
  }
}

}  // namespace

const SubVerb kInspectVerb{
    .name = "inspect", .summary = "verify a file of frames and say what is in it", .run = run};

}  // namespace splitbench
