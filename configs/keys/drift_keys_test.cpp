#include <gmock/gmock.h>

#include "codec/exponent_statistics.hpp"
#include "configs/reader/config_test.hpp"
#include "configs/scenario_schema.hpp"

namespace splitbench {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;
using namespace std::chrono_literals;

class DriftKeysTest : public ConfigTest {
 protected:
  static std::string with(const std::string& lines, const std::string& model = "llama-3.2-1b",
                          const std::string& arrivals = "constant, rate: 1 /s") {
    return "model: " + model + "\nlink: {bandwidth: 1 Gbit/s}\nworkload: {arrivals: " + arrivals +
           ", context: 512, output: 8, requests: 8}\ndrift:\n" + lines;
  }
  /// Returns the drift as it is read, and checks that it is the same after it was written and read
  /// again.
  DriftSpec drift(const std::string& lines) const {
    const Scenario scenario = load(with(lines));
    const Scenario again = load_scenario(write("resolved.yaml", to_yaml(scenario)));
    EXPECT_EQ(again.drift, scenario.drift);
    EXPECT_EQ(to_yaml(again), to_yaml(scenario));
    return scenario.drift;
  }
  DriftSpec kind(const std::string& text) const { return drift("  kind: " + text + "\n"); }
  DriftPath path(const std::string& text) const { return drift("  path: " + text + "\n").path; }

