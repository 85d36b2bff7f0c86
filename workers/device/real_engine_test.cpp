#include "workers/device/real_engine.hpp"

#include <chrono>
#include <gtest/gtest.h>
#include <optional>
#include <utility>

namespace splitbench {
namespace {

using namespace std::chrono_literals;

/// A loop whose timers are all late by the same time.
class LateLoop final : public EventLoop {
 public:
  explicit LateLoop(Time late) : late_(late) {}
  Time now() const override { return loop_.now(); }
  void at(Time when, Task task) override { loop_.at(when + late_, std::move(task)); }
  void run() { loop_.run(); }

 private:
  VirtualLoop loop_;
  Time late_;
};

class NoReceiver final : public Receiver {
 public:
  void release(std::uint32_t, std::uint32_t) override {}
  void applied(const Job&) override {}
};

class RealDecodeEngineTest : public testing::Test {
 protected:
  static constexpr std::uint64_t kContext[] = {1000};
  static constexpr Time kLate = 40us;

  RealDecodeEngineTest() {
    pipeline_.model = {.layers = 4,
                       .hidden = 1024,
                       .attention_heads = 8,
                       .kv_heads = 8,
                       .head_dim = 128,
                       .active_parameters = 100e6,
                       .total_parameters = 100e6};
    model_ = {.model = pipeline_.model,
              .hardware = {.flops = 1e12, .memory_bandwidth = 1e12},
              .kv_type = ElementType::bf16};
    source_.emplace(KvSource::load({}, pipeline_.model, ElementType::bf16, 1));
    backend_ = make_cpu_backend(
        {.pipeline = pipeline_, .source = *source_, .kv_bytes = 1 << 20, .slots = 1, .arms = {}});
    engine_.emplace(io_, loop_, *backend_, pipeline_, ComputeKind::timed, model_, receiver_,
                    Time{0});
  }

  /// Computes so many steps, each begun as the one before it is seen to have ended, or later.
  void compute(int steps, Time pause = Time{0}) {
    engine_->steps(kContext, 1, [this, steps, pause](std::span<const Span> done) {
      steps_.push_back(done.front());
      if (steps == 1) return;
      if (pause == Time{0}) return compute(steps - 1);
      loop_.after(pause, [this, steps, pause] { compute(steps - 1, pause); });
    });
  }

  Time length() const { return model_.decode_step(kContext); }

  Pipeline pipeline_;
  ComputeModel model_;
  std::optional<KvSource> source_;
  std::unique_ptr<Backend> backend_;
  asio::io_context io_;
  LateLoop loop_{kLate};
  NoReceiver receiver_;
  std::optional<RealDecodeEngine> engine_;
  std::vector<Span> steps_;
};

TEST_F(RealDecodeEngineTest, StepsInARowAreLateOnce) {
  ASSERT_GT(length(), kLate);
  compute(100);
  loop_.run();
  EXPECT_EQ(steps_.back().end - steps_.front().begin, 100 * length() + kLate);
  for (std::size_t i = 1; i < steps_.size(); ++i)
    EXPECT_EQ(steps_[i].begin, steps_[i - 1].end) << i;
}

TEST_F(RealDecodeEngineTest, AStepThatBeginsLaterIsNoneOfARow) {
  compute(3, 50us);
  loop_.run();
  for (const Span& step : steps_) EXPECT_EQ(step.end - step.begin, length() + kLate);
}

}  // namespace
}  // namespace splitbench
