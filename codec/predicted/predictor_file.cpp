#include "codec/predicted/predictor_file.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include "codec/digest.hpp"

namespace splitbench {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::uint32_t kMaxPredictorLayers = 1024;

struct PredictorFileHeader {
  static constexpr std::uint64_t kMagic = 0x5443494445525053;  // "SPREDICT"
  static constexpr std::uint32_t kVersion = 1;

  std::uint64_t magic = kMagic;
  std::uint32_t version = kVersion;
  PredictionMode mode = PredictionMode::means;
  RopeStyle rope = RopeStyle::none;
  std::uint16_t reserved = 0;
  std::uint64_t file_bytes = 0;
  std::uint64_t digest = 0;  ///< of the file, with the digest itself taken as 0
  std::uint64_t provenance_bytes = 0;
  std::uint32_t layers = 0;
  std::uint32_t heads = 0;
  std::uint32_t head_dim = 0;
  std::uint32_t pairs = 0;
  std::uint64_t reserved_too = 0;
};
static_assert(sizeof(PredictorFileHeader) == 64);

constexpr std::size_t kDigestOffset = 24;
static_assert(offsetof(PredictorFileHeader, digest) == kDigestOffset);

constexpr std::uint64_t padded_to_words(std::uint64_t bytes) {
  return (bytes + 7) / 8 * 8;
}

void require_file(bool holds, const char* otherwise) {
  if (!holds) throw std::runtime_error(otherwise);
}

Json provenance(const Predictor& predictor) {
  Json json{{"tool", predictor.tool}, {"sources", Json::array()}};
  for (const CodebookSource& source : predictor.sources)
    json["sources"].push_back({{"name", source.name},
                               {"bytes", source.bytes},
                               {"xxh3", fmt::format("{:016x}", source.xxh3)}});
  return json;
}

void take_provenance(std::string_view text, Predictor& predictor) {
  try {
    const auto json = nlohmann::json::parse(text);
    predictor.tool = json.at("tool").get<std::string>();
    for (const auto& source : json.at("sources"))
      predictor.sources.push_back(
          {.name = source.at("name").get<std::string>(),
           .bytes = source.at("bytes").get<std::uint64_t>(),
           .xxh3 = std::stoull(source.at("xxh3").get<std::string>(), nullptr, 16)});
  } catch (const std::exception&) {
    throw std::runtime_error("the predictor does not say what it was calibrated on");
  }
}

/// Returns the bytes of a layer: channels of features, then each fit's map and channels.
std::uint64_t layer_bytes(const Predictor& predictor) {
  const std::uint64_t row = predictor.row();
  std::uint64_t bytes = 2 * row * sizeof(FeatureChannel);
  for (std::size_t i = 0; i < kFits; ++i) {
    const Fit fit{static_cast<std::uint8_t>(i)};
    if (predictor.has(fit))
      bytes += padded_to_words(row * row * sources_of(fit).rows()) + row * (4 + 4) +
               padded_to_words(2 * row);
  }
  return bytes;
}

std::uint64_t shares_bytes(const Predictor& predictor) {
  std::uint64_t bytes = 0;
  for (std::size_t i = 0; i < kFits; ++i)
    bytes += predictor.has(Fit{static_cast<std::uint8_t>(i)}) ? sizeof(SymbolShares) : 0;
  return bytes;
}

/// Appends to a file what a reader finds in the same order; each piece ends on a multiple of 8.
class PieceWriter {
 public:
  explicit PieceWriter(std::uint64_t bytes) { file_.reserve(bytes); }

  template <typename T>
  void put(std::span<const T> values) {
    const auto bytes = std::as_bytes(values);
    file_.insert(file_.end(), bytes.begin(), bytes.end());
    file_.resize(padded_to_words(file_.size()));
  }
  std::vector<std::byte> take() { return std::move(file_); }

 private:
  std::vector<std::byte> file_;
};

/// Takes pieces of a file whose length has been checked.
class PieceReader {
 public:
  explicit PieceReader(std::span<const std::byte> file) : rest_(file) {}

