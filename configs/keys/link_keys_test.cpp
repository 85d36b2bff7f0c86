#include "configs/reader/config_test.hpp"

namespace splitbench {
namespace {

using namespace std::chrono_literals;

class LinkKeysTest : public ConfigTest {
 protected:
  static std::string with(const std::string& link) {
    return "model: llama-3.2-1b\nlink: " + link + "\n" +
           "workload: {arrivals: closed, concurrency: 1, context: 512, output: 8, requests: 8}\n"
           "workers: {prefill: 2, decode: 3}\n";
  }
  /// Returns the link as it is read, and checks that it is the same after it was written and read
  /// again.
  LinkSpec link(const std::string& text, const std::vector<std::string>& overrides = {}) const {
    const Scenario scenario = load(with(text), overrides);
    const LinkSpec again = load_scenario(write("resolved.yaml", to_yaml(scenario))).link;
    EXPECT_EQ(again, scenario.link);
    return scenario.link;
  }
  std::string refusal(const std::string& text) const { return mistakes(with(text)); }

  static constexpr std::uint64_t kGigabit = 1'000'000'000;
};

TEST_F(LinkKeysTest, ABandwidthMayBeUnlimited) {
  EXPECT_EQ(link("{bandwidth: unlimited}").bandwidth, kUnlimited);
}

TEST_F(LinkKeysTest, ABandwidthMayChangeWithTime) {
  const LinkSpec spec = link(
      "{bandwidth: [{at: 0 s, rate: 25 Gbit/s}, {at: 30 s, rate: 10 Gbit/s}, {at: 1 min, rate: "
      "unlimited}]}");
  EXPECT_EQ(spec.bandwidth, 25 * kGigabit);
  EXPECT_EQ(spec.schedule, (std::vector<RateChange>{{30s, 10 * kGigabit}, {60s, kUnlimited}}));
}

TEST_F(LinkKeysTest, AnOverrideWithoutAScheduleTakesTheScheduleAway) {
  const LinkSpec spec = link("{bandwidth: [{at: 0 s, rate: 2 Gbit/s}, {at: 1 s, rate: 1 Gbit/s}]}",
                             {"link.bandwidth=3 Gbit/s"});
  EXPECT_EQ(spec.bandwidth, 3 * kGigabit);
  EXPECT_TRUE(spec.schedule.empty());
}

TEST_F(LinkKeysTest, LimitsAreOfEachWorkerOrOneForAll) {
  const LinkSpec spec =
      link("{bandwidth: 1 Gbit/s, egress: [2 Gbit/s, unlimited], ingress: 3 Gbit/s}");
  EXPECT_EQ(spec.egress, (std::vector<std::uint64_t>{2 * kGigabit, kUnlimited}));
  EXPECT_EQ(spec.ingress, std::vector<std::uint64_t>{3 * kGigabit});
  EXPECT_EQ(spec.spine, 0u);
  EXPECT_TRUE(link("{bandwidth: 1 Gbit/s, egress: none}").egress.empty());
}

TEST_F(LinkKeysTest, APresetSetsWhatTheFileDoesNot) {
  const LinkSpec spec = link("{preset: gpu-400, latency: 9 us}");
  EXPECT_EQ(spec.bandwidth, 400 * kGigabit);
  EXPECT_EQ(spec.latency, 9us);
  EXPECT_EQ(spec.jitter, 1us);
  EXPECT_EQ(spec.efficiency, 0.91);
  for (const char* name : {"wan-10", "dc-25", "vpc-100"})
    EXPECT_GT(link(std::string("{preset: ") + name + "}").latency, spec.latency);
}

TEST_F(LinkKeysTest, APresetOfAnOverrideReplacesWhatTheFileSays) {
  const LinkSpec spec = link("{bandwidth: 1 Gbit/s, latency: 7 us, spine: 2 Gbit/s}",
                             {"link.latency=9 us", "link.preset=dc-25"});
  EXPECT_EQ(spec.bandwidth, 25 * kGigabit);
  EXPECT_EQ(spec.latency, 9us);
  EXPECT_EQ(spec.spine, 2 * kGigabit);  // not set by any preset
}

TEST_F(LinkKeysTest, PointsAtAWrongPreset) {
  EXPECT_EQ(
      refusal("{preset: dc-52}"),
      "s.yaml:2:16: unknown choice 'dc-52', did you mean 'dc-25'? expected none, wan-10, dc-25, "
      "vpc-100 or gpu-400\n"
      "    link: {preset: dc-52}\n"
      "                   ^");
}

TEST_F(LinkKeysTest, PointsAtTheRateOfAScheduleThatIsWrong) {
  EXPECT_EQ(refusal("{bandwidth: [{at: 1 s, rate: 1 Gbit/s}, {at: 1 s, rate: 1 Gbit/s}]}"),
            "s.yaml:2:20: the first rate holds from the start; expected at: 0 s\n"
            "    link: {bandwidth: [{at: 1 s, rate: 1 Gbit/s}, {at: 1 s, rate: 1 Gbit/s}]}\n"
            "                       ^\n"
            "s.yaml:2:47: '1 s' is not after '1 s'; expected times that ascend\n"
            "    link: {bandwidth: [{at: 1 s, rate: 1 Gbit/s}, {at: 1 s, rate: 1 Gbit/s}]}\n"
            "                                                  ^");
  EXPECT_EQ(refusal("{bandwidth: [{at: 0 s}, 5, {at: 1 s, rate: 9 bit/s}]}"),
            "s.yaml:2:20: 'rate' is missing; expected a bandwidth from 1 kbit/s to 100 Tbit/s, or "
            "unlimited\n"
            "    link: {bandwidth: [{at: 0 s}, 5, {at: 1 s, rate: 9 bit/s}]}\n"
            "                       ^\n"
            "s.yaml:2:31: expected a map of at or rate\n"
            "    link: {bandwidth: [{at: 0 s}, 5, {at: 1 s, rate: 9 bit/s}]}\n"
            "                                  ^\n"
            "s.yaml:2:50: '9 bit/s' is out of range; expected a bandwidth from 1 kbit/s to 100 "
            "Tbit/s\n"
            "    link: {bandwidth: [{at: 0 s}, 5, {at: 1 s, rate: 9 bit/s}]}\n"
            "                                                     ^");
  EXPECT_EQ(refusal("{bandwidth: []}"),
            "s.yaml:2:19: no rate; expected one or more of {at, rate}\n"
            "    link: {bandwidth: []}\n"
            "                      ^");
}

TEST_F(LinkKeysTest, AScheduleHasRoomFor256Changes) {
  std::string rates = "{at: 0 s, rate: 1 Gbit/s}";
  for (int i = 1; i <= 256; ++i) rates += ", {at: " + std::to_string(i) + " s, rate: 1 Gbit/s}";
  EXPECT_EQ(link("{bandwidth: [" + rates + "]}").schedule.size(), kMaxRateChanges);
  EXPECT_NE(refusal("{bandwidth: [" + rates + ", {at: 300 s, rate: 1 Gbit/s}]}")
                .find("s.yaml:2:19: 258 rates; expected at most 257\n"),
            std::string::npos);
}

TEST_F(LinkKeysTest, ThereIsALimitForEachWorker) {
  EXPECT_EQ(refusal("{bandwidth: 1 Gbit/s, egress: [1 Gbit/s, 2 Gbit/s, 3 Gbit/s]}"),
            "s.yaml:2:37: 3 rates for workers.prefill 2; expected one for each\n"
            "    link: {bandwidth: 1 Gbit/s, egress: [1 Gbit/s, 2 Gbit/s, 3 Gbit/s]}\n"
            "                                        ^");
  EXPECT_EQ(refusal("{bandwidth: 1 Gbit/s, ingress: [1 Gbit/s]}"),
            "s.yaml:2:38: 1 rate for workers.decode 3; expected one for each\n"
            "    link: {bandwidth: 1 Gbit/s, ingress: [1 Gbit/s]}\n"
            "                                         ^");
  EXPECT_EQ(refusal("{bandwidth: 1 Gbit/s, ingress: []}"),
            "s.yaml:2:38: no element; expected a bandwidth from 1 kbit/s to 100 Tbit/s, or "
            "unlimited\n"
            "    link: {bandwidth: 1 Gbit/s, ingress: []}\n"
            "                                         ^");
}

TEST_F(LinkKeysTest, KeepsNumbersWithinBounds) {
  EXPECT_EQ(refusal("{bandwidth: 1 Gbit/s, efficiency: 1.01}"),
            "s.yaml:2:41: '1.01' is out of range; expected a number from 0.01 to 1\n"
            "    link: {bandwidth: 1 Gbit/s, efficiency: 1.01}\n"
            "                                            ^");
  EXPECT_EQ(refusal("{bandwidth: 1 Gbit/s, jitter: 11 s}"),
            "s.yaml:2:37: '11 s' is out of range; expected a time from 0 s to 10 s\n"
            "    link: {bandwidth: 1 Gbit/s, jitter: 11 s}\n"
            "                                        ^");
  EXPECT_EQ(refusal("{bandwidth: 1 Gbit/s, streams: 0}"),
            "s.yaml:2:38: '0' is out of range; expected a count from 1 to 64\n"
            "    link: {bandwidth: 1 Gbit/s, streams: 0}\n"
            "                                         ^");
}

TEST_F(LinkKeysTest, AnAddressToListenOnHasFourNumbers) {
  EXPECT_EQ(mistakes(kComplete, {"listen=localhost"}),
            "--set: 'localhost' is not an IPv4 address, such as 127.0.0.1\n"
            "    listen=localhost\n"
            "           ^");
}

}  // namespace
}  // namespace splitbench
