#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstring>
#include <span>

#include "codec/c_api/splitzip_status.hpp"
#include "codec/codec.hpp"
#include "codec/splitzip.h"

namespace splitbench {
namespace {

static_assert(SPLITZIP_BF16 == static_cast<int>(ElementType::bf16) &&
              SPLITZIP_FP8_E5M2 == static_cast<int>(ElementType::fp8_e5m2) &&
              SPLITZIP_FP8_E4M3 == static_cast<int>(ElementType::fp8_e4m3));
static_assert(SPLITZIP_STORED == static_cast<int>(FrameKind::stored) &&
              SPLITZIP_CODED == static_cast<int>(FrameKind::splitzip) &&
              SPLITZIP_RANKED == static_cast<int>(FrameKind::ranked));

// The sizes of these structs are part of the interface: programs were compiled with them.
static_assert(sizeof(splitzip_codebook) == 17 && sizeof(splitzip_encoded_frame) == 32 &&
              sizeof(splitzip_frame_header) == 64);
static_assert(sizeof(splitzip_input) == 32 && sizeof(splitzip_output) == 32 &&
              sizeof(splitzip_encode_task) == 72 && sizeof(splitzip_decode_task) == 56 &&
              sizeof(splitzip_decode_result) == 16);

thread_local std::array<char, 512> last_error{};

ElementType element_type(splitzip_element_type type) {
  require(known(ElementType{type}), "the element type is none of bf16, fp8_e5m2 and fp8_e4m3");
  return ElementType{type};
}

/// Returns the kind of a frame that has a codebook. Throws std::invalid_argument for any other.
FrameKind coded_kind(splitzip_frame_kind kind) {
  require(kind == SPLITZIP_CODED || kind == SPLITZIP_RANKED,
          "the kind of frame is neither coded nor ranked");
  return FrameKind{kind};
}

/// Returns the bytes of the elements at `raw`. The limit on `elements` keeps their number from
/// overflowing.
std::span<const std::byte> elements_at(const void* raw, std::uint64_t elements, ElementType type) {
  require(elements <= kMaxElements, "more than 2^34 elements");
  require(raw != nullptr || elements == 0, "raw is null");
  return {static_cast<const std::byte*>(raw), elements * element_bytes(type)};
}

std::span<const std::byte> bytes_at(const void* bytes, std::uint64_t size) {
  require(bytes != nullptr || size == 0, "a pointer to bytes is null");
  return {static_cast<const std::byte*>(bytes), size};
}

ExponentHistogram histogram_at(const std::uint64_t* histogram) {
  require(histogram != nullptr, "histogram is null");
  ExponentHistogram counts;
  std::copy_n(histogram, counts.size(), counts.begin());
  return counts;
}

Codebook codebook_at(const splitzip_codebook* codebook) {
  require(codebook != nullptr, "codebook is null");
  element_type(codebook->element_type);
  return std::bit_cast<Codebook>(*codebook);
}

}  // namespace

splitzip_status keep_error(splitzip_status status, const char* words) noexcept {
  const std::size_t length = std::min(std::strlen(words), last_error.size() - 1);
  std::memcpy(last_error.data(), words, length);
  last_error[length] = '\0';
  return status;
}

}  // namespace splitbench

using namespace splitbench;

std::uint32_t splitzip_version() {
  return SPLITZIP_VERSION;
}

const char* splitzip_last_error() {
  return last_error.data();
}

const char* splitzip_describe_fault(std::uint32_t fault) {
  return describe(FrameFault{fault});
}

std::uint64_t splitzip_element_bytes(splitzip_element_type type) {
  return known(ElementType{type}) ? element_bytes(ElementType{type}) : 0;
}

std::uint64_t splitzip_max_frame_bytes(splitzip_element_type type, std::uint64_t elements) {
  if (!known(ElementType{type}) || elements > kMaxElements) return 0;
  return max_frame_bytes(ElementType{type}, elements);
}

splitzip_status splitzip_count_exponents(const void* raw, std::uint64_t elements,
                                         splitzip_element_type type, std::uint64_t* histogram) {
  return as_status([&] {
    ExponentHistogram sum = histogram_at(histogram);
    sum += exponent_histogram(elements_at(raw, elements, element_type(type)), ElementType{type});
    std::copy(sum.begin(), sum.end(), histogram);
  });
}

