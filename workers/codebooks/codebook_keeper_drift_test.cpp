#include <cmath>
#include <gtest/gtest.h>
#include <map>
#include <memory>
#include <numbers>
#include <string>
#include <tuple>

#include "workers/codebooks/keeper_trial.hpp"

namespace splitbench {
namespace {

using Outcome = KeeperTrial::Outcome;

/// The drift of a job, from 0 to 1.
using Path = std::function<double(std::uint64_t job)>;
/// The exponents of K or of V at a level of drift.
using Drift = ExponentShares (*)(double level, bool v);

/// Returns the shares of K or V of a layer a little unlike the others, in a text a little unlike
/// others.
ExponentShares calm(bool v, std::uint32_t variant) {
  const double scale = 1 + 0.05 * variant;
  return v ? like_a_layer(0.25 * scale, 0.5) : like_a_layer(2 * scale, 0.8);
}

ExponentShares scaled_by(double binades, bool v) {
  return v ? like_a_layer(0.25 * std::exp2(binades), 0.5)
           : like_a_layer(2 * std::exp2(binades), 0.8);
}

const std::map<std::string, Drift> kDrifts = {
    {"down6", [](double level, bool v) { return scaled_by(-6 * level, v); }},
    {"down3", [](double level, bool v) { return scaled_by(-3 * level, v); }},
    {"down1", [](double level, bool v) { return scaled_by(-level, v); }},
    {"up1", [](double level, bool v) { return scaled_by(level, v); }},
    {"up2", [](double level, bool v) { return scaled_by(2 * level, v); }},
    {"up3", [](double level, bool v) { return scaled_by(3 * level, v); }},
    {"up4", [](double level, bool v) { return scaled_by(4 * level, v); }},
    {"up5", [](double level, bool v) { return scaled_by(5 * level, v); }},
    {"up6", [](double level, bool v) { return scaled_by(6 * level, v); }},
    {"tail",
     [](double level, bool v) { return like_a_layer(v ? 0.25 : 2, (v ? 0.5 : 0.8) + level); }},
    {"mixup", [](double level, bool v) { return mixture(calm(v, 0), calm(!v, 0), level); }},
    {"padding",
     [](double level, bool v) { return mixture(calm(v, 0), uniform(0, 0), 0.5 * level); }},
    {"nan",
     [](double level, bool v) { return mixture(calm(v, 0), uniform(255, 255), 0.03 * level); }},
    {"escapes", [](double level, bool v) { return mixture(calm(v, 0), uniform(192, 239), level); }},
    {"uniform", [](double level, bool v) { return mixture(calm(v, 0), uniform(0, 255), level); }},
};

/// Returns the truth of a cache that drifts in levels of eighths.
KeeperTrial::Truth truth(Drift drift, const Path& path) {
  struct Table {
    ExponentShares shares[9][2];
    ExponentShares calm[2][4];
  };
  auto table = std::make_shared<Table>();
  for (const bool v : {false, true}) {
    for (int level = 0; level <= 8; ++level) table->shares[level][v] = drift(level / 8.0, v);
    for (std::uint32_t i = 0; i < 4; ++i) table->calm[v][i] = calm(v, i);
  }
  return [=](std::uint64_t job, std::uint32_t tensor) -> const ExponentShares& {
    const auto level = job == 0 ? 0 : std::lround(8 * path(job));
    return level == 0 ? table->calm[tensor % 2][(job + tensor / 2) % 4]
                      : table->shares[level][tensor % 2];
  };
}

double step(std::uint64_t job) {
  return job >= 32 ? 1 : 0;
}

/// Returns the path of periodic drift, as a raised cosine or in steps.
Path periodic(std::uint64_t period, bool square) {
  return [=](std::uint64_t job) {
    const double turn = static_cast<double>(job % period) / static_cast<double>(period);
    if (square) return turn < 0.5 ? 0.0 : 1.0;
    return (1 - std::cos(2 * std::numbers::pi * turn)) / 2;
  };
}

std::vector<Outcome> run(KeeperTrial& trial, std::uint64_t jobs) {
  std::vector<Outcome> outcomes;
  for (std::uint64_t job = 1; job <= jobs; ++job) outcomes.push_back(trial.run(job));
  return outcomes;
}

/// Returns the last job that lost more than a percent against the best codebooks; 0 if none did.
std::uint64_t last_loss(const std::vector<Outcome>& outcomes) {
  std::uint64_t last = 0;
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    if (outcomes[i].loss() > 0.01) last = i + 1;
  }
  return last;
}

std::uint64_t frame_bytes(const std::vector<Outcome>& outcomes) {
  return std::accumulate(outcomes.begin(), outcomes.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const Outcome& o) { return sum + o.frame_bytes; });
}

