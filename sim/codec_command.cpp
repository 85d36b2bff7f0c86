#include "sim/codec_command.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fmt/core.h>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>
#include <string_view>
#include <utility>
#include <vector>

#include "codec/bad_frame.hpp"
#include "codec/codebook_file.hpp"
#include "codec/codec.hpp"
#include "codec/frame_file.hpp"
#include "sim/command_line.hpp"
#include "sim/dump_file.hpp"
#include "workloads/input_error.hpp"

namespace splitbench {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr std::string_view kHelp =
    R"(splitbench codec encode kv.bf16 kv.szf                         calibrates on kv.bf16 itself
splitbench codec calibrate a.bf16 b.bf16 -o codebooks.json     calibrates once,
splitbench codec encode kv.bf16 kv.szf --codebook codebooks.json   encodes often
splitbench codec inspect kv.szf --format json
splitbench codec decode kv.szf kv.bf16

encode IN OUT      bf16 elements to a file of frames, each smaller than its input or stored
decode IN OUT      back, bit for bit; a damaged file is refused and OUT not written
inspect FILE       verifies a file of frames and says what is in it
calibrate IN...    the 16 exponents that get a code

IN.bf16 is little-endian bf16. A file IN.json beside it with "shape": [layers, 2, tokens, width] splits it into
the K and V of each layer, one frame and one codebook each; without it the file is one tensor.

)";

bool same_tensors(const Dump& a, const Dump& b) {
  return std::ranges::equal(a.tensors, b.tensors, {}, &Tensor::key, &Tensor::key);
}

/// A codebook for each tensor where the dumps have the same ones, else one for everything.
CodebookFile calibrate_on(std::span<const Dump> dumps) {
  const bool alike =
      std::ranges::all_of(dumps, [&](const Dump& dump) { return same_tensors(dump, dumps[0]); });
  std::vector<ExponentHistogram> histograms(alike ? dumps[0].tensors.size() : 1);
  for (const Dump& dump : dumps) {
    for (std::size_t i = 0; i < dump.tensors.size(); ++i) {
      histograms[alike ? i : 0] += exponent_histogram(dump.tensors[i].elements);
    }
  }
  CodebookFile file;
  for (const Dump& dump : dumps) file.sources.push_back(fs::path(dump.path).filename().string());
  for (std::size_t i = 0; i < histograms.size(); ++i) {
    const Codebook codebook = calibrate(histograms[i]);
    file.entries.push_back({.key = alike ? dumps[0].tensors[i].key : CodebookKey{},
                            .codebook = codebook,
                            .elements = std::reduce(histograms[i].begin(), histograms[i].end()),
                            .escapes = escapes(histograms[i], codebook)});
  }
  return file;
}

CodebookFile load_codebooks(const std::string& path) {
  try {
    return load_codebook_file(path);
  } catch (const std::exception& error) {
    throw InputError(error.what());
  }
}

const Codebook& codebook_for(const Tensor& tensor, const CodebookFile& codebooks,
                             const std::string& codebook_path) {
  if (const Codebook* const codebook = codebooks.find(tensor.key)) return *codebook;
  if (!tensor.key.layer) {
    throw InputError(fmt::format(
        "{}: its codebooks are for single layers, and no .json beside the input names any",
        codebook_path));
  }
  throw InputError(fmt::format("{}: no codebook for layer {}, {}", codebook_path, *tensor.key.layer,
                               *tensor.key.tensor_class));
}

void encode_file(const std::string& in, const std::string& out, const std::string& codebook_path) {
  const Dump dump = read_dump(in);
  const CodebookFile codebooks =
      codebook_path.empty() ? calibrate_on({&dump, 1}) : load_codebooks(codebook_path);
  std::uint64_t most = kFrameFileHeaderBytes;
  for (const Tensor& tensor : dump.tensors) most += max_frame_bytes(tensor.elements.size());
  std::vector<std::byte> file(most);
  std::uint64_t end = kFrameFileHeaderBytes;
  std::uint64_t escapes = 0;
  for (const Tensor& tensor : dump.tensors) {
    const Codebook& codebook = codebook_for(tensor, codebooks, codebook_path);
    const EncodedFrame frame =
        encode(tensor.elements, codebook, FrameKind::splitzip, std::span(file).subspan(end));
    end += frame.frame_bytes;
    escapes += frame.escapes;
  }
  file.resize(end);
  write_frame_file_header(file, dump.tensors.size());
  write_bytes(out, file);
  fmt::print("{}: {} frames, {} bytes from {}, {} escapes\n", out, dump.tensors.size(), end,
             2 * dump.elements.size(), escapes);
}

/// A file of frames and what is in it: headers, and the elements of all, verified.
struct FrameFile {
  std::vector<FrameHeader> headers;
  std::vector<std::uint16_t> elements;
};

FrameFile read_frame_file(const std::string& path) {
  const std::vector<std::byte> bytes = read_bytes(path);
  FrameFile file;
  try {
    const std::vector<std::span<const std::byte>> frames = split_frame_file(bytes);
    for (const auto frame : frames) file.headers.push_back(read_header(frame));
    std::uint64_t elements = 0;
    for (const FrameHeader& header : file.headers) elements += header.elements;
    file.elements.resize(elements);
    std::span<std::uint16_t> rest = file.elements;
    for (std::size_t i = 0; i < frames.size(); ++i) {
      try {
        decode(frames[i], rest.first(file.headers[i].elements));
      } catch (const BadFrame& fault) {
        throw BadFrame(fmt::format("frame {}: {}", i, fault.what()));
      }
      rest = rest.subspan(file.headers[i].elements);
    }
  } catch (const BadFrame& fault) {
    throw InputError(fmt::format("{}: {}", path, fault.what()));
  }
  return file;
}

