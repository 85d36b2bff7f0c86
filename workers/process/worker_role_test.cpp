#include "workers/process/worker_role.hpp"

#include <unistd.h>

#include "network/link/shared_link.hpp"
#include "workers/device/backend_models.hpp"
#include "workers/process/control_channel_test.hpp"

namespace splitbench {
namespace {

/// Two workers, one of each role, in this process, set up for one flow between them.
class WorkerRoleTest : public ControlChannelTest {
 protected:
  WorkerRoleTest() { connect(); }

  WorkerSetup setup() {
    return {.pipeline = {.model = kGrouped, .staging = 1'000'000},
            .compute = ComputeKind::none,
            .kv_bytes = 1 << 20,
            .link_descriptor = dup(link.descriptor()),
            .listen = "127.0.0.1",
            .heartbeat_timeout = std::chrono::seconds(8)};
  }

  SharedLink link = SharedLink::create({.bandwidth = 8'000'000'000}, 1, 1);
};

TEST_F(WorkerRoleTest, APrefillWorkerRefusesWhatIsNotForIt) {
  const auto role = make_prefill_role(io, setup(), secret, *to_coordinator);
  EXPECT_THROW(role->handle(Ready{}), ProtocolError);
  EXPECT_THROW(role->handle(Installed{}), ProtocolError);
  EXPECT_NO_THROW(role->handle(Renew{}));
}

TEST_F(WorkerRoleTest, ADecodeWorkerRefusesWhatIsNotForIt) {
  const auto role = make_decode_role(io, setup(), secret, *to_coordinator);
  EXPECT_THROW(role->handle(Job{}), ProtocolError);
  EXPECT_THROW(role->handle(Connect{}), ProtocolError);
  EXPECT_NO_THROW(role->handle(Drop{1}));
}

TEST_F(WorkerRoleTest, ADecodeWorkerOfAShardTakesTheOrderToDecode) {
  WorkerSetup sharded = setup();
  sharded.pipeline.join_on_order = true;
  EXPECT_NO_THROW(make_decode_role(io, sharded, secret, *to_coordinator)->handle(Job{}));
}

TEST_F(WorkerRoleTest, BothSayThatTheyAreReady) {
  const auto prefill = make_prefill_role(io, setup(), secret, *to_coordinator);
  const auto decode = make_decode_role(io, setup(), secret, *to_coordinator);
  std::vector<Ready> ready;
  until([&] {
    for (const ControlMessage& message : std::exchange(coordinator.heard, {}))
      if (const auto* each = std::get_if<Ready>(&message)) ready.push_back(*each);
    return ready.size() == 2;
  });
  EXPECT_EQ(ready[0].port, 0);
  EXPECT_GT(ready[1].port, 0);
}

}  // namespace
}  // namespace splitbench
