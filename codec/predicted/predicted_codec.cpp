#include "codec/predicted/predicted_codec.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <fmt/format.h>
#include <optional>

#include "codec/cpu/frame_coding.hpp"
#include "codec/cpu/tile_ranges.hpp"
#include "codec/predicted/frame_adjustments.hpp"
#include "codec/predicted/prediction.hpp"
#include "codec/predicted/stream.hpp"
#include "codec/predicted/token_sample.hpp"

namespace splitbench {
namespace {

/// The streams that are worth a thread.
constexpr unsigned kStreamsWorthAThread = 16;

unsigned stream_threads(std::uint32_t streams, unsigned threads) {
  return std::clamp(streams / kStreamsWorthAThread, 1u, std::max(threads, 1u));
}

std::span<const std::uint16_t> reference(FitSources sources, const References& all,
                                         unsigned which) {
  if (which == 0) return sources.own_key ? all.own_key : std::span<const std::uint16_t>{};
  if (which == 1) return sources.own_values ? all.own_values : std::span<const std::uint16_t>{};
  if (!sources.before) return {};
  return which == 2 ? all.key_before : all.values_before;
}

/// Returns only those of the references that a fit takes.
References taken_by(Fit fit, const References& all) {
  const FitSources sources = sources_of(fit);
  return {.own_key = reference(sources, all, 0),
          .own_values = reference(sources, all, 1),
          .key_before = reference(sources, all, 2),
          .values_before = reference(sources, all, 3)};
}

bool complete(Fit fit, const References& references, std::size_t elements) {
  const FitSources sources = sources_of(fit);
  return references.own_key.size() == (sources.own_key ? elements : 0) &&
         references.own_values.size() == (sources.own_values ? elements : 0) &&
         references.key_before.size() == (sources.before ? elements : 0) &&
         references.values_before.size() == (sources.before ? elements : 0);
}

bool positions_fit(const Pages& pages, std::uint32_t tokens) {
  if (pages.page_tokens == 0 || pages.page_tokens > tokens ||
      pages.first_positions.size() != predicted_pages(tokens, pages.page_tokens))
    return false;
  return std::ranges::all_of(pages.first_positions, [&](std::uint32_t first) {
    return first < kMaxPositions && pages.page_tokens <= kMaxPositions - first;
  });
}

bool has_place(const Predictor& predictor, const PredictedTensor& what) {
  return what.layer < predictor.layers.size() && what.mode <= predictor.mode &&
         (what.mode != PredictionMode::layer_before || what.layer > 0);
}

void check_arguments(std::span<const std::uint16_t> elements, const PredictedTensor& what,
                     const Predictor& predictor, const References& references) {
  require(!elements.empty() && elements.size() % predictor.row() == 0,
          "the elements are not whole tokens of the predictor's");
  require(elements.size() <= kMaxPredictedElements,
          "a predicted frame holds at most 2^31 elements");
  require(has_place(predictor, what), "the predictor has no such layer, or no such mode for it");
  require(positions_fit(what.pages, static_cast<std::uint32_t>(elements.size() / predictor.row())),
          "the pages are not those of the tokens, or positions are too high");
  const Fit fit = fit_of(what.mode, what.role);
  require(complete(fit, taken_by(fit, references), elements.size()),
          "a reference is not as long as the tensor that it predicts");
}

FrameHeader header_of(const PredictedTensor& what, const PredictedShape& shape, bool adjusted,
                      std::uint64_t units, std::uint64_t escapes, std::uint64_t id,
                      std::uint64_t digest) {
  FrameHeader header;
  header.kind = FrameKind::predicted;
  header.code_bits = static_cast<std::uint8_t>(code_bits(header.kind, header.element_type));
  header.elements = std::uint64_t{shape.tokens} * shape.row;
  header.frame_bytes = predicted_layout(shape, what.pages.page_tokens, adjusted, units).end;
  header.escapes = escapes;
  header.codebook_id = id;
  header.digest = digest;
  header.stream_words = units;
  const PredictedPart part{.layer = what.layer,
                           .role = what.role,
                           .mode = what.mode,
                           .adjusted = adjusted,
                           .row = shape.row,
                           .head_dim = shape.head_dim,
                           .page_tokens = what.pages.page_tokens};
  const auto words = std::bit_cast<std::array<std::uint64_t, 3>>(part);
  std::ranges::copy(words, header.reserved);
  header.checksum = header_checksum(header);
  return header;
}

/// One decode call.
class PredictedDecoder {
 public:
  PredictedDecoder(const FrameHeader& header, std::span<const std::byte> frame,
                   const LoadedPredictor& predictor, const References& references,
                   std::span<std::uint16_t> elements)
      : frame_(frame),
        predictor_(predictor),
        part_(header.predicted()),
        shape_(predicted_shape(header)),
        layout_(
            predicted_layout(shape_, part_.page_tokens, part_.adjusted == 1, header.stream_words)),
        fit_(fit_of(part_.mode, part_.role)),
        references_(taken_by(fit_, references)),
        elements_(elements),
        escapes_(header.escapes),
        units_(header.stream_words) {}