  template <typename T>
  void take(std::span<T> values) {
    static_assert(std::is_trivially_copyable_v<T>);
    std::ranges::copy(rest_.first(values.size_bytes()), std::as_writable_bytes(values).begin());
    const std::uint64_t whole = padded_to_words(values.size_bytes());
    for (std::uint64_t i = values.size_bytes(); i < whole; ++i)
      require_file(rest_[i] == std::byte{0}, "padding of the predictor is not zero");
    rest_ = rest_.subspan(whole);
  }
  std::string_view text(std::uint64_t bytes) {
    const std::string_view text(reinterpret_cast<const char*>(rest_.data()), bytes);
    rest_ = rest_.subspan(padded_to_words(bytes));
    return text;
  }

 private:
  std::span<const std::byte> rest_;
};

void put_fit(const LayerFit& fit, PieceWriter& out) {
  std::vector<std::int32_t> multipliers, biases;
  std::vector<std::int16_t> scales;
  for (const PredictedChannel& channel : fit.channels) {
    multipliers.push_back(channel.multiplier);
    biases.push_back(channel.bias);
    scales.push_back(channel.log_scale);
  }
  multipliers.insert(multipliers.end(), biases.begin(), biases.end());
  out.put(std::span<const std::int8_t>(fit.map));
  out.put(std::span<const std::int32_t>(multipliers));
  out.put(std::span<const std::int16_t>(scales));
}

LayerFit take_fit(std::size_t row, std::size_t features, PieceReader& in) {
  LayerFit fit{.map = std::vector<std::int8_t>(row * features),
               .channels = std::vector<PredictedChannel>(row)};
  std::vector<std::int32_t> integers(2 * row);
  std::vector<std::int16_t> scales(row);
  in.take(std::span(fit.map));
  in.take(std::span(integers));
  in.take(std::span(scales));
  require_file(std::ranges::find(fit.map, std::int8_t{-128}) == fit.map.end(),
               "a map of the predictor has a weight of -128");
  for (std::size_t i = 0; i < row; ++i) {
    const PredictedChannel channel{
        .multiplier = integers[i], .bias = integers[row + i], .log_scale = scales[i]};
    require_file(channel.multiplier >= -kMaxMultiplier && channel.multiplier <= kMaxMultiplier &&
                     channel.bias >= -kMaxPrediction && channel.bias <= kMaxPrediction &&
                     channel.log_scale >= kLowestLogScale && channel.log_scale <= kHighestLogScale,
                 "a channel of the predictor has a multiplier, bias or scale out of bounds");
    fit.channels[i] = channel;
  }
  return fit;
}

void take_features(std::vector<FeatureChannel>& channels, PieceReader& in) {
  in.take(std::span(channels));
  for (const FeatureChannel& channel : channels)
    require_file(
        std::isfinite(channel.center) && channel.scale >= 0x1p-100f && channel.scale <= 0x1p100f,
        "a feature of the predictor has a center or scale out of bounds");
}

/// Checks what sizes follow from, and returns a predictor of that shape.
Predictor shape_of(const PredictorFileHeader& header) {
  require_file(header.layers > 0 && header.layers <= kMaxPredictorLayers && header.heads > 0 &&
                   header.head_dim > 0 && header.heads <= kMaxPredictedRow &&
                   header.head_dim <= kMaxPredictedRow &&
                   std::uint64_t{header.heads} * header.head_dim <= kMaxPredictedRow,
               "the predictor's layers, heads or head_dim are out of bounds");
  require_file(header.mode >= PredictionMode::means && header.mode <= PredictionMode::layer_before,
               "the predictor's mode is unknown");
  require_file(header.rope <= RopeStyle::interleaved, "the predictor's RoPE is unknown");
  require_file(header.rope == RopeStyle::none ? header.pairs == 0
                                              : header.pairs > 0 && header.head_dim % 2 == 0 &&
                                                    header.pairs <= header.head_dim / 2,
               "the predictor rotates more pairs than a head has");
  require_file(header.reserved == 0 && header.reserved_too == 0,
               "a reserved field of the predictor is not zero");
  Predictor predictor;
  predictor.mode = header.mode;
  predictor.heads = header.heads;
  predictor.head_dim = header.head_dim;
  predictor.rope = header.rope;
  return predictor;
}

std::uint64_t file_bytes(const Predictor& predictor, std::uint64_t provenance_bytes,
                         std::uint64_t pairs, std::uint64_t layers) {
  return sizeof(PredictorFileHeader) + padded_to_words(provenance_bytes) +
         padded_to_words(kDigits * kDigitValues * pairs * sizeof(Rotation)) +
         shares_bytes(predictor) + layers * layer_bytes(predictor);
}

std::uint64_t file_digest(std::span<const std::byte> file) {
  std::uint64_t own;
  std::memcpy(&own, file.data() + kDigestOffset, sizeof own);
  return checksum(file) - mix(own, kDigestOffset / 8) + mix(0, kDigestOffset / 8);
}

}  // namespace

