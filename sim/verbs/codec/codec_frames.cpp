#include "sim/verbs/codec/codec_frames.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <utility>

#include "codec/codec.hpp"
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

void decode_frames(
    const EncodedFile& file, unsigned threads,
    const std::function<void(std::size_t frame, std::span<const std::byte> raw)>& take) {
  std::vector<std::byte> room;
  for (std::size_t i = 0; i < file.headers.size(); ++i) {
    room.resize(std::max(room.size(), raw_bytes_of(file.headers[i])));
    const std::span<std::byte> raw = std::span(room).first(raw_bytes_of(file.headers[i]));
    try {
      decode(file.parts.frames[i], raw, threads);
    } catch (const BadFrame& fault) {
      throw InputError(fmt::format("{}: frame {}: {}", file.path, i, fault.what()));
    }
    take(i, raw);
  }
}

std::uint64_t escapes_of(const FrameHeader& header, std::span<const std::byte> raw) {
  if (header.kind != FrameKind::ranked) return header.escapes;
  return escapes(exponent_histogram(raw, header.element_type), header.codebook(), header.kind);
}

}  // namespace splitbench
