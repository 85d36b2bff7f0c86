#include <gmock/gmock.h>

#include "configs/reader/config_test.hpp"

namespace splitbench {
namespace {

class TransportKeysTest : public ConfigTest {
 protected:
  std::string refusal(const std::string& text) const { return mistakes(kComplete + text); }
};

TEST_F(TransportKeysTest, SharedMemoryAndPeersAreChosenByAWord) {
  EXPECT_EQ(load(std::string(kComplete) + "transport: shm\n").transport, TransportKind::shm);
  EXPECT_EQ(load(std::string(kComplete) + "transport: peer\n").transport, TransportKind::p2p);
}

TEST_F(TransportKeysTest, AnotherWordForPeerIsWrittenAsPeer) {
  const Scenario scenario = load(std::string(kComplete) + "transport: p2p\n");
  EXPECT_EQ(scenario.transport, TransportKind::p2p);
  EXPECT_THAT(to_yaml(scenario), testing::HasSubstr("transport: peer\n"));
}

TEST_F(TransportKeysTest, WithoutSocketsThereIsNoGoingOnAfterAFault) {
  EXPECT_EQ(refusal("transport: shm\non_fault: retry\n"),
            "s.yaml:5:11: transport 'shm' cannot go on after a fault; expected on_fault: "
            "fail-fast, or transport: auto or tcp\n"
            "    on_fault: retry\n"
            "              ^");
  EXPECT_EQ(refusal("transport: peer\nfaults: [{fault: cut, at: 1 s}]\n"),
            "s.yaml:5:9: transport 'peer' has no faults of workers and flows; expected none, or "
            "transport: auto or tcp\n"
            "    faults: [{fault: cut, at: 1 s}]\n"
            "            ^");
  EXPECT_EQ(refusal("transport: shm\nfaults: [{fault: cancel, probability: 0.1}]\n"), "nothing");
}

TEST_F(TransportKeysTest, WhatOnlySocketsHaveIsRefused) {
  EXPECT_EQ(mistakes("model: llama-3.2-1b\n"
                     "link: {bandwidth: 1 Gbit/s, shaping: sender, streams: 2}\n"
                     "workload: {arrivals: closed, concurrency: 1, context: 8, output: 1, "
                     "requests: 1}\n"
                     "transport: peer\nlisten: 10.0.0.1\nbackend: cpu\n"),
            "s.yaml:2:38: transport 'peer' is shaped by the receiver; expected link.shaping: "
            "receiver\n"
            "    link: {bandwidth: 1 Gbit/s, shaping: sender, streams: 2}\n"
            "                                         ^\n"
            "s.yaml:2:55: transport 'peer' puts no payload into streams; expected link.streams: "
            "1\n"
            "    link: {bandwidth: 1 Gbit/s, shaping: sender, streams: 2}\n"
            "                                                          ^\n"
            "s.yaml:5:9: transport 'peer' stays on one host; expected a loopback address, or "
            "transport: auto or tcp\n"
            "    listen: 10.0.0.1\n"
            "            ^\n"
            "s.yaml:6:10: transport 'peer' is between GPUs; expected backend: cuda or auto\n"
            "    backend: cpu\n"
            "             ^");
}

}  // namespace
}  // namespace splitbench
