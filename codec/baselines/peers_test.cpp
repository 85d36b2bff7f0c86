#include <algorithm>
#include <gtest/gtest.h>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "codec/baselines/peer.hpp"
#include "codec/baselines/planes.hpp"
#include "codec/cuda/device.hpp"
#include "codec/testing/sample_tensors.hpp"

namespace splitbench {
namespace {

using Bytes = std::vector<std::byte>;

/// What one batch of tensors became.
struct Outcome {
  std::vector<Bytes> back;
  std::uint64_t compressed_bytes = 0;
};

/// Returns the compressed bytes.
std::uint64_t there_and_back(PeerBatch& batch) {
  batch.compress();
  batch.finish();
  const std::uint64_t bytes = batch.compressed_bytes();
  batch.decompress();
  batch.finish();
  return bytes;
}

Outcome on_cpu(const Peer& peer, const std::vector<Bytes>& tensors, PeerOptions options) {
  Outcome outcome;
  std::vector<PeerTensor> tasks;
  for (const Bytes& raw : tensors) outcome.back.emplace_back(raw.size());
  for (std::size_t i = 0; i < tensors.size(); ++i)
    tasks.push_back({.raw = tensors[i], .back = outcome.back[i]});
  const std::unique_ptr<PeerBatch> batch = peer.batch(tasks, options);
  outcome.compressed_bytes = there_and_back(*batch);
  return outcome;
}

Outcome on_cuda(const Peer& peer, const std::vector<Bytes>& tensors, PeerOptions options) {
  const Stream stream;
  options.stream = stream.get();
  std::vector<DeviceBuffer> memory;
  std::vector<PeerTensor> tasks;
  for (const Bytes& raw : tensors) {
    const DeviceBuffer& in = memory.emplace_back(raw.size());
    copy_async(in.data(), raw.data(), raw.size(), stream.get());
    synchronize(stream.get());
    const std::span<const std::byte> input(in.data(), in.size());
    const DeviceBuffer& out = memory.emplace_back(raw.size());
    tasks.push_back({.raw = input, .back = {out.data(), out.size()}});
  }
  Outcome outcome;
  const std::unique_ptr<PeerBatch> batch = peer.batch(tasks, options);
  outcome.compressed_bytes = there_and_back(*batch);
  for (const PeerTensor& task : tasks) {
    Bytes& back = outcome.back.emplace_back(task.back.size());
    copy_async(back.data(), task.back.data(), back.size(), stream.get());
    synchronize(stream.get());
  }
  return outcome;
}

class PeerTest : public testing::TestWithParam<Codec> {
 protected:
  void SetUp() override {
    peer_ = find_peer(GetParam().name);
    if (peer_ == nullptr) GTEST_SKIP() << "built without " << GetParam().name;
    if (peer_->on_cuda && !cuda_available()) GTEST_SKIP() << "no CUDA device";
  }

  Outcome run(const std::vector<Bytes>& tensors, ElementType type, std::uint64_t chunk_bytes,
              unsigned threads = 1) {
    const PeerOptions options{
        .type = type, .chunk_bytes = chunk_bytes, .threads = threads, .stream = nullptr};
    return peer_->on_cpu ? on_cpu(*peer_, tensors, options) : on_cuda(*peer_, tensors, options);
  }

  const Peer* peer_ = nullptr;
};

INSTANTIATE_TEST_SUITE_P(Peers, PeerTest, testing::ValuesIn(kBaselines), [](const auto& test) {
  std::string name(test.param.name);
  std::ranges::replace(name, '-', '_');
  return name;
});

TEST_P(PeerTest, GivesBackEveryBitPatternOfEveryTypeThatItTakes) {
  for (const ElementType type : kElementTypes) {
    if (!peer_->takes(type)) continue;
    const Bytes raw = all_patterns(type);
    EXPECT_TRUE(run({raw}, type, peer_->chunk_bytes).back[0] == raw) << name(type);
  }
}

TEST_P(PeerTest, GivesBackTensorsOfAnyLengthAndChunksOfAnySize) {
  std::vector<Bytes> tensors;
  for (const std::size_t elements : {8, 4096, 50'000, 65'544})
    tensors.push_back(like_a_cache(ElementType::bf16, elements, elements));
  for (const std::uint64_t chunk_bytes : {4 << 10, 64 << 10}) {
    EXPECT_TRUE(run(tensors, ElementType::bf16, chunk_bytes).back == tensors);
    EXPECT_TRUE(run(tensors, ElementType::bf16, chunk_bytes, 3).back == tensors);
  }
}

TEST_P(PeerTest, CountsAllBytesThatTheOtherSideNeeds) {
  const std::size_t elements = 1 << 20;
  const Bytes cache = like_a_cache(ElementType::bf16, elements);
  const std::uint64_t bytes = run({cache}, ElementType::bf16, peer_->chunk_bytes).compressed_bytes;
  EXPECT_GT(bytes, elements);  // signs and mantissas do not shrink
  EXPECT_LT(bytes, cache.size() + cache.size() / 50);
}

TEST_P(PeerTest, ThreadsDoNotChangeWhatComesOut) {
  const Bytes cache = like_a_cache(ElementType::bf16, 1 << 20);
  EXPECT_EQ(run({cache}, ElementType::bf16, 64 << 10, 1).compressed_bytes,
            run({cache}, ElementType::bf16, 64 << 10, 4).compressed_bytes);
}

TEST(PeersTest, AreKnownToEveryBuildAsTheyAre) {
  for (const Peer& peer : installed_peers()) {
    const auto known = std::ranges::find(kBaselines, peer.name, &Codec::name);
    ASSERT_NE(known, kBaselines.end()) << peer.name;
    EXPECT_EQ(known->on_cpu, peer.on_cpu) << peer.name;
    EXPECT_EQ(known->on_cuda, peer.on_cuda) << peer.name;
    EXPECT_EQ(known->planes, peer.planes) << peer.name;
    EXPECT_EQ(peer.coder != nullptr, peer.on_cpu) << peer.name;
    EXPECT_EQ(peer.writer != nullptr && peer.reader != nullptr, peer.on_cuda) << peer.name;
  }
}

TEST(PeersTest, AreAllInstalledOfALibraryThatIs) {
  std::set<std::string_view> names;
  for (const Codec& peer : kBaselines) {
    EXPECT_TRUE(names.insert(peer.name).second) << peer.name;
    const PeerLibrary& library = library_of(peer.name);
    EXPECT_TRUE(peer.name.starts_with(library.name)) << peer.name;
    EXPECT_EQ(find_peer(peer.name) != nullptr, library.installed) << peer.name;
  }
}

TEST(PlanesTest, JoinToWhatWasSplit) {
  const Bytes raw = all_patterns(ElementType::bf16);
  Bytes exponents(raw.size() / 2), rest(raw.size() / 2), back(raw.size());
  split_planes(raw, exponents, rest);
  join_planes(exponents, rest, back);
  EXPECT_TRUE(back == raw);
  EXPECT_EQ(exponents[0x3f80], std::byte{127});
}

}  // namespace
}  // namespace splitbench
