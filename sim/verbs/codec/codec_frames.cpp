#include "sim/verbs/codec/codec_frames.hpp"

#include <algorithm>
#include <array>
#include <fmt/core.h>
#include <utility>

#include "codec/codec.hpp"
#include "codec/predicted/shortest_frame.hpp"
#include "workloads/files.hpp"
#include "workloads/input_error.hpp"

namespace splitbench {
namespace {

std::uint64_t raw_bytes_of(const FrameHeader& header) {
  return header.elements * element_bytes(header.element_type);
}

/// Returns the tensors that a preface describes. Throws std::runtime_error unless they are those of
/// the frames.
std::vector<SafetensorsTensor> tensors_of(const EncodedFile& file) {
  const auto preface = file.parts.preface;
  if (preface.empty()) return {};
  const auto same = [](const SafetensorsTensor& tensor, const FrameHeader& header) {
    if (tensor.bytes != raw_bytes_of(header)) return false;
    if (tensor.type) return tensor.type == header.element_type;
    const bool carried = header.kind == FrameKind::stored && header.element_type == kCarriedBytes;
    return carried || tensor.may_hold(header.element_type);
  };
  auto layout = read_safetensors_layout(preface, preface.size() + file.raw_bytes());
  if (layout.header_bytes != preface.size() ||
      !std::ranges::equal(layout.tensors, file.headers, same))
    throw BadFrame("its .safetensors header does not describe its frames");
  return std::move(layout.tensors);
}

}  // namespace

std::uint64_t EncodedFile::raw_bytes() const {
  std::uint64_t sum = 0;
  for (const FrameHeader& header : headers) sum += raw_bytes_of(header);
  return sum;
}

bool EncodedFile::is_carried(std::size_t frame) const {
  return !tensors.empty() && !tensors[frame].type && headers[frame].kind == FrameKind::stored;
}

EncodedFile read_encoded_file(const std::string& path) {
  EncodedFile file{.path = path,
                   .bytes = read_bytes(path, "a file of frames"),
                   .parts = {},
                   .headers = {},
                   .tensors = {}};
  try {
    file.parts = split_frame_file(file.bytes);
    for (const auto frame : file.parts.frames) file.headers.push_back(read_header(frame));
    file.tensors = tensors_of(file);
  } catch (const std::runtime_error& fault) {
    throw InputError(fmt::format("{}: {}", path, fault.what()));
  }
  return file;
}

std::vector<std::uint64_t> EncodedFile::predictors() const {
  std::vector<std::uint64_t> ids;
  for (const FrameHeader& header : headers) {
    if (header.kind == FrameKind::predicted && std::ranges::count(ids, header.codebook_id) == 0)
      ids.push_back(header.codebook_id);
  }
  return ids;
}

namespace {

/// Throws BadFrame unless the predictor is that of all predicted frames.
void require_held(const EncodedFile& file, const LoadedPredictor* predictor) {
  for (const FrameHeader& header : file.headers) {
    if (header.kind != FrameKind::predicted) continue;
    if (predictor == nullptr)
      throw BadFrame(fmt::format("frames of predictor {:016x}, whose file --predictor names",
                                 header.codebook_id));
    require_predictor(header, *predictor);
  }
}

/// Decodes frames that are a layer's K and V by turns, each two of which may be predicted from the
/// two before.
void decode_layers(const EncodedFile& file, const LoadedPredictor& predictor, unsigned threads,
                   const TakeElements& take) {
  if (file.headers.size() % 2 != 0) throw BadFrame("a layer's V is missing");
  std::array<std::vector<std::uint16_t>, 2> before, layer;
  for (std::size_t i = 0; i < file.headers.size(); i += 2) {
    for (std::size_t k = 0; k < 2; ++k) {
      if (file.headers[i + k].element_type != ElementType::bf16)
        throw BadFrame(fmt::format("frame {}: not of bf16, as those beside it", i + k));
      layer[k].resize(file.headers[i + k].elements);
    }
    try {
      decode_layer(static_cast<std::uint32_t>(i / 2),
                   {file.parts.frames[i], file.parts.frames[i + 1]}, &predictor,
                   {before[0], before[1]}, {layer[0], layer[1]}, threads);
    } catch (const BadFrame& fault) {
      throw BadFrame(fmt::format("frames {} and {}: {}", i, i + 1, fault.what()));
    }
    for (std::size_t k = 0; k < 2; ++k) take(i + k, std::as_bytes(std::span(layer[k])));
    std::swap(before, layer);
  }
}

void decode_each(const EncodedFile& file, unsigned threads, const TakeElements& take) {
  std::vector<std::byte> room;
  for (std::size_t i = 0; i < file.headers.size(); ++i) {
    room.resize(std::max(room.size(), raw_bytes_of(file.headers[i])));
    const std::span<std::byte> raw = std::span(room).first(raw_bytes_of(file.headers[i]));
    try {
      decode(file.parts.frames[i], raw, threads);
    } catch (const BadFrame& fault) {
      throw BadFrame(fmt::format("frame {}: {}", i, fault.what()));
    }
    take(i, raw);
  }
}

}  // namespace

void decode_frames(const EncodedFile& file, const LoadedPredictor* predictor, unsigned threads,
                   const TakeElements& take) {
  try {
    require_held(file, predictor);
    if (file.predictors().empty()) {
      decode_each(file, threads, take);
    } else {
      decode_layers(file, *predictor, threads, take);
    }
  } catch (const BadFrame& fault) {
    throw InputError(fmt::format("{}: {}", file.path, fault.what()));
  }
}

std::uint64_t escapes_of(const FrameHeader& header, std::span<const std::byte> raw) {
  if (header.kind != FrameKind::ranked) return header.escapes;
  return escapes(exponent_histogram(raw, header.element_type), header.codebook(), header.kind);
}

}  // namespace splitbench
