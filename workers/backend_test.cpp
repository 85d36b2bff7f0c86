#include "workers/backend.hpp"

#include <cstring>
#include <gtest/gtest.h>

#include "codec/bad_frame.hpp"
#include "codec/cuda/device.hpp"

namespace splitbench {
namespace {

enum class Kind { cpu, cuda };

const ModelGeometry kGrouped{.name = "grouped",
                             .layers = 5,
                             .hidden = 256,
                             .attention_heads = 8,
                             .kv_heads = 4,
                             .head_dim = 32};
const ModelGeometry kLatent{.name = "latent",
                            .layers = 3,
                            .hidden = 256,
                            .attention_heads = 8,
                            .kv_heads = 0,
                            .head_dim = 32,
                            .latent_dim = 72};

struct BackendTest : testing::TestWithParam<std::tuple<Kind, Arm>> {
  void SetUp() override {
    if (kind() == Kind::cuda && !cuda_available()) GTEST_SKIP() << "no CUDA device";
  }
  Kind kind() const { return std::get<0>(GetParam()); }
  Arm arm() const { return std::get<1>(GetParam()); }

  static std::unique_ptr<Backend> make(Kind kind, const Pipeline& pipeline,
                                       const KvSource& source) {
    const BackendSpec spec{pipeline, source, kMemory};
    return kind == Kind::cuda ? make_cuda_backend(spec) : make_cpu_backend(spec);
  }
  static constexpr std::uint64_t kMemory = 64 << 20;
};

TEST_P(BackendTest, AJobArrivesBitForBitWithItsDigests) {
  for (const ModelGeometry& model : {kGrouped, kLatent}) {
    const Pipeline pipeline{.model = model, .layer_group = 2, .staging = 4'000'000};
    const KvSource source = KvSource::load({}, model, 1);
    const auto producer = make(kind(), pipeline, source), consumer = make(kind(), pipeline, source);
    Job job{.id = 1, .arm = arm(), .requests = {{0, 3000, 1}, {1, 1, 1}, {2, 517, 1}}};
    job.prefill_offset = 256;
    job.decode_offset = 4096;
    producer->fill(job, job.prefill_offset, 0, KvLayout(model, job).tensors());

    std::uint64_t payload_bytes = 0;
    for (const Chunk& chunk : pipeline.chunks(job.tokens())) {
      const Packed packed = producer->pack(job, job.prefill_offset, chunk, 1);
      ASSERT_FALSE(packed.spans.empty());
      std::memcpy(consumer->slot(0).data(), producer->slot(1).data(), packed.payload_bytes);
      ASSERT_FALSE(
          consumer->unpack(job, job.decode_offset, chunk, 0, packed.payload_bytes).empty());
      payload_bytes += packed.payload_bytes;
    }
    const auto sent = producer->digest(job, job.prefill_offset);
    EXPECT_EQ(sent, consumer->digest(job, job.decode_offset));
    EXPECT_EQ(sent.size(), 3u);
    EXPECT_NE(sent[0], sent[2]);
    const double ratio =
        static_cast<double>(KvLayout(model, job).bytes()) / static_cast<double>(payload_bytes);
    const double expected = arm() == Arm::splitzip ? 4.0 / 3 : 1;
    EXPECT_NEAR(ratio, expected, 0.01);
  }
}

TEST_P(BackendTest, ARequestsDigestDoesNotDependOnItsBatch) {
  const Pipeline pipeline{.model = kGrouped, .staging = 4'000'000};
  const KvSource source = KvSource::load({}, kGrouped, 1);
  const auto backend = make(kind(), pipeline, source);
  const Job alone{.id = 1, .arm = arm(), .requests = {{7, 100, 1}}};
  const Job together{.id = 2, .arm = arm(), .requests = {{3, 11, 1}, {7, 100, 1}}};
  backend->fill(alone, 0, 0, 10);
  const auto digest = backend->digest(alone, 0);
  backend->fill(together, 0, 0, 10);
  EXPECT_EQ(backend->digest(together, 0)[1], digest[0]);
}

TEST_P(BackendTest, WritesTheSameBytesAsTheCpu) {
  const Pipeline pipeline{.model = kGrouped, .staging = 4'000'000};
  const KvSource source = KvSource::load({}, kGrouped, 1);
  const auto backend = make(kind(), pipeline, source), cpu = make(Kind::cpu, pipeline, source);
  const Job job{.id = 1, .arm = arm(), .requests = {{0, 2000, 1}}};
  backend->fill(job, 0, 0, 10);
  cpu->fill(job, 0, 0, 10);
  EXPECT_EQ(backend->digest(job, 0), cpu->digest(job, 0));
  for (const Chunk& chunk : pipeline.chunks(job.tokens())) {
    const Packed packed = backend->pack(job, 0, chunk, 0), reference = cpu->pack(job, 0, chunk, 0);
    ASSERT_EQ(packed.payload_bytes, reference.payload_bytes);
    EXPECT_EQ(packed.escapes, reference.escapes);
    EXPECT_EQ(std::memcmp(backend->slot(0).data(), cpu->slot(0).data(), packed.payload_bytes), 0);
  }
}

TEST_P(BackendTest, RefusesAPayloadThatIsNotItsChunk) {
  const Pipeline pipeline{.model = kGrouped, .staging = 4'000'000};
  const KvSource source = KvSource::load({}, kGrouped, 1);
  const auto backend = make(kind(), pipeline, source);
  const Job job{.id = 1, .arm = arm(), .requests = {{0, 500, 1}}};
  backend->fill(job, 0, 0, 10);
  const Chunk chunk = pipeline.chunks(job.tokens()).front();
  const std::uint64_t bytes = backend->pack(job, 0, chunk, 0).payload_bytes;
  EXPECT_THROW(backend->unpack(job, 0, chunk, 0, bytes - 16), BadFrame);
  EXPECT_THROW(backend->unpack(job, 0, chunk, 0, bytes + 16), BadFrame);
  if (arm() == Arm::raw) return;  // raw bytes carry nothing that could be wrong
  backend->slot(0)[200] ^= std::byte{1};
  EXPECT_THROW(backend->unpack(job, 0, chunk, 0, bytes), BadFrame);
}

INSTANTIATE_TEST_SUITE_P(
    Backends, BackendTest,
    testing::Combine(testing::Values(Kind::cpu, Kind::cuda),
                     testing::Values(Arm::raw, Arm::bypass, Arm::splitzip)),
    [](const auto& param) {
      return std::string(std::get<0>(param.param) == Kind::cuda ? "Cuda" : "Cpu") +
             std::string(kArmNames[static_cast<std::size_t>(std::get<1>(param.param))]);
    });

}  // namespace
}  // namespace splitbench
