#include <algorithm>
#include <cstring>
#include <deque>
#include <gtest/gtest.h>
#include <string>

#include "codec/baselines/baseline.hpp"
#include "codec/baselines/payload_layout.hpp"
#include "codec/cuda/device.hpp"
#include "codec/errors.hpp"
#include "codec/testing/missing_baseline.hpp"
#include "workers/device/backend.hpp"
#include "workers/device/backend_models.hpp"

namespace splitbench {
namespace {

/// The backend of a baseline's device with the baseline as an arm, of bf16 unless a test sets
/// another type.
class BaselineBackendTest : public testing::TestWithParam<std::size_t> {
 protected:
  void SetUp() override {
    const Codec& name = kBaselines[GetParam()];
    baseline_ = find_baseline(name.name);
    if (baseline_ == nullptr) GTEST_SKIP() << why_missing(name);
    if (name.on_cuda && !cuda_available()) GTEST_SKIP() << "no CUDA device";
  }

  Arm arm() const { return Arm(kBaselines[GetParam()]); }

  static Pipeline pipeline_of(const ModelGeometry& model, ElementType type = ElementType::bf16) {
    return {.model = model, .element_type = type, .layer_group = 2, .staging = 4'000'000};
  }
  static KvSource source_of(const Pipeline& pipeline) {
    return KvSource::load({}, pipeline.model, pipeline.element_type, 1);
  }

  std::unique_ptr<Backend> make(const Pipeline& pipeline, const KvSource& source) const {
    const BackendSpec spec{.pipeline = pipeline,
                           .source = source,
                           .kv_bytes = 64 << 20,
                           .slots = Pipeline::kAtOnce,
                           .arms = {Arm::raw, arm()}};
    return baseline_->on_cuda ? make_cuda_backend(spec) : make_cpu_backend(spec);
  }

  Job job_of(std::vector<JobRequest> requests) const {
    return {.id = 1, .arm = arm(), .requests = std::move(requests)};
  }