std::vector<std::string> drift_names() {
  std::vector<std::string> names;
  for (const auto& [name, drift] : kDrifts) names.push_back(name);
  return names;
}

std::string scope_name(CodebookScope scope) {
  return std::string(kCodebookScopeNames[scope]);
}

class KeeperDriftTest : public testing::TestWithParam<std::tuple<std::string, CodebookScope>> {
 protected:
  Drift drift() const { return kDrifts.at(std::get<0>(GetParam())); }
  KeeperTrial::Spec spec(DriftPolicy policy) const {
    return {.policy = policy, .scope = std::get<1>(GetParam())};
  }
  /// Returns whether no codebook makes the drifted elements shrink.
  bool hopeless() const {
    return std::get<0>(GetParam()) == "escapes" || std::get<0>(GetParam()) == "uniform";
  }
};
INSTANTIATE_TEST_SUITE_P(, KeeperDriftTest,
                         testing::Combine(testing::ValuesIn(drift_names()),
                                          testing::ValuesIn(kScopes)),
                         [](const auto& test) {
                           return std::get<0>(test.param) + "_" +
                                  scope_name(std::get<1>(test.param));
                         });

TEST_P(KeeperDriftTest, RecalibrateIsBackWithinOnePercentOfTheBestCodebookSoonAfterAStep) {
  KeeperTrial trial(spec(DriftPolicy::recalibrate), truth(drift(), step));
  EXPECT_LT(last_loss(run(trial, 200)), 32 + 16);
  if (hopeless()) {
    EXPECT_TRUE(trial.keeper().changes().empty());
  }
}

TEST_P(KeeperDriftTest, FallbackIsNeverLongerThanStoredAndEncodesNothingInVain) {
  KeeperTrial trial(spec(DriftPolicy::fallback), truth(drift(), [](std::uint64_t job) {
                      return job >= 32 && job < 160 ? 1.0 : 0.0;
                    }));
  const std::vector<Outcome> outcomes = run(trial, 220);
  for (const Outcome& outcome : outcomes) {
    EXPECT_LE(outcome.frame_bytes, outcome.pieces * stored_frame_bytes(ElementType::bf16, 1 << 20));
  }
  for (std::uint64_t job = 32 + 24; job < 160 && hopeless(); ++job)
    EXPECT_EQ(outcomes[job - 1].encoded, 0) << job;
  EXPECT_LT(last_loss(outcomes), 160 + 16);
  EXPECT_TRUE(trial.keeper().changes().empty());
}

class PeriodicDriftTest : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(, PeriodicDriftTest, testing::ValuesIn(drift_names()),
                         [](const auto& test) { return test.param; });

/// Codebooks therefore change at most twice in a period of up to so many jobs, and one that follows
/// loses not much more in the other phase than one that stays.
TEST_P(PeriodicDriftTest, NoScopeChangesMoreThanTwiceWithin1024Jobs) {
  for (const auto& [period, square] : {std::pair(8, true), {300, false}, {1024, true}}) {
    const KeeperTrial::Truth path = truth(kDrifts.at(GetParam()), periodic(period, square));
    KeeperTrial follows({.policy = DriftPolicy::recalibrate, .layers = 2}, path);
    KeeperTrial stays({.policy = DriftPolicy::fallback, .layers = 2}, path);
    const auto bytes = static_cast<double>(frame_bytes(run(follows, 2500)));
    EXPECT_LT(bytes, 1.02 * static_cast<double>(frame_bytes(run(stays, 2500)))) << period;

    std::map<std::uint32_t, std::vector<std::uint64_t>> changes;
    for (const CodebookChange& change : follows.keeper().changes())
      changes[change.scope].push_back(change.job);
    for (const auto& [scope, jobs] : changes) {
      for (std::size_t i = 2; i < jobs.size(); ++i) EXPECT_GE(jobs[i], jobs[i - 2] + 1024) << scope;
    }
  }
}