  std::uint64_t decode(unsigned threads) {
    require(complete(fit_, references_, elements_.size()), FrameFault::elements);
    const Pages pages = read_pages();
    std::optional<Adjustments> adjustments;
    if (part_.adjusted == 1) adjustments = read_own_adjustments();
    require_padding();
    const std::vector<StreamEntry> entries = read_entries();
    const TokenRotations rotations(predictor_.predictor, fit_, pages, shape_.tokens);
    const TensorPrediction prediction(predictor_.predictor, part_.layer, fit_, references_,
                                      rotations, shape_.tokens,
                                      adjustments ? &*adjustments : nullptr);
    const StreamCoder coder(shape_, prediction, predictor_.table(fit_));
    for_each_range(shape_.streams(), stream_threads(shape_.streams(), threads),
                   [&](unsigned, TileRange range) {
                     for (auto i = static_cast<std::uint32_t>(range.begin); i < range.end; ++i)
                       decode_stream(coder, entries, i);
                   });
    return digest(elements_);
  }

 private:
  Pages read_pages() const {
    Pages pages{.page_tokens = part_.page_tokens, .first_positions = {}};
    pages.first_positions.resize(predicted_pages(shape_.tokens, part_.page_tokens));
    std::memcpy(pages.first_positions.data(), frame_.data() + layout_.pages,
                4 * pages.first_positions.size());
    require(positions_fit(pages, shape_.tokens), FrameFault::place);
    return pages;
  }

  Adjustments read_own_adjustments() const {
    const std::uint64_t means =
        layout_.pages + 4 * predicted_pages(shape_.tokens, part_.page_tokens);
    require_zero_rest(frame_, means, std::uint64_t{shape_.row} * kMeanBits);
    const std::uint64_t scales = means + plane_bytes(shape_.row, kMeanBits);
    require_zero_rest(frame_, scales, std::uint64_t{shape_.row} * kScaleBits);
    return read_adjustments(frame_.data() + means, shape_.row);
  }

  void require_padding() const {
    const std::uint64_t pages = page_bytes(shape_, part_.page_tokens, part_.adjusted == 1);
    require_zero(frame_, {layout_.pages + pages, layout_.raw});
    require_zero(frame_, {layout_.raw + raw_section_bytes(shape_), layout_.entries});
    require_zero(frame_,
                 {layout_.entries + sizeof(StreamEntry) * shape_.streams(), layout_.streams});
    require_zero(frame_, {layout_.streams + 4 * units_, layout_.end});
  }

  std::vector<StreamEntry> read_entries() const {
    std::vector<StreamEntry> entries(shape_.streams());
    std::memcpy(entries.data(), frame_.data() + layout_.entries,
                sizeof(StreamEntry) * entries.size());
    std::uint64_t end = 0, escapes = 0;
    for (const StreamEntry& entry : entries) {
      end += stream_units(entry.words, entry.escapes);
      escapes += entry.escapes;
      require(entry.end == end, FrameFault::tile_ends);
    }
    require(end == units_, FrameFault::tile_ends);
    require(escapes == escapes_, FrameFault::escapes);
    return entries;
  }

  void decode_stream(const StreamCoder& coder, const std::vector<StreamEntry>& entries,
                     std::uint32_t stream) const {
    const StreamEntry& entry = entries[stream];
    const std::uint64_t units = stream_units(entry.words, entry.escapes);
    coder.decode(stream, entry,
                 frame_.subspan(layout_.streams + 4 * (entry.end - units), 4 * units),
                 frame_.data() + layout_.raw + shape_.raw_begin(stream), elements_.data());
  }

