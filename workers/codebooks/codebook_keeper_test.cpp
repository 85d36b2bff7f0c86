#include "workers/codebooks/codebook_keeper.hpp"

#include <gtest/gtest.h>
#include <map>
#include <utility>

#include "workers/codebooks/keeper_trial.hpp"

namespace splitbench {
namespace {

/// Returns the shares of K and V of four layers, each layer of its own scale.
const ExponentShares& calm(std::uint32_t tensor) {
  static const std::vector<ExponentShares> shares = [] {
    std::vector<ExponentShares> all;
    for (std::uint32_t layer = 0; layer < 4; ++layer) {
      all.push_back(like_a_layer(2.0, 0.8));
      all.push_back(like_a_layer(0.2 * (layer + 1.0), 0.5));
    }
    return all;
  }();
  return shares[tensor % 8];
}

CodebookKeeper::Spec spec_of(DriftPolicy policy,
                             CodebookScope scope = CodebookScope::per_layer_kv) {
  const ModelGeometry model{.layers = 4, .kv_heads = 8, .head_dim = 128};
  CodebookKeeper::Spec spec{
      .policy = policy, .scope = scope, .tensors = model.tensors(ElementType::bf16)};
  for (std::uint32_t tensor = 0; tensor < 8; ++tensor)
    spec.calibration.push_back(counts(calm(tensor)));
  return spec;
}

Job job_of(Arm arm, std::uint64_t id = 1) {
  return {.id = id, .arm = arm, .requests = {{.id = id, .prompt_tokens = 512}}};
}

Chunk whole_tensors() {
  Chunk chunk;
  for (std::uint32_t tensor = 0; tensor < 8; ++tensor)
    chunk.pieces.push_back({.tensor = tensor, .first = 0, .elements = 512 << 10});
  return chunk;
}

TEST(CodebookKeeperTest, ARawChunkHasNoCodingsAndABypassedOneIsStored) {
  for (const DriftPolicy policy : {DriftPolicy::none, DriftPolicy::recalibrate}) {
    CodebookKeeper keeper(spec_of(policy));
    EXPECT_TRUE(keeper.plan(job_of(Arm::raw), whole_tensors()).empty());
    for (const Coding& coding : keeper.plan(job_of(Arm::bypass), whole_tensors())) {
      EXPECT_EQ(coding.wanted, FrameKind::stored);
      EXPECT_FALSE(coding.sample);
    }
  }
}

TEST(CodebookKeeperTest, WhatNoCodecIsForIsStoredAndCountsInTheRatio) {
  const ModelGeometry model{
      .layers = 2,
      .kv_heads = 8,
      .head_dim = 128,
      .kinds = {{}, {.keeps = LayerKind::Keeps::state, .state_bytes = 2 << 20}}};
  for (const DriftPolicy policy : {DriftPolicy::none, DriftPolicy::recalibrate}) {
    CodebookKeeper::Spec spec{.policy = policy, .tensors = model.tensors(ElementType::bf16)};
    spec.calibration = {counts(calm(0)), counts(calm(1)), ExponentHistogram{}};
    double ratio = 0;
    spec.choose = [&ratio](const Job&, const TransferLoad&, const FrameRatios& ratios) {
      ratio = ratios.at(FrameKind::splitzip);
      return FrameKind::splitzip;
    };
    CodebookKeeper keeper(spec);
    Job job = job_of(Arm::automatic);
    job.arm = keeper.choose(job, {});
    EXPECT_EQ(job.arm, Arm::splitzip);
    EXPECT_GT(ratio, 1.13);  // 2 MiB of K and V a third longer, and 2 MiB of a state as they are
    EXPECT_LT(ratio, 1.15);
    const Chunk chunk{.pieces = {{.tensor = 1, .first = 0, .elements = 512 << 10},
                                 {.tensor = 2, .first = 0, .elements = 1 << 20}}};
    const std::vector<Coding> codings = keeper.plan(job, chunk);
    ASSERT_EQ(codings.size(), 2u);
    EXPECT_EQ(codings[0].wanted, FrameKind::splitzip);
    EXPECT_EQ(codings[1].wanted, FrameKind::stored);
    EXPECT_FALSE(codings[1].sample);
    keeper.learn(job, chunk,
                 std::vector<CodedPiece>{{.kind = FrameKind::splitzip, .frame_bytes = 800'000},
                                         {.kind = FrameKind::stored, .frame_bytes = 2 << 20}});
  }
}

TEST(CodebookKeeperTest, EachPieceGetsTheBestCodebookOfWhatItsScopeWasCalibratedOn) {
  const std::vector<std::vector<std::uint32_t>> shared = {
      {5}, {4, 5}, {1, 3, 5, 7}, {0, 1, 2, 3, 4, 5, 6, 7}};
  for (std::size_t i = 0; i < std::size(kScopes); ++i) {
    CodebookKeeper keeper(spec_of(DriftPolicy::none, kScopes[i]));
    ExponentHistogram sum{};
    for (const std::uint32_t tensor : shared[i]) sum += counts(calm(tensor));
    EXPECT_EQ(keeper.codebook(5), calibrate(sum));
    EXPECT_EQ(keeper.plan(job_of(Arm::splitzip), whole_tensors())[5].codebook, calibrate(sum));
  }
}

TEST(CodebookKeeperTest, GivenCodebooksAreTheFirstOfEveryKindOfFrame) {
  const ExponentHistogram other = counts(like_a_layer(1e6, 0.5));
  for (const DriftPolicy policy : {DriftPolicy::none, DriftPolicy::recalibrate}) {
    CodebookKeeper::Spec spec = spec_of(policy);
    spec.given.assign(8, {.key = {},
                          .codebook = calibrate(other),
                          .ranked_codebook = calibrate(other, ElementType::bf16, FrameKind::ranked),
                          .histogram = other});
    CodebookKeeper keeper(spec);
    for (const Arm arm : {Arm::splitzip, Arm::ranked})
      for (const Coding& coding : keeper.plan(job_of(arm), whole_tensors()))
        EXPECT_EQ(coding.codebook, spec.given[0].codebook_for(kind_of(arm)));
  }
}

TEST(CodebookKeeperTest, AutoBecomesTheArmOfTheFramesThatAreBestOrRawIfNoneAre) {
  for (const auto& [best, arm] :
       {std::pair{FrameKind::stored, Arm::raw}, std::pair{FrameKind::splitzip, Arm::splitzip},
        std::pair{FrameKind::ranked, Arm::ranked}}) {
    CodebookKeeper::Spec spec = spec_of(DriftPolicy::none);
    spec.choose = [best](const Job& job, const TransferLoad& load, const FrameRatios& ratios) {
      EXPECT_EQ(job, job_of(Arm::automatic));
      EXPECT_EQ(load.queued_bytes, 77u);
      EXPECT_GT(ratios.at(FrameKind::splitzip), 1.3);
      EXPECT_GT(ratios.at(FrameKind::ranked), ratios.at(FrameKind::splitzip));
      return best;
    };
    CodebookKeeper keeper(spec);
    EXPECT_EQ(keeper.choose(job_of(Arm::automatic), {.queued_bytes = 77}), arm);
  }
}

TEST(CodebookKeeperTest, EveryCodecOfOursIsGivenCodebooksOfItsKindAndAuto) {
  for (const Codec& codec : kOwnCodecs) {
    CodebookKeeper::Spec spec = spec_of(DriftPolicy::recalibrate);
    spec.choose = [&codec](const Job&, const TransferLoad&, const FrameRatios& ratios) {
      EXPECT_EQ(ratios.size(), kOwnCodecs.size());
      return *codec.frames;
    };
    CodebookKeeper keeper(spec);
    EXPECT_EQ(keeper.choose(job_of(Arm::automatic), {}), Arm(codec));
    for (const Coding& coding : keeper.plan(job_of(Arm(codec)), whole_tensors())) {
      EXPECT_EQ(coding.wanted, *codec.frames);
      EXPECT_TRUE(coding.codebook.valid(*codec.frames)) << codec.name;
    }
  }
}

TEST(CodebookKeeperTest, WithoutAPolicyEverythingIsEncodedAndNothingIsSampled) {
  for (const DriftPolicy policy : {DriftPolicy::none, DriftPolicy::fixed}) {
    KeeperTrial trial(
        {.policy = policy}, [](std::uint64_t job, std::uint32_t tensor) -> auto& {
          static const ExponentShares far = uniform(192, 239);
          return job > 10 ? far : calm(tensor);
        });
    for (std::uint64_t job = 1; job < 100; ++job) {
      const KeeperTrial::Outcome outcome = trial.run(job);
      EXPECT_EQ(outcome.encoded, outcome.pieces);
      EXPECT_EQ(outcome.samples, 0);
    }
    EXPECT_TRUE(trial.keeper().changes().empty());
  }
}

TEST(CodebookKeeperTest, AJobThatWouldNotPayIsStoredWholeAndTheRatioThatItIsAskedByIsTheData) {
  std::vector<double> ratios;
  CodebookKeeper::Spec spec = spec_of(DriftPolicy::fallback);
  spec.pays = [&](std::uint64_t raw_bytes, double ratio) {
    EXPECT_EQ(raw_bytes, 8 * 512 * 1024 * 2);
    ratios.push_back(ratio);
    return false;
  };
  CodebookKeeper keeper(spec);
  for (const Coding& coding : keeper.plan(job_of(Arm::splitzip), whole_tensors()))
    EXPECT_EQ(coding.wanted, FrameKind::stored);
  ASSERT_EQ(ratios.size(), 1);
  EXPECT_NEAR(ratios[0], 1.333, 0.01);
  keeper.plan(job_of(Arm::splitzip), whole_tensors());
  EXPECT_EQ(ratios.size(), 1) << "once a job";
}

/// Stored frames give no escapes, so only samples show that jobs pay again.
TEST(CodebookKeeperTest, JobsThatDoNotPayAreSampledNowAndThen) {
  for (const DriftPolicy policy : {DriftPolicy::fallback, DriftPolicy::recalibrate}) {
    KeeperTrial trial(
        {.policy = policy, .pays = [](std::uint64_t, double) { return false; }},
        [](std::uint64_t, std::uint32_t tensor) -> auto& { return calm(tensor); });
    std::uint64_t samples = 0;
    for (std::uint64_t job = 1; job <= 160; ++job) samples += trial.run(job).samples;
    EXPECT_EQ(samples, 8 * 160 / 16);
  }
}

TEST(CodebookKeeperTest, OfATensorInManyPiecesOneIsSampledAndNotAlwaysTheSame) {
  CodebookKeeper::Spec spec = spec_of(DriftPolicy::fallback);
  spec.pays = [](std::uint64_t, double) { return false; };
  CodebookKeeper keeper(spec);
  std::map<std::uint64_t, int> samples;
  for (std::uint64_t id = 1; id <= 320; ++id) {
    int sampled = 0;
    for (std::uint64_t first = 0; first < 512 << 10; first += 128 << 10) {
      const Chunk chunk{.pieces = {{.tensor = 3, .first = first, .elements = 128 << 10}}};
      const bool sample = keeper.plan(job_of(Arm::splitzip, id), chunk)[0].sample;
      sampled += sample;
      samples[first] += sample;
    }
    EXPECT_LE(sampled, 1);
  }
  for (const auto& [first, times] : samples) EXPECT_GT(times, 0) << first;
}

TEST(CodebookKeeperTest, AFrameOfTheOldCodebookIsNotHeldAgainstTheNew) {
  CodebookKeeper keeper(spec_of(DriftPolicy::recalibrate));
  Random random(1, "samples");
  const Chunk chunk = whole_tensors();
  const ExponentShares drifted = shifted(calm(0), 4);
  const auto coded = [&](const std::vector<Coding>& codings) {
    std::vector<CodedPiece> pieces;
    for (const Coding& coding : codings) {
      const double rate = escape_rate(drifted, coding.codebook);
      pieces.push_back({.kind = rate < 0.16 ? FrameKind::splitzip : FrameKind::stored,
                        .escapes = static_cast<std::uint64_t>(rate * 512 * 1024)});
      if (coding.sample) pieces.back().sample = drawn(drifted, kSampleElements, random);
    }
    return pieces;
  };
  std::vector<std::pair<Job, std::vector<CodedPiece>>> late;
  for (std::uint64_t id = 1; keeper.changes().size() < 8; ++id) {
    const Job job = job_of(Arm::splitzip, id);
    late.emplace_back(job, coded(keeper.plan(job, chunk)));
    if (late.size() < 5) continue;
    keeper.learn(late.front().first, chunk, late.front().second);
    late.erase(late.begin());
    ASSERT_LT(id, 64);
  }
  for (const auto& [job, pieces] : late) keeper.learn(job, chunk, pieces);
  for (const Coding& coding : keeper.plan(job_of(Arm::splitzip, 1000), chunk)) {
    EXPECT_LT(escape_rate(drifted, coding.codebook), 0.01);
    EXPECT_EQ(coding.wanted, FrameKind::splitzip);
    EXPECT_FALSE(coding.sample);
  }
  EXPECT_EQ(keeper.changes().size(), 8);
}

TEST(CodebookKeeperTest, ChunksOfADroppedJobNeedNotComeBack) {
  CodebookKeeper keeper(spec_of(DriftPolicy::fallback));
  const Chunk chunk = whole_tensors();
  const std::vector<CodedPiece> incompressible(8);
  for (std::uint64_t id = 1; id < 40; ++id) {
    keeper.plan(job_of(Arm::splitzip, id), chunk);
    if (id % 2 == 0) keeper.learn(job_of(Arm::splitzip, id), chunk, incompressible);
  }
  for (const Coding& coding : keeper.plan(job_of(Arm::splitzip, 40), chunk))
    EXPECT_EQ(coding.wanted, FrameKind::stored);
}

TEST(CodebookKeeperTest, ResetForgets) {
  const auto truth = [](std::uint64_t job, std::uint32_t tensor) -> const ExponentShares& {
    static const ExponentShares drifted = shifted(calm(0), 4);
    return job > 10 ? drifted : calm(tensor);
  };
  KeeperTrial trial({}, truth), fresh({}, truth);
  for (std::uint64_t job = 1; job < 100; ++job) trial.run(job);
  EXPECT_FALSE(trial.keeper().changes().empty());
  trial.keeper().reset();
  EXPECT_TRUE(trial.keeper().changes().empty());
  const std::vector<Coding> again = trial.keeper().plan(job_of(Arm::splitzip), whole_tensors());
  EXPECT_EQ(again, fresh.keeper().plan(job_of(Arm::splitzip), whole_tensors()));
}

}  // namespace
}  // namespace splitbench