TEST(CalmTest, WithoutDriftNothingChangesAndNothingIsSampled) {
  for (const DriftPolicy policy : {DriftPolicy::fallback, DriftPolicy::recalibrate}) {
    for (const CodebookScope scope : kScopes) {
      KeeperTrial trial({.policy = policy, .scope = scope},
                        truth(kDrifts.at("up1"), [](std::uint64_t) { return 0.0; }));
      const std::vector<Outcome> outcomes = run(trial, 500);
      EXPECT_EQ(last_loss(outcomes), 0) << scope_name(scope);
      EXPECT_TRUE(trial.keeper().changes().empty()) << scope_name(scope);
      for (const Outcome& outcome : outcomes) {
        EXPECT_EQ(outcome.samples, 0) << scope_name(scope);
        EXPECT_EQ(outcome.encoded, outcome.pieces) << scope_name(scope);
      }
    }
  }
}

/// K and V lie so far apart that no codebook fits both: frames alone do not say that none does.
TEST(CalmTest, AScopeOfManyEscapesIsSampledInOneOf64Jobs) {
  const ExponentShares k = scaled_by(0, false), v = scaled_by(-5, true);
  KeeperTrial trial({.scope = CodebookScope::global},
                    [&](std::uint64_t, std::uint32_t tensor) -> const ExponentShares& {
                      return tensor % 2 == 0 ? k : v;
                    });
  const std::vector<Outcome> outcomes = run(trial, 640);
  EXPECT_EQ(last_loss(outcomes), 0);
  EXPECT_LT(outcomes.front().ratio(), 1.3);
  EXPECT_TRUE(trial.keeper().changes().empty());
  std::uint64_t samples = 0;
  for (const Outcome& outcome : outcomes) samples += outcome.samples;
  EXPECT_EQ(samples, 10 * 8) << "all tensors in 10 jobs of 640";
}

/// The lengths give a chunk for each tensor, and many tensors in a chunk.
TEST(LargeModelTest, EachOf160ScopesFollowsAStep) {
  for (const std::uint64_t tokens : {8192, 256}) {
    for (const std::string drift : {"up3", "padding"}) {
      KeeperTrial trial({.layers = 80, .tokens = tokens}, truth(kDrifts.at(drift), step));
      EXPECT_LT(last_loss(run(trial, 64)), 32 + 8) << tokens;
    }
  }
}

/// Only samples show that jobs pay again.
TEST(PaysTest, JobsAreEncodedAgainSoonAfterTheyPayAgain) {
  for (const std::string drift : {"up3", "escapes"}) {
    const auto path = [](std::uint64_t job) { return job >= 32 && job < 400 ? 1.0 : 0.0; };
    KeeperTrial trial({.policy = DriftPolicy::fallback,
                       .pays = [](std::uint64_t, double ratio) { return ratio > 1.25; }},
                      truth(kDrifts.at(drift), path));
    const std::vector<Outcome> outcomes = run(trial, 500);
    for (std::uint64_t job = 32 + 16; job < 400; ++job) EXPECT_EQ(outcomes[job - 1].encoded, 0);
    EXPECT_LT(last_loss(outcomes), 400 + 48) << drift;
  }
}

/// Each phase asks for another codebook; one serves both better than either.
TEST(AlternatingTest, OneCodebookIsFoundForJobsThatAlternate) {
  const auto path = [](std::uint64_t job) { return job >= 32 && job % 2 == 1 ? 1.0 : 0.0; };
  KeeperTrial follows({}, truth(kDrifts.at("up3"), path));
  KeeperTrial stays({.policy = DriftPolicy::fallback}, truth(kDrifts.at("up3"), path));
  const auto bytes = static_cast<double>(frame_bytes(run(follows, 500)));
  EXPECT_LT(bytes, 0.92 * static_cast<double>(frame_bytes(run(stays, 500))));
  EXPECT_LE(follows.keeper().changes().size(), 8);
}

}  // namespace
}  // namespace splitbench