  const Baseline* baseline_ = nullptr;
};

INSTANTIATE_TEST_SUITE_P(Baselines, BaselineBackendTest,
                         testing::Range(std::size_t{0}, kBaselines.size()), [](const auto& test) {
                           std::string name(kBaselines[test.param].name);
                           std::ranges::replace(name, '-', '_');
                           return name;
                         });

TEST_P(BaselineBackendTest, AJobArrivesBitForBitWithItsDigests) {
  for (const ElementType type : kElementTypes) {
    if (!baseline_->takes(type)) continue;
    for (const ModelGeometry& model : {kGrouped, kLatent}) {
      const Pipeline pipeline = pipeline_of(model, type);
      const KvSource source = source_of(pipeline);
      const auto producer = make(pipeline, source), consumer = make(pipeline, source);
      Job job = job_of({{0, 3000, 1}, {1, 1, 1}, {2, 518, 1}});
      job.prefill_offset = 256;
      job.decode_offset = 4096;
      producer->fill(job, job.prefill_offset, 0, KvLayout(model, type, job).tensors());
      std::uint64_t payload_bytes = 0;
      for (const Chunk& chunk : pipeline.chunks(job)) {
        const Packed packed =
            producer->pack(job, job.prefill_offset, chunk, {}, {.slot = producer->slot(1)});
        ASSERT_EQ(packed.spans.front().stage, Stage::encode);
        EXPECT_TRUE(packed.pieces.empty());
        const auto payload = consumer->slot(0).first(packed.payload_bytes);
        std::memcpy(payload.data(), producer->slot(1).data(), payload.size());
        const auto spans = consumer->unpack(job, job.decode_offset, chunk, payload);
        ASSERT_EQ(spans.back().stage, Stage::decode_codec);
        payload_bytes += packed.payload_bytes;
      }
      EXPECT_EQ(producer->digest(job, job.prefill_offset),
                consumer->digest(job, job.decode_offset));
      EXPECT_LT(payload_bytes, pipeline.raw_bytes(job) * 101 / 100);
    }
  }
}

TEST_P(BaselineBackendTest, ChunksThatOverlapEndInOrderAndWhole) {
  Pipeline pipeline = pipeline_of(kGrouped);
  pipeline.layer_group = 1;
  const KvSource source = source_of(pipeline);
  const auto producer = make(pipeline, source), consumer = make(pipeline, source);
  const Job job = job_of({{0, 1000, 1}, {1, 999, 1}});
  producer->fill(job, 0, 0, KvLayout(kGrouped, pipeline.element_type, job).tensors());
  const std::vector<Chunk> chunks = pipeline.chunks(job);
  ASSERT_GT(chunks.size(), Pipeline::kAtOnce);

  std::size_t begun = 0, unpacking = 0;
  Time last{0};
  for (std::size_t ended = 0; ended < chunks.size(); ++ended) {
    for (; begun < chunks.size() && begun - ended < Pipeline::kAtOnce; ++begun)
      producer->begin_pack(job, 0, chunks[begun], {},
                           {.slot = producer->slot(begun % Pipeline::kAtOnce)});
    const Packed packed = producer->end_pack();
    EXPECT_GE(packed.spans.back().end, last);
    last = packed.spans.back().end;
    const std::uint32_t slot = ended % Pipeline::kAtOnce;
    if (unpacking == Pipeline::kAtOnce) consumer->end_unpack(), --unpacking;
    const auto payload = consumer->slot(slot).first(packed.payload_bytes);
    std::memcpy(payload.data(), producer->slot(slot).data(), payload.size());
    consumer->begin_unpack(job, 0, chunks[ended], payload);
    ++unpacking;
  }
  for (; unpacking > 0; --unpacking) consumer->end_unpack();
  EXPECT_EQ(producer->digest(job, 0), consumer->digest(job, 0));
}

TEST_P(BaselineBackendTest, RefusesAPayloadThatIsNotItsChunkAndThenTakesTheNext) {
  const Pipeline pipeline = pipeline_of(kGrouped);
  const KvSource source = source_of(pipeline);
  const auto backend = make(pipeline, source);
  const Job job = job_of({{0, 500, 1}});
  backend->fill(job, 0, 0, KvLayout(kGrouped, pipeline.element_type, job).tensors());
  const Chunk chunk = pipeline.chunks(job).front();
  const std::span<std::byte> slot = backend->slot(0);
  const std::uint64_t bytes = backend->pack(job, 0, chunk, {}, {.slot = slot}).payload_bytes;
  EXPECT_THROW(backend->unpack(job, 0, chunk, {}), BadFrame);
  EXPECT_THROW(backend->unpack(job, 0, chunk, slot.first(bytes - 16)), BadFrame);
  EXPECT_THROW(backend->unpack(job, 0, chunk, slot.first(bytes + 16)), BadFrame);
  const std::byte first = slot[2];
  slot[2] = std::byte{0xff};  // makes the first length far too large
  EXPECT_THROW(backend->unpack(job, 0, chunk, slot.first(bytes)), BadFrame);
  slot[2] = first;
  EXPECT_NO_THROW(backend->unpack(job, 0, chunk, slot.first(bytes)));
}

TEST_P(BaselineBackendTest, JobsOfOtherArmsComeBetween) {
  const Pipeline pipeline = pipeline_of(kGrouped);
  const KvSource source = source_of(pipeline);
  const auto backend = make(pipeline, source);
  const Job coded = job_of({{0, 200, 1}});
  Job raw = coded;
  raw.arm = Arm::raw;
  raw.decode_offset = 1 << 20;
  backend->fill(coded, 0, 0, KvLayout(kGrouped, pipeline.element_type, coded).tensors());
  const Chunk chunk = pipeline.chunks(coded).front();
  const std::span<std::byte> slot = backend->slot(0), other = backend->slot(1);
  backend->begin_pack(coded, 0, chunk, {}, {.slot = slot});
  backend->begin_pack(raw, 0, chunk, {}, {.slot = other});
  const std::uint64_t bytes = backend->end_pack().payload_bytes;
  EXPECT_EQ(backend->end_pack().payload_bytes, pipeline.bytes_of(chunk.elements));
  backend->begin_unpack(raw, raw.decode_offset, chunk,
                        other.first(pipeline.bytes_of(chunk.elements)));
  backend->begin_unpack(coded, 2 << 20, chunk, slot.first(bytes));
  EXPECT_EQ(backend->end_unpack().back().stage, Stage::kv_install);
  EXPECT_EQ(backend->end_unpack().back().stage, Stage::decode_codec);
}

/// A payload fits its slot however little of it shrinks.
TEST(BaselinePayloadTest, FitsEverySlot) {
  for (const Baseline& baseline : installed_baselines())
    for (const std::uint64_t chunk : {32u << 10, 1u << 20, 16u << 20, 100u << 20})
      for (const std::uint64_t pieces : {1u, 7u, kMaxPieces}) {
        const StagingPlan plan = plan_staging(4 * chunk + (4 << 20), chunk);
        const std::vector<std::uint64_t> sizes(pieces, plan.chunk_bytes / pieces / 2 * 2);
        const PayloadLayout layout(sizes, baseline.planes, baseline.chunk_bytes);
        EXPECT_LE(layout.most_bytes(), plan.slot_bytes) << baseline.name << ", " << pieces;
      }
}

}  // namespace
}  // namespace splitbench
