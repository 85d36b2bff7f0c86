#pragma once
#include <map>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "configs/scenario.hpp"
#include "sim/run/virtual/scheduled_engine.hpp"
#include "workers/kv/kv_source.hpp"
#include "workers/plan/pipeline.hpp"
#include "workers/plan/stage_model.hpp"
#include "workers/plan/timing.hpp"

namespace splitbench {

/// The cost models of virtual time: durations follow from the hardware profile, and the sizes of
/// frames from the histograms of the KV source. Samples are of the very bytes that a real run would
/// have. Payloads of baselines are as long as the profile's ratio has it, those of added
/// codecs as the scenario's. Not thread-safe.
class ModelCosts final : public PrefillCosts, public DecodeCosts {
 public:
  /// The references and the source must outlive this object. Without a source (null) no arm may
  /// have frames.
  ModelCosts(const Scenario&, const Pipeline&, const KvSource*);

  StageTimes compute(const Job&, std::uint32_t group) override;
  Pack pack(const Job&, const Chunk&, std::span<const Coding>, std::vector<CodedPiece>) override;
  StageTimes unpack(const Job&, const Chunk&, std::uint64_t payload_bytes) override;
  Time digest(const Job&) override;
  Time step(std::uint64_t requests, std::uint64_t context_tokens) override;

 private:
  Pack pack_anew(const Job&, const Chunk&, std::span<const Coding>, std::vector<CodedPiece>);
  Pack pack_whole(const Job&, std::uint64_t encoded_bytes, std::uint64_t payload_bytes) const;
  Pack pack_frames(const Job&, const Chunk&, std::span<const Coding>, std::vector<CodedPiece>);
  std::uint64_t foreign_bytes(Arm, std::uint64_t raw_bytes) const;
  /// Returns the rates of a codec, whose name must live as long as this object.
  const CodecRates& rates_of(std::string_view codec) const;
  StageTimes unpack_anew(const Job&, const Chunk&, std::uint64_t payload_bytes) const;
  PayloadForm form_of(const Job&, const Chunk&, std::uint64_t payload_bytes) const;
  CodedPiece code(const Job&, const Piece&, const Coding&);
  /// Returns how many of the piece's elements have no code.
  std::uint64_t escapes(const Job&, const Piece&, const Codebook&);
  ExponentHistogram sample(const Job&, const Piece&) const;
  double escape_rate_of(std::uint32_t tile, const Codebook&);
  /// Returns the bytes of a ranked frame of the piece, without header and padding.
  double ranked_bytes(const Job&, const Piece&, const Codebook&);

  const Scenario& scenario_;
  const Pipeline& pipeline_;
  const KvSource* source_;
  const std::vector<CacheTensor> tensors_;
  const StageModel stages_;
  const ComputeModel prefill_compute_, decode_compute_;
  mutable std::string_view rated_;  // the last codec whose rates were looked for
  mutable const CodecRates* known_rates_ = nullptr;
  /// The facts on which the cost of a chunk of one tensor of one request hangs. Most chunks of long
  /// prompts are like the one before.
  struct LikeChunk {
    Arm arm;
    std::uint32_t tensor = 0, drift_level = 0;
    std::uint64_t elements = 0;
    Coding coding;
  };
  LikeChunk last_packed_;
  Pack last_pack_;
  struct {
    Arm arm;
    std::uint64_t elements = 0, payload_bytes = 0;
    StageTimes stages;
  } last_unpacked_;
  struct KnownRate {
    std::optional<Codebook> codebook;
    double escapes = 0;
  };
  std::vector<KnownRate> escape_rates_;  // by tile, for its last codebook
  /// Bytes per element, keyed by tile and codebook: layers that share a tile may differ in it.
  std::map<std::pair<std::uint32_t, std::uint64_t>, double> ranked_shares_;
};

}  // namespace splitbench
