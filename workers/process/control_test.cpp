#include "workers/process/control.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "workers/process/value_json.hpp"

namespace splitbench {
namespace {

using testing::HasSubstr;

/// Returns a message as the other side reads it.
template <class Message>
Message sent(const Message& message) {
  return std::get<Message>(read_control(control_text(message)));
}

/// Returns why read_control refuses a message.
std::string refusal(const nlohmann::json& json) {
  try {
    read_control(json.dump());
  } catch (const ProtocolError& error) {
    return error.what();
  }
  return "it is not";
}

TEST(ControlTest, AJobSurvivesTheWire) {
  const Job job{.id = 9,
                .arm = Arm::splitzip,
                .prefill_worker = 1,
                .decode_worker = 2,
                .prefill_offset = 256,
                .decode_offset = 512,
                .requests = {{3, 100, 7}, {4, 1, 1}}};
  EXPECT_EQ(sent(job), job);
}

TEST(ControlTest, AJobIsOfAnArmThatThereIs) {
  for (const Codec& baseline : kBaselines) {
    const Job job{.arm = Arm(baseline)};
    EXPECT_EQ(sent(job), job);
  }
  const Job added{.arm = Arm::of_added(kMostAddedCodecs - 1)};
  EXPECT_EQ(sent(added), added);
  using Json = nlohmann::json;
  for (const Json& wrong : {Json("zip"), Json(kMostAddedCodecs), Json(-1), Json(0.5), Json()}) {
    nlohmann::json json = Job{};
    json["type"] = "job";
    json["arm"] = wrong;
    EXPECT_THROW(read_control(json.dump()), ProtocolError) << wrong;
  }
}

TEST(ControlTest, AWorkerIsToldWhichCodecsTheScenarioAdds) {
  WorkerSetup setup;
  setup.codecs = {{.name = "mine",
                   .figures = {.encode = 1, .decode = 2, .call = 3, .ratio = 1.5},
                   .library = "/lib/mine.so",
                   .on_cpu = true,
                   .on_cuda = false}};
  setup.arms = {Arm::raw, Arm::of_added(0)};
  const WorkerSetup back = sent(setup);
  EXPECT_EQ(back.codecs, setup.codecs);
  EXPECT_EQ(back.arms, setup.arms);
}

TEST(ControlTest, AWorkerIsToldTheElementTypeAndItsRates) {
  WorkerSetup setup;
  setup.pipeline.element_type = ElementType::fp8_e4m3;
  setup.hardware.rates = {
      {{"splitzip", ElementType::fp8_e4m3}, {.encode = 1, .decode = 2, .call = 3}},
      {{"ranked", ElementType::fp8_e5m2}, {.encode = 4, .decode = 5, .call = 6}},
      {{"lz4", ElementType::bf16}, {.encode = 8, .decode = 9, .call = 0, .ratio = 1.5}}};
  setup.hardware.escape_bytes = 7;
  const WorkerSetup back = sent(setup);
  EXPECT_EQ(back.pipeline.element_type, ElementType::fp8_e4m3);
  EXPECT_EQ(back.hardware, setup.hardware);
  EXPECT_EQ(sent(MeasuredSpeeds{setup.hardware}).hardware, setup.hardware);
}

TEST(ControlTest, SpansKeepTheirNanoseconds) {
  const Installed installed{.job = 1,
                            .at = Time(123'456'789'012'345),
                            .spans = {{Stage::xfer_wire, Time(1), Time(9'007'199'254'740'993)}},
                            .lateness = {Time(5)}};
  const Installed back = sent(installed);
  EXPECT_EQ(back.at, installed.at);
  EXPECT_EQ(back.spans, installed.spans);
  EXPECT_EQ(back.lateness, installed.lateness);
}

TEST(ControlTest, TheTypeStandsBesideTheFields) {
  EXPECT_EQ(control_text(Drop{7}), R"({"job":7,"type":"drop"})");
  EXPECT_EQ(control_text(Alive{}), R"({"type":"alive"})");
}

/// Expects that a message of each type keeps its type when it is read.
template <std::size_t... I>
void expect_same_types(std::index_sequence<I...>) {
  const auto expect_same = [](const ControlMessage& message) {
    EXPECT_EQ(read_control(control_text(message)).index(), message.index())
        << control_text(message);
  };
  (expect_same(std::variant_alternative_t<I, ControlMessage>{}), ...);
}

TEST(ControlTest, EveryMessageHasATypeOfItsOwn) {
  expect_same_types(std::make_index_sequence<std::variant_size_v<ControlMessage>>());
}

TEST(ControlTest, WhatIsNoMessageIsAProtocolError) {
  EXPECT_EQ(refusal({{"type", "dance"}}), "there is no control message 'dance'");
  EXPECT_EQ(refusal({{"type", 3}}), "a control message is not a JSON object with a type");
  EXPECT_EQ(refusal({{"job", 3}}), "a control message is not a JSON object with a type");
  EXPECT_EQ(refusal({"drop"}), "a control message is not a JSON object with a type");
  EXPECT_THROW(read_control("{\"type\": \"ping\""), ProtocolError);
}

TEST(ControlTest, AMessageWithoutItsFieldsIsAProtocolError) {
  EXPECT_THAT(refusal({{"type", "drop"}}), HasSubstr("control message 'drop' is malformed: "));
  EXPECT_THAT(refusal({{"type", "drop"}, {"job", "seven"}}), HasSubstr("'drop' is malformed: "));
  EXPECT_EQ(refusal({{"type", "drop"}, {"job", 7}}), "it is not");
}

TEST(ControlTest, AnIntegerIsOneAndFitsItsField) {
  for (const nlohmann::json& job : {nlohmann::json(1.7), nlohmann::json(-1), nlohmann::json(6e49)})
    EXPECT_THAT(refusal({{"type", "drop"}, {"job", job}}), HasSubstr("no integer of its field"));
  const auto chunks = [](const nlohmann::json& bytes) {
    nlohmann::json text = nlohmann::json::parse(control_text(PrefillReleased{}));
    text["chunk_bytes"] = {bytes};
    return refusal(text);
  };
  EXPECT_EQ(chunks(7), "it is not");
  EXPECT_THAT(chunks(-7), HasSubstr("no integer of its field"));
}

TEST(ControlTest, AMessageThatNobodyExpectsIsNamed) {
  EXPECT_STREQ(unexpected(Stop{}).what(), "control message 'stop' was not expected here");
}

}  // namespace
}  // namespace splitbench