splitzip_status splitzip_calibrate(const std::uint64_t* histogram, splitzip_element_type type,
                                   splitzip_codebook* codebook) {
  return splitzip_calibrate_for(SPLITZIP_CODED, histogram, type, codebook);
}

splitzip_status splitzip_calibrate_for(splitzip_frame_kind kind, const std::uint64_t* histogram,
                                       splitzip_element_type type, splitzip_codebook* codebook) {
  return as_status([&] {
    require(codebook != nullptr, "codebook is null");
    const FrameKind coded = coded_kind(kind);
    const Codebook calibrated = calibrate(histogram_at(histogram), element_type(type), coded);
    *codebook = std::bit_cast<splitzip_codebook>(calibrated);
  });
}

splitzip_status splitzip_count_escapes(const std::uint64_t* histogram,
                                       const splitzip_codebook* codebook, std::uint64_t* count) {
  return splitzip_count_escapes_for(SPLITZIP_CODED, histogram, codebook, count);
}

splitzip_status splitzip_count_escapes_for(splitzip_frame_kind kind, const std::uint64_t* histogram,
                                           const splitzip_codebook* codebook,
                                           std::uint64_t* count) {
  return as_status([&] {
    require(count != nullptr, "escapes is null");
    const FrameKind coded = coded_kind(kind);
    require(codebook_at(codebook).valid(coded),
            coded == FrameKind::ranked ? "the codebook's exponents are not all different"
                                       : "the codebook is not strictly ascending");
    *count = escapes(histogram_at(histogram), codebook_at(codebook), coded);
  });
}

splitzip_status splitzip_encode(const void* raw, std::uint64_t elements,
                                const splitzip_codebook* codebook, splitzip_frame_kind wanted,
                                void* frame, std::uint64_t capacity, std::uint32_t threads,
                                splitzip_encoded_frame* result) {
  return as_status([&] {
    require(known(FrameKind{wanted}), "the frame wanted is none of stored, coded and ranked");
    require(frame != nullptr && result != nullptr, "frame or result is null");
    require(threads > 0, "threads is 0");
    const Codebook codes = codebook_at(codebook);
    const EncodedFrame encoded =
        encode(elements_at(raw, elements, codes.element_type), codes, FrameKind{wanted},
               {static_cast<std::byte*>(frame), capacity}, threads);
    *result = {.frame_bytes = encoded.frame_bytes,
               .escapes = encoded.escapes,
               .digest = encoded.digest,
               .kind = static_cast<splitzip_frame_kind>(encoded.kind)};
  });
}

splitzip_status splitzip_decode(const void* frame, std::uint64_t frame_bytes, void* raw,
                                std::uint64_t raw_bytes, std::uint32_t threads,
                                std::uint64_t* digest) {
  return as_status([&] {
    require(raw != nullptr || raw_bytes == 0, "raw is null");
    require(threads > 0, "threads is 0");
    const std::uint64_t decoded = decode(
        bytes_at(frame, frame_bytes), std::span(static_cast<std::byte*>(raw), raw_bytes), threads);
    if (digest != nullptr) *digest = decoded;
  });
}

splitzip_status splitzip_read_header(const void* bytes, std::uint64_t size,
                                     splitzip_frame_header* header) {
  return as_status([&] {
    require(header != nullptr, "header is null");
    const FrameHeader read = read_header(bytes_at(bytes, size));
    *header = {.elements = read.elements,
               .frame_bytes = read.frame_bytes,
               .escapes = read.escapes,
               .codebook_id = read.codebook_id,
               .digest = read.digest,
               .codebook = std::bit_cast<splitzip_codebook>(read.codebook()),
               .kind = static_cast<splitzip_frame_kind>(read.kind)};
  });
}

splitzip_status splitzip_digest(const void* bytes, std::uint64_t size, std::uint64_t first_position,
                                std::uint64_t* sum) {
  return as_status([&] {
    require(sum != nullptr, "digest is null");
    *sum = digest(bytes_at(bytes, size), first_position);
  });
}
