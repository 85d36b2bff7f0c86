#pragma once
#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "codec/frame.hpp"
#include "codec/frame_file.hpp"
#include "codec/predicted/predicted_codec.hpp"
#include "workers/kv/safetensors.hpp"

namespace splitbench {

/// The type of element in the stored frames of tensors that are carried along: their bytes.
inline constexpr ElementType kCarriedBytes = ElementType::fp8_e4m3;

/// A file of frames, read whole, its headers checked.
struct EncodedFile {
  std::string path;
  std::vector<std::byte> bytes;
  FrameFile parts;  ///< spans of the bytes
  std::vector<FrameHeader> headers;
  std::vector<SafetensorsTensor> tensors;  ///< those of the frames, if a preface describes them

  std::uint64_t raw_bytes() const;
  /// Returns whether a frame is of a tensor that was carried along, not of elements.
  bool is_carried(std::size_t frame) const;
  /// Returns the predictors that frames name, each once.
  std::vector<std::uint64_t> predictors() const;
};

/// Throws InputError, also where a preface is not the .safetensors header of the frames behind it.
EncodedFile read_encoded_file(const std::string& path);

/// Receives a frame's number and its elements.
using TakeElements = std::function<void(std::size_t frame, std::span<const std::byte> raw)>;

/// Decodes and verifies frame after frame and hands on their numbers and elements. The predictor
/// may be null, if no frame is predicted. Throws InputError: for frames of another predictor before
/// anything is decoded, else at the first bad frame, so what `take` got before counts as nothing.
void decode_frames(const EncodedFile&, const LoadedPredictor* predictor, unsigned threads,
                   const TakeElements& take);

/// Returns how many of a frame's elements have an exponent without a code. Only SplitZip frames say
/// so themselves; of a ranked frame's elements they are counted.
std::uint64_t escapes_of(const FrameHeader&, std::span<const std::byte> raw);

}  // namespace splitbench
