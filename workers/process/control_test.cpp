#include "workers/process/control.hpp"

#include <gtest/gtest.h>

namespace splitbench {
namespace {

TEST(ControlTest, AJobSurvivesTheWire) {
  const Job job{.id = 9,
                .arm = Arm::splitzip,
                .prefill_worker = 1,
                .decode_worker = 2,
                .prefill_offset = 256,
                .decode_offset = 512,
                .requests = {{3, 100, 7}, {4, 1, 1}}};
  EXPECT_EQ(nlohmann::json::parse(control_text("job", job)).get<Job>(), job);
}

TEST(ControlTest, AJobIsOfAnArmThatThereIs) {
  for (const Codec& baseline : kBaselines) {
    const Job job{.arm = Arm(baseline)};
    EXPECT_EQ(nlohmann::json::parse(control_text("job", job)).get<Job>(), job);
  }
  for (const nlohmann::json& wrong : {nlohmann::json("zip"), nlohmann::json(2), nlohmann::json()}) {
    nlohmann::json json = Job{};
    json["arm"] = wrong;
    EXPECT_THROW(json.get<Job>(), nlohmann::json::exception) << wrong;
  }
}

TEST(ControlTest, AWorkerIsToldTheElementTypeAndItsRates) {
  WorkerSetup setup;
  setup.pipeline.element_type = ElementType::fp8_e4m3;
  setup.hardware.splitzip_fp8_e4m3 = {.encode = 1, .decode = 2, .call = 3};
  setup.hardware.ranked_fp8_e5m2 = {.encode = 4, .decode = 5, .call = 6};
  setup.hardware.escape_bytes = 7;
  const auto back = nlohmann::json::parse(control_text("setup", setup)).get<WorkerSetup>();
  EXPECT_EQ(back.pipeline.element_type, ElementType::fp8_e4m3);
  EXPECT_EQ(back.hardware, setup.hardware);
}

TEST(ControlTest, SpansKeepTheirNanoseconds) {
  const Installed installed{.job = 1,
                            .at = Time(123'456'789'012'345),
                            .spans = {{Stage::xfer_wire, Time(1), Time(9'007'199'254'740'993)}},
                            .lateness = {Time(5)}};
  const auto back = nlohmann::json::parse(control_text("installed", installed)).get<Installed>();
  EXPECT_EQ(back.at, installed.at);
  EXPECT_EQ(back.spans, installed.spans);
  EXPECT_EQ(back.lateness, installed.lateness);
}

}  // namespace
}  // namespace splitbench
