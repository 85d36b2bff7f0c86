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

/// A way to handle drift: a policy, and the scope of codebooks.
struct DriftCase {
  DriftPolicy policy = DriftPolicy::fixed;
  CodebookScope scope = CodebookScope::per_layer_kv;

  bool operator==(const DriftCase&) const = default;
};

/// The result of one request's KV in one case.
struct DriftRow {
  std::string kind;
  std::uint64_t step = 0;  ///< request number
  double drift = 0;        ///< 0 to 1
  DriftCase of;
  double escape_rate = 0;        ///< share of all elements without a code, stored ones included
  double chunk_escapes_p99 = 0;  ///< 99th percentile of the escape rates of its chunks
  double ratio = 1;  ///< raw over frame bytes; under policy fixed by the published accounting
  double published_ratio = 1;
  double oracle_ratio = 1;         ///< BestRatios::codebooks
  double entropy_ratio = 1;        ///< BestRatios::entropy
  double stored_share = 0;         ///< share of raw bytes that were stored
  std::uint64_t changes = 0;       ///< changes of codebooks so far
  std::uint64_t changes_most = 0;  ///< most changes of one scope so far
  std::uint64_t raw_bytes = 0;
  std::uint64_t frame_bytes = 0;
  double encode_seconds = 0;
  double decode_seconds = 0;
};

/// The setup of a lab.
struct DriftLabSpec {
  Pipeline pipeline;
  KvSpec kv;
  std::uint64_t seed = 1;
  std::string kind;  ///< name of the drift in rows
  DriftSpec drift;   ///< its policy and scope do not count: the cases have theirs
  std::vector<DriftCase> cases;
  std::uint64_t tokens = 1;  ///< tokens of a request
  bool cuda = false;
};

/// The codec path of a worker, without a wire: a backend makes a request's KV, and packs and
/// unpacks it as a keeper of codebooks decides, separately for each case. Not thread-safe.
class DriftLab {
 public:
  explicit DriftLab(DriftLabSpec);

  /// Makes the next request and returns a row per case, in the order of the cases. Throws Mismatch
  /// if decoded KV differs from what was encoded, or if a frame's escapes differ from those of its
  /// elements.
  std::vector<DriftRow> step(std::uint64_t request, Time arrival);

 private:
  struct Coded;

  DriftRow run_case(const Job&, std::size_t index, std::uint64_t digest);
  Coded code(const Job&, CodebookKeeper&);
  void verify(const Job&, std::uint64_t digest, const DriftCase&);

  const DriftLabSpec spec_;
  const KvSource source_;
  const std::vector<Chunk> chunks_;
  const std::uint64_t copy_offset_;  ///< byte offset of what is unpacked
  std::unique_ptr<Backend> backend_;
  std::vector<CodebookKeeper> keepers_;
  std::vector<std::vector<std::uint64_t>> changes_;  ///< indexed by case and scope
  std::vector<PieceExponents> exponents_;            ///< exponents of the current request
};

/// Returns a keeper that decides as a prefill worker's does, except that there is no wire: whatever
/// shrinks pays.
CodebookKeeper lab_keeper(const DriftCase&, const Pipeline&, const KvSource&);

}  // namespace splitbench