  std::string first_line(const std::string& said) const { return said.substr(0, said.find('\n')); }
  std::string refusal(const std::string& lines) const { return first_line(mistakes(with(lines))); }
};

TEST_F(DriftKeysTest, NothingDriftsUnlessItIsSaid) {
  EXPECT_EQ(load(kComplete).drift, DriftSpec());
}

TEST_F(DriftKeysTest, AFormSaysWhatDriftsAndHowMuch) {
  EXPECT_EQ(kind("scale_shift(binades -1.5)"),
            (DriftSpec{.kind = DriftKind::scale_shift, .amount = -1.5}));
  EXPECT_EQ(kind("outlier_onset(binades 6, share 0.5)"),
            (DriftSpec{.kind = DriftKind::outlier_onset, .amount = 6, .share = 0.5}));
  EXPECT_EQ(kind("tail_growth(ln 0.5)"),
            (DriftSpec{.kind = DriftKind::tail_growth, .amount = 0.5}));
  EXPECT_EQ(kind("kv_mixup(share 0.5)"), (DriftSpec{.kind = DriftKind::kv_mixup, .share = 0.5}));
}

TEST_F(DriftKeysTest, ANameAloneHasTheValuesThatTheSchemaShows) {
  for (const std::string_view name : kDriftKindNames.names()) {
    if (name == name_of(DriftKind::other_model)) continue;
    EXPECT_EQ(name_of(kind(std::string(name)).kind), name);
  }
  EXPECT_EQ(kind("scale_shift"), kind("scale_shift(binades 3)"));
  EXPECT_EQ(kind("outlier_onset"), kind("outlier_onset(binades 8, share 0.0625)"));
  EXPECT_THAT(scenario_schema(), AllOf(HasSubstr("  scale_shift([binades 3])\n"),
                                       HasSubstr("  outlier_onset([binades 8], [share 0.0625])\n"),
                                       HasSubstr("  other_model(profile, [share 1])\n"),
                                       HasSubstr("  periodic(from, period)\n")));
}

/// Every layer's K and V has a codebook of its own. The layers of `llm` differ little.
TEST_F(DriftKeysTest, ANameAloneIsEnoughToHurtCodebooks) {
  const KvDump cache = make_kv(load_kv_profile("llm"), 8, 256, 256, 1);
  const auto escape_rate_of = [&](const KvDump& dump) {
    constexpr std::size_t kTensors = 16;
    const std::size_t each = cache.values.size() / kTensors;
    const auto histogram = [&](const KvDump& of, std::size_t tensor) {
      return exponent_histogram(std::span(of.values).subspan(tensor * each, each),
                                ElementType::bf16);
    };
    double sum = 0;
    for (std::size_t tensor = 0; tensor < kTensors; ++tensor)
      sum += escape_rate(histogram(dump, tensor), calibrate(histogram(cache, tensor)));
    return sum / kTensors;
  };
  const double before = escape_rate_of(cache);
  for (const std::string_view name : kDriftKindNames.names()) {
    if (name == "none" || name == "other_model") continue;
    const double after = escape_rate_of(drifted(cache, kind(std::string(name)), kDriftLevels, 1));
    EXPECT_GT(after, name == "layer_mixup" ? 2 * before : 0.05) << name;
    RecordProperty(std::string(name), std::to_string(after));
  }
}

TEST_F(DriftKeysTest, AnotherModelIsAShippedProfileOrAFile) {
  const DriftSpec shipped = kind("other_model(profile gaussian, share 0.5)");
  EXPECT_EQ(shipped.to, load_kv_profile("gaussian"));
  EXPECT_EQ(shipped.share, 0.5);

  write("mine.yaml", to_yaml(load_kv_profile("llm")));
  const DriftSpec own = kind("other_model(profile mine.yaml)");
  EXPECT_EQ(own.to.name, folder_ / "mine.yaml");
  EXPECT_EQ(own.to.k, load_kv_profile("llm").k);
  EXPECT_EQ(own.share, 1);
}

TEST_F(DriftKeysTest, APathCountsRequestsOrTime) {
  using Shape = DriftPath::Shape;
  EXPECT_EQ(path("step(at 32)"), (DriftPath{.shape = Shape::step, .begin = 32}));
  EXPECT_EQ(path("step(at 0 s)"), (DriftPath{.shape = Shape::step, .timed = true}));
  EXPECT_EQ(path("ramp(from 32, over 1k)"),
            (DriftPath{.shape = Shape::ramp, .begin = 32, .length = 1024}));
  EXPECT_EQ(path("periodic(from 1.5 s, period 1 min)"), (DriftPath{.shape = Shape::periodic,
                                                                   .timed = true,
                                                                   .begin = 1'500'000'000,
                                                                   .length = 60'000'000'000}));
}

TEST_F(DriftKeysTest, APolicyAndAScopeAreChosenByName) {
  const DriftSpec spec = drift("  policy: recalibrate\n  scope: kv\n");
  EXPECT_EQ(spec.policy, DriftPolicy::recalibrate);
  EXPECT_EQ(spec.scope, CodebookScope::kv);
}

TEST_F(DriftKeysTest, KindsPathsAndPoliciesAreAxes) {
  const std::string own = "other_model(profile " +
                          write("mine.yaml", to_yaml(load_kv_profile("llm"))).string() +
                          ", share 1)";
  const std::vector<std::string> varied = {
      "drift.kind=none, scale_shift, outlier_onset(binades 2, share 1), " + own,
      "drift.policy=fixed,fallback", "drift.path=step(at 3), ramp(from 0, over 8)"};
  const Scenario scenario = load_scenario(write("s.yaml", with("  policy: none\n")), {}, varied);
  EXPECT_THAT(scenario.axes.at(0).values, ElementsAre("none", "scale_shift(binades 3)",
                                                      "outlier_onset(binades 2, share 1)", own));
  const Scenario point =
      at_point(scenario, std::vector<std::string>{own, "fallback", "ramp(from 0, over 8)"});
  EXPECT_EQ(point.drift.kind, DriftKind::other_model);
  EXPECT_EQ(point.drift.to.k, load_kv_profile("llm").k);
  EXPECT_EQ(point.drift.policy, DriftPolicy::fallback);
  EXPECT_EQ(point.drift.path.length, 8u);
}

TEST_F(DriftKeysTest, PointsAtTheMisspelledKind) {
  EXPECT_EQ(mistakes(with("  kind: scale_shfit\n")),
            "s.yaml:5:9: no form 'scale_shfit', did you mean 'scale_shift'? expected none, "
            "scale_shift, tail_growth, outlier_onset, other_model, kv_mixup, layer_mixup, padding, "
            "nan_burst, all_escapes, alternating or uniform_exponents\n"
            "      kind: scale_shfit\n"
            "            ^");
  EXPECT_EQ(refusal("  knid: none\n"),
            "s.yaml:5:3: no key 'knid' in 'drift'; did you mean 'kind'?");
}

TEST_F(DriftKeysTest, RefusesPartsThatAFormDoesNotHave) {
  EXPECT_EQ(refusal("  kind: kv_mixup(binades 3)\n"),
            "s.yaml:5:9: no part 'binades' in 'kv_mixup'; expected kv_mixup([share])");
  EXPECT_EQ(refusal("  kind: kv_mixup(share 1.5)\n"),
            "s.yaml:5:9: '1.5' is out of range; expected a number from 0.000001 to 1");
  EXPECT_EQ(refusal("  kind: scale_shift(binades 65)\n"),
            "s.yaml:5:9: '65' is out of range; expected a number from -64 to 64");
  EXPECT_EQ(refusal("  kind: scale_shift(binades 3\n"),
            "s.yaml:5:9: 'scale_shift(binades 3' is no form; expected one such as "
            "scale_shift(binades 3)");
  EXPECT_EQ(refusal("  kind: other_model\n"),
            "s.yaml:5:9: 'other_model' has no 'profile'; expected other_model(profile, [share])");
  EXPECT_THAT(refusal("  kind: other_model(profile gausian)\n"),
              StartsWith("s.yaml:5:9: no KV profile 'gausian'; did you mean 'gaussian'?"));
  EXPECT_THAT(refusal("  kind: other_model(profile gone.yaml)\n"), HasSubstr("gone.yaml"));
}

TEST_F(DriftKeysTest, RefusesPathsThatLeadNowhere) {
  EXPECT_EQ(refusal("  path: ramp(from 32, over 1 min)\n"),
            "s.yaml:5:9: one part counts requests and the other one is a time; expected both to be "
            "the same");
  EXPECT_EQ(refusal("  path: ramp(from 32, over 0)\n"),
            "s.yaml:5:9: '0' is out of range; expected a count from 1 to 100000000");
  EXPECT_EQ(refusal("  path: periodic(from 0 s, period 0 s)\n"),
            "s.yaml:5:9: '0 s' is out of range; expected a time from 1 us to 14400 min");
  EXPECT_EQ(refusal("  path: step(at 5 x)\n"),
            "s.yaml:5:9: '5 x' is neither; expected a count of requests, or a time");
  EXPECT_EQ(refusal("  path: step\n"),
            "s.yaml:5:9: 'step' is no form; expected one such as step(at 32)");
  EXPECT_EQ(refusal("  path: stop(at 3)\n"),
            "s.yaml:5:9: no form 'stop', did you mean 'step'? expected step, ramp or periodic");
}

TEST_F(DriftKeysTest, PathsByTimeNeedArrivalsThatAreKnownBeforehand) {
  const std::string timed = "  kind: padding\n  path: step(at 5 s)\n";
  EXPECT_EQ(refusal(timed), "nothing");
  EXPECT_EQ(first_line(mistakes(with(timed, "llama-3.2-1b", "closed, concurrency: 1"))),
            "s.yaml:6:9: drift.path goes by times of arrival, and requests of workload.arrivals "
            "'closed' arrive when others were answered; expected counts of requests");
  EXPECT_EQ(first_line(mistakes(
                with(timed, "llama-3.2-1b", "constant, rate: 1 /s, sessions: {turns: 2}"))),
            "s.yaml:6:9: drift.path goes by times of arrival, and later turns of sessions arrive "
            "when others were answered; expected counts of requests");
  EXPECT_NO_THROW(
      load(with("  kind: none\n  path: step(at 5 s)\n", "llama-3.2-1b", "closed, concurrency: 1")));
}

TEST_F(DriftKeysTest, PathsByTimeNeedATraceWithoutLaterTurnsAmongTheRequestsThatAreTaken) {
  const std::string turn = R"("input_tokens": 9, "output_tokens": 1, "session": "s")";
  const auto said = [this](const std::string& requests, const std::string& at = "5 s") {
    return mistakes(
        "model: llama-3.2-1b\nlink: {bandwidth: 1 Gbit/s}\n"
        "workload: {arrivals: trace, trace: t.jsonl, warmup: 0, requests: " +
        requests + "}\ndrift: {kind: padding, path: step(at " + at + ")}\n");
  };
  write("t.jsonl", "{\"timestamp_ns\": 0, " + turn + "}\n{\"timestamp_ns\": 1, " + turn +
                       ", \"delay_ns\": 5}\n");
  EXPECT_EQ(said("2"),
            "s.yaml:4:30: drift.path goes by times of arrival, and later turns in 't.jsonl' arrive "
            "when others were answered; expected counts of requests\n"
            "    drift: {kind: padding, path: step(at 5 s)}\n"
            "                                 ^");
  EXPECT_EQ(said("1"), "nothing");
  EXPECT_EQ(said("2", "5"), "nothing");
  write("t.jsonl", "{}\n");
  EXPECT_THAT(said("1"), StartsWith("s.yaml:3:36: t.jsonl:1: "));
}

TEST_F(DriftKeysTest, ALatentTensorHasNoKAndVToMixUp) {
  const std::string latent =
      "{name: mla, layers: 2, hidden: 64, attention_heads: 4, head_dim: 16, latent_dim: 32, "
      "active_parameters: 1 M, total_parameters: 1 M}";
  EXPECT_EQ(first_line(mistakes(with("  kind: kv_mixup\n", latent))),
            "s.yaml:5:9: drift.kind 'kv_mixup' needs K and V, and model 'mla' has one latent "
            "tensor; expected another kind");
  EXPECT_NO_THROW(load(with("  kind: padding\n", latent)));
}

TEST_F(DriftKeysTest, OnlyValuesInBfloat16AreChanged) {
  write("dump.e5m2", std::string(24, 'x'));
  write("dump.json", R"({"shape": [1, 2, 3, 4]})");
  EXPECT_EQ(refusal("  kind: padding\nkv: {source: dump, dump: dump.e5m2}\nkv_dtype: fp8_e5m2\n"),
            "s.yaml:5:9: drift.kind changes values in bf16, and kv.dump is of fp8_e5m2; expected "
            "none, or "
            "a dump in bf16");
}

}  // namespace
}  // namespace splitbench
