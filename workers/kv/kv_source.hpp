#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "codec/codebook_file.hpp"
#include "workers/kv/drift.hpp"
#include "workers/kv/kv_profile.hpp"
#include "workers/plan/job.hpp"
#include "workers/plan/model.hpp"
#include "workers/plan/settings.hpp"

namespace splitbench {

/// A pool of KV bytes from which every request's cache is cut, so that nothing is generated while a
/// stage is timed. It holds one tile per (drift level, source layer, class). A model's layer l uses
/// source layer floor(l * source layers / layers), K from K and V from V; a latent tensor is taken
/// from K, and so are the bytes that are carried along. A request reads the tiles of its level
/// cyclically, beginning at a row that depends on (seed, request) and nothing else: the bytes are
/// the same in every arm. Where a tensor has rows of the last tokens alone, they are those that the
/// tokens would have had among all. The K and V of a model's part are those columns of the whole
/// that its heads have. Immutable after load(),
/// so const members may be called from any thread.
class KvSource {
 public:
  /// Makes a source from a profile or a dump, in elements of this type: bf16 is rounded to FP8. A
  /// dump that is to drift must be bf16. Throws InputError if the dump or its .json is missing, if
  /// they disagree, if the dump has another type, or rows that the model's heads cannot be cut
  /// from, or if the spec's file of codebooks does not fit
  /// the model, the type and the drift's scope.
  static KvSource load(const KvSpec&, const ModelGeometry&, ElementType, std::uint64_t seed,
                       const DriftSpec& = {});

  /// Returns the tile of a model's tensor (numbered as in a chunk plan) at a level that the drift
  /// can reach.
  std::uint32_t tile_of(std::uint32_t tensor, std::uint32_t drift_level = 0) const;
  std::uint64_t tile_elements() const { return tile_elements_; }
  std::uint64_t tile_bytes() const { return tile_elements_ * element_bytes(element_type_); }
  /// Returns the bytes of a tile, in the source's memory.
  std::span<const std::byte> tile_at(std::uint32_t index) const;
  /// Returns all tiles, one after another, for copying the pool to a device.
  std::span<const std::byte> values() const { return values_; }

  /// Returns the element of a tile at which a request's rows of a tensor begin.
  std::uint64_t start_of(const JobRequest&, std::uint32_t tensor) const;

  /// Fills `out` with the bytes of one of a job's tensors from its element `first` on. `out` must
  /// end within the tensor.
  void copy(const Job&, std::uint32_t tensor, std::uint64_t first, std::span<std::byte> out) const;

  /// Returns the exponent histogram of a tile.
  const ExponentHistogram& histogram(std::uint32_t tile) const { return histograms_[tile]; }
  /// Returns the histogram of each of the model's tensors before anything drifts, on which
  /// codebooks are calibrated; where a file gives codebooks, those on which these were. They are
  /// empty for tensors that no codec is for.
  std::vector<ExponentHistogram> calibration() const;
  /// Returns each of the model's tensors' entry of the spec's file of codebooks, an empty one for
  /// tensors that no codec is for; none without a file.
  const std::vector<CodebookFile::Entry>& codebooks() const { return codebooks_; }

 private:
  static constexpr std::uint32_t kSourceClasses = 2;  // K, V

  KvSource() = default;
  void add_level(const KvDump&);

  std::vector<CacheTensor> tensors_;
  std::uint32_t layers_ = 0;  // of the model
  ElementType element_type_ = ElementType::bf16;
  std::uint64_t seed_ = 0;
  std::uint32_t source_layers_ = 0;
  std::uint64_t tile_elements_ = 0;
  std::uint64_t row_elements_ = 0;
  std::vector<std::uint32_t> levels_;  // drift levels, in the order of their tiles
  std::vector<std::byte> values_;
  std::vector<ExponentHistogram> histograms_;
  std::vector<CodebookFile::Entry> codebooks_;
};

/// Fills `out` from a tile, from byte `first` on, cyclically. The tile must not be empty.
void copy_round(std::span<const std::byte> tile, std::uint64_t first, std::span<std::byte> out);

}  // namespace splitbench