  const std::span<const std::byte> frame_;
  const LoadedPredictor& predictor_;
  const PredictedPart part_;
  const PredictedShape shape_;
  const PredictedLayout layout_;
  const Fit fit_;
  const References references_;
  const std::span<std::uint16_t> elements_;
  const std::uint64_t escapes_;
  const std::uint64_t units_;
};

}  // namespace

EncodedFrame encode_predicted(std::span<const std::uint16_t> elements, const PredictedTensor& what,
                              const LoadedPredictor& loaded, const References& references,
                              std::span<std::byte> out, unsigned threads) {
  const Predictor& predictor = loaded.predictor;
  check_arguments(elements, what, predictor, references);
  const PredictedShape shape{
      .tokens = static_cast<std::uint32_t>(elements.size() / predictor.row()),
      .row = predictor.row(),
      .head_dim = predictor.head_dim};
  require(out.size() >= max_predicted_frame_bytes(shape, what.pages.page_tokens),
          "no room for the longest frame");
  const Fit fit = fit_of(what.mode, what.role);
  const References taken = taken_by(fit, references);
  const std::optional<Adjustments> adjustments =
      adjustments_for(elements, predictor, what.layer, fit, taken, what.pages);
  const TokenRotations rotations(predictor, fit, what.pages, shape.tokens);
  const TensorPrediction prediction(predictor, what.layer, fit, taken, rotations, shape.tokens,
                                    adjustments ? &*adjustments : nullptr);
  const StreamCoder coder(shape, prediction, loaded.table(fit));

  const PredictedLayout fixed =
      predicted_layout(shape, what.pages.page_tokens, adjustments.has_value(), 0);
  fill_zero(out, {fixed.pages, fixed.raw});
  fill_zero(out, {fixed.raw + raw_section_bytes(shape), fixed.streams});
  std::byte* const pages = out.data() + fixed.pages;
  const std::size_t position_bytes = 4 * what.pages.first_positions.size();
  std::memcpy(pages, what.pages.first_positions.data(), position_bytes);
  if (adjustments) write_adjustments(*adjustments, pages + position_bytes);

  std::vector<EncodedStream> streams(shape.streams());
  for_each_range(
      shape.streams(), stream_threads(shape.streams(), threads), [&](unsigned, TileRange range) {
        for (auto i = static_cast<std::uint32_t>(range.begin); i < range.end; ++i)
          streams[i] =
              coder.encode(i, elements.data(), out.data() + fixed.raw + shape.raw_begin(i));
      });

  std::uint32_t units = 0, escapes = 0;
  for (std::size_t i = 0; i < streams.size(); ++i) {
    std::ranges::copy(std::as_bytes(std::span(streams[i].units)),
                      out.data() + fixed.streams + std::size_t{4} * units);
    units += streams[i].entry.end;
    escapes += streams[i].entry.escapes;
    streams[i].entry.end = units;
    std::memcpy(out.data() + fixed.entries + sizeof(StreamEntry) * i, &streams[i].entry,
                sizeof(StreamEntry));
  }
  const std::uint64_t end = fixed.streams + std::uint64_t{4} * units;
  fill_zero(out, {end, padded(end)});
  return write_header(
      header_of(what, shape, adjustments.has_value(), units, escapes, loaded.id, digest(elements)),
      out);
}

void require_predictor(const FrameHeader& header, const LoadedPredictor& loaded) {
  const Predictor& predictor = loaded.predictor;
  const PredictedPart part = header.predicted();
  if (header.codebook_id != loaded.id) {
    throw BadFrame(fmt::format("the frame's predictor is {:016x}, and not {:016x}, which is held",
                               header.codebook_id, loaded.id));
  }
  const PredictedTensor what{
      .layer = part.layer, .role = part.role, .mode = part.mode, .pages = {}};
  require(part.row == predictor.row() && part.head_dim == predictor.head_dim &&
              has_place(predictor, what),
          FrameFault::place);
}

std::uint64_t decode_predicted(std::span<const std::byte> frame, const LoadedPredictor& predictor,
                               const References& references, std::span<std::uint16_t> elements,
                               unsigned threads) {
  const FrameHeader header = read_header(frame);
  require(header.kind == FrameKind::predicted, FrameFault::kind);
  require_predictor(header, predictor);
  require(header.elements == elements.size(), FrameFault::elements);
  require(header.frame_bytes == frame.size(), FrameFault::length);
  const std::uint64_t digest =
      PredictedDecoder(header, frame, predictor, references, elements).decode(threads);
  require(digest == header.digest, FrameFault::digest);
  return digest;
}

std::uint64_t expected_frame_bytes(std::span<const std::uint16_t> elements,
                                   const PredictedTensor& what, const LoadedPredictor& loaded,
                                   const References& references) {
  constexpr std::uint32_t kSampleTokens = 16;
  const Predictor& predictor = loaded.predictor;
  check_arguments(elements, what, predictor, references);
  const Fit fit = fit_of(what.mode, what.role);
  const TokenSample sample(elements, taken_by(fit, references), what.pages, predictor.row(),
                           kSampleTokens);
  const PredictedShape shape{
      .tokens = static_cast<std::uint32_t>(elements.size() / predictor.row()),
      .row = predictor.row(),
      .head_dim = predictor.head_dim};
  const TokenRotations rotations(predictor, fit, sample.pages(), sample.tokens());
  const TensorPrediction prediction(predictor, what.layer, fit, sample.references(), rotations,
                                    sample.tokens(), nullptr);
  const StreamCoder coder(shape, prediction, loaded.table(fit));
  std::uint64_t cost = 0;
  for (std::uint32_t token = 0; token < sample.tokens(); ++token)
    cost += coder.cost_of(token, sample.elements().data());
  const std::uint64_t symbols = cost * shape.tokens / sample.tokens() / (256 * 32);
  // The states hold about half of what they take.
  const std::uint64_t units = symbols + std::uint64_t{shape.streams()} * kStateBytes / 8;
  return predicted_layout(shape, what.pages.page_tokens, false, units).end;
}

}  // namespace splitbench
