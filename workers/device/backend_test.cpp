#include "workers/device/backend.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <deque>
#include <gtest/gtest.h>

#include "codec/cuda/device.hpp"
#include "codec/errors.hpp"
#include "codec/exponent_statistics.hpp"
#include "workers/device/backend_models.hpp"

namespace splitbench {
namespace {

enum class Kind { cpu, cuda };

struct BackendTest : testing::TestWithParam<std::tuple<Kind, Arm, ElementType>> {
  void SetUp() override {
    if (kind() == Kind::cuda && !cuda_available()) GTEST_SKIP() << "no CUDA device";
  }
  Kind kind() const { return std::get<0>(GetParam()); }
  Arm arm() const { return std::get<1>(GetParam()); }
  ElementType type() const { return std::get<2>(GetParam()); }
  Pipeline pipeline_of(const ModelGeometry& model) const {
    return {.model = model, .element_type = type(), .layer_group = 2, .staging = 4'000'000};
  }
  KvSource source_of(const ModelGeometry& model) const {
    return KvSource::load({}, model, type(), 1);
  }

  static std::unique_ptr<Backend> make(Kind kind, const Pipeline& pipeline,
                                       const KvSource& source) {
    const BackendSpec spec{
        .pipeline = pipeline, .source = source, .kv_bytes = kMemory, .slots = Pipeline::kAtOnce};
    return kind == Kind::cuda ? make_cuda_backend(spec) : make_cpu_backend(spec);
  }
  /// Returns codings calibrated on the tiles; every other piece is sampled, too.
  std::vector<Coding> codings(const KvSource& source, const Chunk& chunk,
                              const std::vector<bool>& coded = std::vector(100, true)) const {
    std::vector<Coding> codings;
    if (arm() == Arm::raw) return codings;
    for (const Piece& piece : chunk.pieces)
      codings.push_back({.codebook = codebook(source, piece.tensor),
                         .wanted = coded[piece.tensor] ? wanted() : FrameKind::stored,
                         .sample = codings.size() % 2 == 0});
    return codings;
  }
  FrameKind wanted() const { return kind_of(arm()); }
  Codebook codebook(const KvSource& source, std::uint32_t tensor) const {
    const FrameKind kind = wanted() == FrameKind::stored ? FrameKind::splitzip : wanted();
    return calibrate(source.histogram(source.tile_of(tensor)), type(), kind);
  }
  /// Returns the bytes of a job's frames, without headers and padding, expected from the source's
  /// exponents.
  double expected_bytes(const KvSource& source, const KvLayout& layout,
                        const std::vector<bool>& coded) const {
    double sum = 0;
    for (std::uint32_t tensor = 0; tensor < layout.tensors(); ++tensor) {
      const auto bytes = static_cast<double>(layout.tensor_bytes(tensor));
      if (wanted() == FrameKind::stored || !coded[tensor]) {
        sum += bytes;
        continue;
      }
      const ExponentHistogram& histogram = source.histogram(source.tile_of(tensor));
      const auto raw = static_cast<double>(elements(histogram) * element_bytes(type()));
      const auto frame = static_cast<double>(
          expected_frame_bytes(histogram, codebook(source, tensor), wanted()) - kHeaderBytes);
      sum += bytes / raw * frame;
    }
    return sum;
  }
  static constexpr std::uint64_t kMemory = 64 << 20;
};

TEST_P(BackendTest, AJobArrivesBitForBitWithItsDigests) {
  for (const ModelGeometry& model : {kGrouped, kLatent, kHybrid, kIndexed}) {
    SCOPED_TRACE(model.name);
    const Pipeline pipeline = pipeline_of(model);
    const KvSource source = source_of(model);
    std::vector<bool> coded;
    for (const CacheTensor& tensor : model.tensors(type())) coded.push_back(tensor.coded());
    const auto producer = make(kind(), pipeline, source), consumer = make(kind(), pipeline, source);
    Job job{.id = 1, .arm = arm(), .requests = {{0, 3000, 1}, {1, 1, 1}, {2, 518, 1}}};
    job.prefill_offset = 256;
    job.decode_offset = 4096;
    const KvLayout layout(model, type(), job);
    producer->fill(job, job.prefill_offset, 0, layout.tensors());

    std::uint64_t payload_bytes = 0;
    for (const Chunk& chunk : pipeline.chunks(job)) {
      const Packed packed =
          producer->pack(job, job.prefill_offset, chunk, codings(source, chunk, coded),
                         {.slot = producer->slot(1)});
      ASSERT_FALSE(packed.spans.empty());
      const auto payload = consumer->slot(0).first(packed.payload_bytes);
      std::memcpy(payload.data(), producer->slot(1).data(), payload.size());
      ASSERT_FALSE(consumer->unpack(job, job.decode_offset, chunk, payload).empty());
      payload_bytes += packed.payload_bytes;
    }
    const auto sent = producer->digest(job, job.prefill_offset);
    EXPECT_EQ(sent, consumer->digest(job, job.decode_offset));
    EXPECT_EQ(sent.size(), 3u);
    EXPECT_NE(sent[0], sent[2]);
    const auto raw_bytes = static_cast<double>(pipeline.raw_bytes(job));
    EXPECT_NEAR(raw_bytes / static_cast<double>(payload_bytes),
                raw_bytes / expected_bytes(source, layout, coded), 0.02);
  }
}

TEST_P(BackendTest, ARequestsDigestDoesNotDependOnItsBatch) {
  const Pipeline pipeline = pipeline_of(kGrouped);
  const KvSource source = source_of(kGrouped);
  const auto backend = make(kind(), pipeline, source);
  const Job alone{.id = 1, .arm = arm(), .requests = {{7, 100, 1}}};
  const Job together{.id = 2, .arm = arm(), .requests = {{3, 11, 1}, {7, 100, 1}}};
  backend->fill(alone, 0, 0, 10);
  const auto digest = backend->digest(alone, 0);
  backend->fill(together, 0, 0, 10);
  EXPECT_EQ(backend->digest(together, 0)[1], digest[0]);
}

TEST_P(BackendTest, WritesTheSameBytesAsTheCpu) {
  const Pipeline pipeline = pipeline_of(kGrouped);
  const KvSource source = source_of(kGrouped);
  const auto backend = make(kind(), pipeline, source), cpu = make(Kind::cpu, pipeline, source);
  const Job job{.id = 1, .arm = arm(), .requests = {{0, 2000, 1}}};
  backend->fill(job, 0, 0, 10);
  cpu->fill(job, 0, 0, 10);
  EXPECT_EQ(backend->digest(job, 0), cpu->digest(job, 0));
  for (const Chunk& chunk : pipeline.chunks(job)) {
    const Packed packed =
        backend->pack(job, 0, chunk, codings(source, chunk), {.slot = backend->slot(0)});
    const Packed reference =
        cpu->pack(job, 0, chunk, codings(source, chunk), {.slot = cpu->slot(0)});
    ASSERT_EQ(packed.payload_bytes, reference.payload_bytes);
    ASSERT_EQ(packed.pieces.size(), reference.pieces.size());
    for (std::size_t i = 0; i < packed.pieces.size(); ++i) {
      EXPECT_EQ(packed.pieces[i].kind, reference.pieces[i].kind);
      EXPECT_EQ(packed.pieces[i].frame_bytes, reference.pieces[i].frame_bytes);
      EXPECT_EQ(packed.pieces[i].escapes, reference.pieces[i].escapes);
      EXPECT_EQ(packed.pieces[i].sample, reference.pieces[i].sample);
    }
    EXPECT_EQ(std::memcmp(backend->slot(0).data(), cpu->slot(0).data(), packed.payload_bytes), 0);
  }
}

TEST_P(BackendTest, RefusesAPayloadThatIsNotItsChunk) {
  const Pipeline pipeline = pipeline_of(kGrouped);
  const KvSource source = source_of(kGrouped);
  const auto backend = make(kind(), pipeline, source);
  const Job job{.id = 1, .arm = arm(), .requests = {{0, 500, 1}}};
  backend->fill(job, 0, 0, 10);
  const Chunk chunk = pipeline.chunks(job).front();
  const std::span<std::byte> slot = backend->slot(0);
  const std::uint64_t bytes =
      backend->pack(job, 0, chunk, codings(source, chunk), {.slot = slot}).payload_bytes;
  EXPECT_THROW(backend->unpack(job, 0, chunk, slot.first(bytes - 16)), BadFrame);
  EXPECT_THROW(backend->unpack(job, 0, chunk, slot.first(bytes + 16)), BadFrame);
  if (arm() == Arm::raw) return;  // raw bytes carry nothing that could be wrong
  slot[200] ^= std::byte{1};
  EXPECT_THROW(backend->unpack(job, 0, chunk, slot.first(bytes)), BadFrame);
}

TEST_P(BackendTest, ChunksThatOverlapEndInOrderAndWhole) {
  Pipeline pipeline = pipeline_of(kGrouped);
  pipeline.layer_group = 1;
  const KvSource source = source_of(kGrouped);
  const auto producer = make(kind(), pipeline, source), consumer = make(kind(), pipeline, source);
  const Job job{.id = 1, .arm = arm(), .requests = {{0, 1000, 1}, {1, 999, 1}}};
  producer->fill(job, 0, 0, KvLayout(kGrouped, type(), job).tensors());
  const std::vector<Chunk> chunks = pipeline.chunks(job);
  ASSERT_GT(chunks.size(), 2 * Pipeline::kAtOnce);

  std::size_t begun = 0, ended = 0;
  std::deque<std::span<const std::byte>> on_their_way;
  Time last{0};
  const auto end_one = [&] {
    for (const Span& span : consumer->end_unpack()) EXPECT_LE(span.begin, span.end);
    on_their_way.pop_front();
  };
  while (ended < chunks.size()) {
    while (begun < chunks.size() && begun - ended < Pipeline::kAtOnce) {
      producer->begin_pack(job, 0, chunks[begun], codings(source, chunks[begun]),
                           {.slot = producer->slot(begun % Pipeline::kAtOnce)});
      ++begun;
    }
    const Packed packed = producer->end_pack();
    EXPECT_GE(packed.spans.back().end, last);
    last = packed.spans.back().end;
    const std::uint32_t slot = ended % Pipeline::kAtOnce;
    if (on_their_way.size() == Pipeline::kAtOnce) end_one();
    const auto payload = consumer->slot(slot).first(packed.payload_bytes);
    std::memcpy(payload.data(), producer->slot(slot).data(), payload.size());
    consumer->begin_unpack(job, 0, chunks[ended], payload);
    on_their_way.push_back(payload);
    ++ended;
  }
  while (!on_their_way.empty()) end_one();
  EXPECT_EQ(producer->digest(job, 0), consumer->digest(job, 0));
}

/// The tests of arms whose payloads can be wrong, which raw bytes cannot.
struct FramesBackendTest : BackendTest {};

TEST_P(FramesBackendTest, OneRefusedPayloadDoesNotDamageItsNeighbours) {
  Pipeline pipeline = pipeline_of(kGrouped);
  pipeline.layer_group = 1;
  const KvSource source = source_of(kGrouped);
  const auto backend = make(kind(), pipeline, source);
  const Job job{.id = 1, .arm = arm(), .requests = {{0, 500, 1}}};
  backend->fill(job, 0, 0, KvLayout(kGrouped, type(), job).tensors());
  const std::vector<Chunk> chunks = pipeline.chunks(job);
  std::array<std::uint64_t, 3> bytes{};
  for (std::uint32_t i = 0; i < bytes.size(); ++i)
    bytes[i] =
        backend->pack(job, 0, chunks[i], codings(source, chunks[i]), {.slot = backend->slot(i)})
            .payload_bytes;
  backend->slot(1)[300] ^= std::byte{1};
  for (std::uint32_t i = 0; i < bytes.size(); ++i)
    backend->begin_unpack(job, 0, chunks[i], backend->slot(i).first(bytes[i]));
  EXPECT_NO_THROW(backend->end_unpack());
  EXPECT_THROW(backend->end_unpack(), BadFrame);
  EXPECT_NO_THROW(backend->end_unpack());
}

std::string name_of_case(const testing::TestParamInfo<BackendTest::ParamType>& test) {
  const auto& [kind, arm, type] = test.param;
  return std::string(kind == Kind::cuda ? "Cuda" : "Cpu") + std::string(name_of(arm, {})) + "_" +
         std::string(name(type));
}

constexpr std::array kTypes = {ElementType::bf16, ElementType::fp8_e5m2, ElementType::fp8_e4m3};

INSTANTIATE_TEST_SUITE_P(Backends, BackendTest,
                         testing::Combine(testing::Values(Kind::cpu, Kind::cuda),
                                          testing::Values(Arm::raw, Arm::bypass, Arm::splitzip,
                                                          Arm::ranked),
                                          testing::ValuesIn(kTypes)),
                         name_of_case);
INSTANTIATE_TEST_SUITE_P(Backends, FramesBackendTest,
                         testing::Combine(testing::Values(Kind::cpu, Kind::cuda),
                                          testing::Values(Arm::bypass, Arm::splitzip, Arm::ranked),
                                          testing::ValuesIn(kTypes)),
                         name_of_case);

}  // namespace
}  // namespace splitbench