std::vector<std::byte> to_file(const Predictor& predictor) {
  const std::string text =
      provenance(predictor).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  PredictorFileHeader header{.mode = predictor.mode,
                             .rope = predictor.rope,
                             .provenance_bytes = text.size(),
                             .layers = static_cast<std::uint32_t>(predictor.layers.size()),
                             .heads = predictor.heads,
                             .head_dim = predictor.head_dim,
                             .pairs = predictor.rotations.pairs()};
  header.file_bytes = file_bytes(predictor, text.size(), header.pairs, header.layers);
  PieceWriter out(header.file_bytes);
  out.put(std::span<const PredictorFileHeader>(&header, 1));
  out.put(std::span<const char>(text));
  out.put(predictor.rotations.table());
  for (std::size_t i = 0; i < kFits; ++i)
    if (predictor.has(Fit{static_cast<std::uint8_t>(i)}))
      out.put(std::span<const SymbolShares>(&predictor.shares[i], 1));
  for (const PredictorLayer& layer : predictor.layers) {
    for (const auto& features : layer.features) out.put(std::span<const FeatureChannel>(features));
    for (std::size_t i = 0; i < kFits; ++i)
      if (predictor.has(Fit{static_cast<std::uint8_t>(i)})) put_fit(layer.fits[i], out);
  }
  std::vector<std::byte> file = out.take();
  const std::uint64_t digest = file_digest(file);
  std::memcpy(file.data() + kDigestOffset, &digest, sizeof digest);
  return file;
}

LoadedPredictor read_predictor(std::span<const std::byte> file) {
  PredictorFileHeader header;
  require_file(file.size() >= sizeof header, "not a predictor: shorter than its header");
  std::memcpy(&header, file.data(), sizeof header);
  require_file(header.magic == PredictorFileHeader::kMagic,
               "not a predictor: it does not begin with SPREDICT");
  require_file(header.version == PredictorFileHeader::kVersion,
               "the predictor's version is not 1; calibrate again");
  require_file(header.file_bytes == file.size() && header.provenance_bytes <= file.size(),
               "the predictor is not as long as its header says");
  require_file(header.digest == file_digest(file), "the predictor does not match its digest");
  LoadedPredictor loaded{.predictor = shape_of(header), .id = header.digest, .tables = {}};
  Predictor& predictor = loaded.predictor;
  require_file(
      file.size() == file_bytes(predictor, header.provenance_bytes, header.pairs, header.layers),
      "the predictor's length does not follow from its header");

  PieceReader in(file.subspan(sizeof header));
  take_provenance(in.text(header.provenance_bytes), predictor);
  std::vector<Rotation> rotations(kDigits * kDigitValues * std::size_t{header.pairs});
  in.take(std::span(rotations));
  require_file(valid(rotations), "a rotation of the predictor is beyond 1");
  predictor.rotations = Rotations(std::move(rotations), header.pairs);
  for (std::size_t i = 0; i < kFits; ++i) {
    if (!predictor.has(Fit{static_cast<std::uint8_t>(i)})) continue;
    in.take(std::span(&predictor.shares[i], 1));
    require_file(valid(predictor.shares[i]), "the shares of a table do not add up to 1024");
  }
  const std::size_t row = predictor.row();
  for (std::uint32_t number = 0; number < header.layers; ++number) {
    PredictorLayer& layer = predictor.layers.emplace_back();
    for (auto& features : layer.features) {
      features.resize(row);
      take_features(features, in);
    }
    for (std::size_t i = 0; i < kFits; ++i) {
      const Fit fit{static_cast<std::uint8_t>(i)};
      if (predictor.has(fit)) layer.fits[i] = take_fit(row, row * sources_of(fit).rows(), in);
    }
  }
  for (std::size_t i = 0; i < kFits; ++i)
    if (predictor.has(Fit{static_cast<std::uint8_t>(i)}))
      loaded.tables.emplace_back(predictor.shares[i]);
  return loaded;
}

}  // namespace splitbench
