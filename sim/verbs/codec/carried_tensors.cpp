#include "sim/verbs/codec/carried_tensors.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "codec/exponent_statistics.hpp"

namespace splitbench {
namespace {

constexpr unsigned kTop = 16;

ExponentHistogram half_exponents(std::span<const std::byte> raw) {
  ExponentHistogram histogram{};
  for (std::size_t i = 1; i < raw.size(); i += 2)  // the higher byte: sign, exponent, 2 bits more
    ++histogram[std::to_integer<unsigned>(raw[i]) >> 2 & 0x1f];
  return histogram;
}

}  // namespace

CarriedTensor carried_tensor(const Tensor& tensor, const std::string& source) {
  CarriedTensor carried{.source = source,
                        .tensor = tensor.name,
                        .dtype = tensor.dtype,
                        .bytes = tensor.raw.size(),
                        .half_exponents = {}};
  if (tensor.dtype == "F16") carried.half_exponents = half_exponents(tensor.raw);
  return carried;
}

double half_ratio(const ExponentHistogram& histogram) {
  constexpr double kBits = 16, kSignMantissaBits = 11, kCodeBits = 4, kEscapeBits = 24;
  const double escapes = elements(histogram) == 0 ? 0 : 1 - coverage(histogram, kTop);
  return kBits / (kSignMantissaBits + kCodeBits + kEscapeBits * escapes);
}

std::string describe(const CarriedTensor& tensor) {
  std::string text = fmt::format("{:<8} {:>11} bytes", tensor.dtype, tensor.bytes);
  if (const auto& exponents = tensor.half_exponents)
    text += fmt::format("; entropy {:.4f} bits, top-{} {:.3f}%, ratio {:.4f} if those were coded",
                        entropy(*exponents), kTop, 100 * coverage(*exponents, kTop),
                        half_ratio(*exponents));
  return text;
}

nlohmann::ordered_json to_json(const CarriedTensor& tensor) {
  nlohmann::ordered_json json;
  json["source"] = tensor.source;
  json["tensor"] = tensor.tensor;
  json["element_type"] = tensor.dtype;
  json["raw_bytes"] = tensor.bytes;
  if (const auto& exponents = tensor.half_exponents) {
    json["elements"] = elements(*exponents);
    json["entropy_bits"] = entropy(*exponents);
    json["top_16"] = coverage(*exponents, kTop);
    json["top_16_ratio"] = half_ratio(*exponents);
  }
  return json;
}

}  // namespace splitbench
