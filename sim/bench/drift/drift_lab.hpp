#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "sim/run/ideal_sizes.hpp"
#include "workers/codebooks/codebook_keeper.hpp"
#include "workers/device/backend.hpp"
#include "workers/kv/drift.hpp"
#include "workers/kv/kv_source.hpp"
#include "workers/plan/pipeline.hpp"

namespace splitbench {

/// What is done about drift.
struct DriftCase {
  DriftPolicy policy = DriftPolicy::fixed;
  CodebookScope scope = CodebookScope::per_layer_kv;

  bool operator==(const DriftCase&) const = default;
};

/// What became of one request's KV in one case.
struct DriftRow {
  std::string kind;
  std::uint64_t step = 0;  ///< number of the request
  double drift = 0;        ///< 0 to 1
  DriftCase of;
  double escape_rate = 0;        ///< share of all elements without a code, stored ones included
  double chunk_escapes_p99 = 0;  ///< the same of its chunks
  double ratio = 1;              ///< under policy fixed by the published accounting
  double published_ratio = 1;
  double oracle_ratio = 1;         ///< BestRatios::codebooks
  double entropy_ratio = 1;        ///< BestRatios::entropy
  double stored_share = 0;         ///< of raw bytes
  std::uint64_t changes = 0;       ///< of codebooks so far
  std::uint64_t changes_most = 0;  ///< of one scope so far
  std::uint64_t raw_bytes = 0;
  std::uint64_t frame_bytes = 0;
  double encode_seconds = 0;
  double decode_seconds = 0;
};

struct DriftLabSpec {
  Pipeline pipeline;
  KvSpec kv;
  std::uint64_t seed = 1;
  std::string kind;  ///< what rows call it
  DriftSpec drift;   ///< policy and scope are those of the cases
  std::vector<DriftCase> cases;
  std::uint64_t tokens = 1;  ///< of a request
  bool cuda = false;
};

/// The codec on the path of a worker, without a wire: a backend makes a request's KV, packs and
/// unpacks it as a keeper of codebooks wants it, in each case for itself.
class DriftLab {
 public:
  explicit DriftLab(DriftLabSpec);

  /// The next request, a row a case. Throws Mismatch where what came out is not what went in, or
  /// where a frame has other escapes than its elements.
  std::vector<DriftRow> step(std::uint64_t request, Time arrival);

 private:
  struct Coded;

  DriftRow run_case(const Job&, std::size_t index, std::uint64_t digest);
  Coded code(const Job&, CodebookKeeper&);
  void verify(const Job&, std::uint64_t digest, const DriftCase&);

  const DriftLabSpec spec_;
  const KvSource source_;
  const std::vector<Chunk> chunks_;
  const std::uint64_t copy_offset_;  ///< of what is unpacked
  std::unique_ptr<Backend> backend_;
  std::vector<CodebookKeeper> keepers_;
  std::vector<std::vector<std::uint64_t>> changes_;  ///< of each case by scope
  std::vector<PieceExponents> exponents_;            ///< of the request at hand
};

/// Keeps codebooks as a prefill worker does, but for the wire: what shrinks pays.
CodebookKeeper lab_keeper(const DriftCase&, const Pipeline&, const KvSource&);

}  // namespace splitbench