void decode_file(const std::string& in, const std::string& out) {
  const FrameFile file = read_frame_file(in);
  write_bytes(out, std::as_bytes(std::span(file.elements)));
  fmt::print("{}: {} bytes from {} frames\n", out, 2 * file.elements.size(), file.headers.size());
}

double quotient(double a, double b) {
  return b == 0 ? 0 : a / b;
}

/// The keys are a contract.
Json summarize(const FrameFile& file) {
  std::uint64_t frame_bytes = 0, escapes = 0, splitzip_frames = 0;
  double published_bytes = 0;  // a stored frame has no published layout and counts as raw
  std::map<std::uint64_t, std::pair<Codebook, std::uint64_t>> codebooks;
  for (const FrameHeader& header : file.headers) {
    frame_bytes += header.frame_bytes;
    escapes += header.escapes;
    const bool splitzip = header.kind == FrameKind::splitzip;
    const double raw = 2.0 * static_cast<double>(header.elements);
    published_bytes +=
        splitzip ? raw / published_layout_ratio(header.elements, header.escapes) : raw;
    if (!splitzip) continue;
    ++splitzip_frames;
    auto& [codebook, frames] = codebooks[header.codebook_id];
    codebook = header.codebook;
    ++frames;
  }
  const auto elements = static_cast<double>(file.elements.size());
  Json json;
  json["element_type"] = "bf16";
  json["elements"] = file.elements.size();
  json["raw_bytes"] = 2 * file.elements.size();
  json["frame_bytes"] = frame_bytes;
  json["frames"] = file.headers.size();
  json["stored_frames"] = file.headers.size() - splitzip_frames;
  json["ratio"] = quotient(2 * elements, static_cast<double>(frame_bytes));
  json["escapes"] = escapes;
  json["escape_rate"] = quotient(static_cast<double>(escapes), elements);
  json["published_layout_ratio"] = quotient(2 * elements, published_bytes);
  json["codebooks"] = Json::array();
  for (const auto& [id, entry] : codebooks) {
    Json codebook;
    codebook["id"] = fmt::format("{:016x}", id);
    codebook["exponents"] = entry.first.exponents;
    codebook["frames"] = entry.second;
    json["codebooks"].push_back(codebook);
  }
  return json;
}

void inspect_file(const std::string& path, const std::string& format) {
  const Json json = summarize(read_frame_file(path));
  if (format == "json") {
    fmt::print("{}\n", json.dump(1));
    return;
  }
  for (const auto& [key, value] : json.items()) {
    if (key != "codebooks")
      fmt::print("{:<24}{}\n", key, value.is_string() ? value.get<std::string>() : value.dump());
  }
  for (const Json& codebook : json.at("codebooks")) {
    fmt::print("{:<24}{}  {} frames  {}\n", "codebook", codebook.at("id").get<std::string>(),
               codebook.at("frames").dump(), codebook.at("exponents").dump());
  }
}

void calibrate_files(const std::vector<std::string>& in, const std::string& out) {
  std::vector<Dump> dumps;
  for (const std::string& path : in) dumps.push_back(read_dump(path));
  const std::string text = to_json(calibrate_on(dumps));
  if (out.empty()) {
    fmt::print("{}", text);
  } else {
    write_bytes(out, std::as_bytes(std::span(text)));
  }
}

std::vector<std::string> files_of(const po::variables_map& values) {
  return values.count("file") > 0 ? values["file"].as<std::vector<std::string>>()
                                  : std::vector<std::string>{};
}

void require_files(std::string_view verb, std::size_t given, std::size_t expected,
                   std::string_view usage) {
  if (given == expected) return;
  throw InputError(fmt::format("codec {}: {} files given, expected {}", verb, given, usage));
}

void run_verb(const std::string& verb, std::span<const std::string> arguments) {
  po::options_description options;
  options.add_options()("file", po::value<std::vector<std::string>>());
  po::positional_options_description positional;
  positional.add("file", -1);
  std::string codebook, format = "table", output;
  if (verb == "encode") options.add_options()("codebook", po::value(&codebook));
  if (verb == "inspect") options.add_options()("format", po::value(&format));
  if (verb == "calibrate") options.add_options()("output,o", po::value(&output));
  const std::vector<std::string> files =
      files_of(parse_arguments("codec", arguments, options, positional));
  if (verb == "encode") {
    require_files(verb, files.size(), 2, "IN OUT");
    encode_file(files[0], files[1], codebook);
  } else if (verb == "decode") {
    require_files(verb, files.size(), 2, "IN OUT");
    decode_file(files[0], files[1]);
  } else if (verb == "inspect") {
    require_files(verb, files.size(), 1, "FILE");
    if (format != "table" && format != "json") {
      throw InputError(fmt::format("codec inspect: --format {}, expected table or json", format));
    }
    inspect_file(files[0], format);
  } else if (verb == "calibrate") {
    if (files.empty()) throw InputError("codec calibrate: no file given, expected IN...");
    calibrate_files(files, output);
  } else {
    throw InputError(fmt::format("codec {}: expected encode, decode, inspect or calibrate", verb));
  }
}

}  // namespace

int codec_command(std::span<const std::string> arguments) {
  const bool help = std::ranges::find(arguments, "--help") != arguments.end();
  if (help) {
    fmt::print("{}", kHelp);
    return 0;
  }
  if (arguments.empty()) throw InputError("codec: expected encode, decode, inspect or calibrate");
  run_verb(arguments[0], arguments.subspan(1));
  return 0;
}

}  // namespace splitbench
