#include "sim/real_fleet.hpp"

#include <algorithm>
#include <cstdlib>
#include <fmt/format.h>
#include <random>
#include <sstream>
#include <unistd.h>
#include <utility>

#include "codec/cuda/device.hpp"
#include "workers/worker_process.hpp"

namespace splitbench {
namespace {

using asio::ip::tcp;

std::string make_secret() {
  std::random_device random;
  std::string secret;
  for (int i = 0; i < 4; ++i) secret += fmt::format("{:08x}", random());
  return secret;
}

/// The devices that this process may use, as CUDA_VISIBLE_DEVICES would name them.
std::vector<std::string> visible_devices() {
  std::vector<std::string> devices;
  if (const char* named = std::getenv("CUDA_VISIBLE_DEVICES")) {
    std::istringstream list(named);
    for (std::string device; std::getline(list, device, ',');) devices.push_back(device);
  } else {
    for (int i = 0; i < cuda_device_count(); ++i) devices.push_back(std::to_string(i));
  }
  return devices;
}

}  // namespace

RealFleet::RealFleet(asio::io_context& io, const Scenario& scenario, const Pipeline& pipeline,
                     BackendKind backend)
    : io_(io),
      scenario_(scenario),
      pipeline_(pipeline),
      link_(SharedLink::create(scenario.link, scenario.workers.prefill, scenario.workers.decode)),
      secret_(make_secret()),
      acceptor_(io, tcp::endpoint(asio::ip::address_v4::loopback(), 0)) {
  accept();
  const std::uint16_t port = acceptor_.local_endpoint().port();
  const std::vector<std::string> devices =
      backend == BackendKind::cuda ? visible_devices() : std::vector<std::string>();
  for (std::uint32_t i = 0; i < scenario.workers.prefill + scenario.workers.decode; ++i) {
    const bool prefill = i < scenario.workers.prefill;
    std::vector<std::string> environment = {std::string(kSecretVariable) + "=" + secret_};
    if (!devices.empty())
      environment.push_back("CUDA_VISIBLE_DEVICES=" + devices[i % devices.size()]);
    workers_.push_back(std::make_unique<Worker>(
        Worker{.prefill = prefill,
               .index = prefill ? i : i - scenario.workers.prefill,
               .process = ChildProcess({"worker", prefill ? "prefill" : "decode", "--connect",
                                        "127.0.0.1:" + std::to_string(port)},
                                       environment),
               .channel = nullptr,
               .failure = {}}));
  }
  gpu_shared_ = backend == BackendKind::cuda && devices.size() < workers_.size();
  set_up(backend);
}

RealFleet::~RealFleet() {
  stopping_ = true;
  for (const auto& worker : workers_)
    if (worker->channel) worker->channel->send("stop", nlohmann::json::object());
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(2);
  const auto all_ended = [&] {
    return std::ranges::all_of(workers_, [](const auto& w) { return !w->process.ended().empty(); });
  };
  while (!all_ended() && std::chrono::steady_clock::now() < deadline)
    io_.run_one_for(std::chrono::milliseconds(10));
}

void RealFleet::accept() {
  acceptor_.async_accept([this](std::error_code error, tcp::socket socket) {
    if (error == asio::error::operation_aborted) return;
    if (error) throw std::system_error(error, "accept a worker's connection");
    welcome(std::make_shared<Connection>(std::move(socket)));
    accept();
  });
}

void RealFleet::welcome(std::shared_ptr<Connection> connection) {
  ControlChannel* channel =
      strangers_.emplace_back(std::make_unique<ControlChannel>(std::move(connection))).get();
  auto known = std::make_shared<Worker*>(nullptr);
  channel->start(
      [this, channel, known](const std::string& type, const nlohmann::json& body) {
        if (*known) return handle(**known, type, body);
        const auto has = [&](const char* key, const nlohmann::json& value) {
          return body.contains(key) && body[key] == value;
        };
        const auto worker = std::ranges::find_if(
            workers_, [&](const auto& w) { return !w->channel && has("pid", w->process.pid()); });
        if (type != "hello" || !has("secret", secret_) || worker == workers_.end())
          return channel->close("not one of this run's workers");
        *known = worker->get();
        channel->trust();
        const auto self =
            std::ranges::find(strangers_, channel, &std::unique_ptr<ControlChannel>::get);
        (*known)->channel = std::move(*self);
        strangers_.erase(self);
        ++answers_;
      },
      [this, channel, known](const std::string&) {
        if (!*known) std::erase_if(strangers_, [&](const auto& s) { return s.get() == channel; });
        if (*known && !stopping_) lose(**known, " closed its connection");
      });
}

void RealFleet::handle(Worker& worker, const std::string& type, const nlohmann::json& body) {
  worker.heard = std::chrono::steady_clock::now();
  if (type == "ready") worker.port = body.value("port", std::uint16_t{0});
  if (type == "probed") worker.probe = body.get<Probe>().codec;
  if (type == "failed") worker.failure = body.value("why", "");
  if (type == "ready" || type == "connected" || type == "probed") ++answers_;
  if (!dispatcher_) return;
  if (type == "prefill_began") dispatcher_->on(body.get<PrefillBegan>());
  if (type == "prefill_computed") dispatcher_->on(body.get<PrefillComputed>());
  if (type == "prefill_released") dispatcher_->on(body.get<PrefillReleased>());
  if (type == "installed") dispatcher_->on(body.get<Installed>());
  if (type == "finished") dispatcher_->on(body.get<Finished>());
  if (type == "verified") dispatcher_->on(body.get<Verified>());
}

void RealFleet::answered(std::size_t all, const std::string& waiting_for) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(5);
  serve_until([&] {
    if (std::chrono::steady_clock::now() > deadline)
      throw std::runtime_error("workers did not answer within 5 minutes: " + waiting_for);
    return answers_ == all;
  });
  answers_ = 0;
}

void RealFleet::set_up(BackendKind backend) {
  answered(workers_.size(), "start");
  for (const auto& worker : workers_)
    worker->channel->send("setup",
                          WorkerSetup{.index = worker->index,
                                      .prefill_workers = scenario_.workers.prefill,
                                      .decode_workers = scenario_.workers.decode,
                                      .pipeline = pipeline_,
                                      .hardware = scenario_.hardware,
                                      .compute = scenario_.compute,
                                      .compute_scale = scenario_.compute_scale,
                                      .backend = backend,
                                      .kv = scenario_.kv,
                                      .seed = scenario_.seed,
                                      .kv_bytes = worker->prefill ? scenario_.prefill_memory
                                                                  : scenario_.decode_memory,
                                      .link_descriptor = link_.descriptor()});
  answered(workers_.size(), "set-up");

  std::vector<std::uint16_t> ports;
  for (const auto& worker : workers_)
    if (!worker->prefill) ports.push_back(worker->port);
  for (const auto& worker : workers_)
    if (worker->prefill) worker->channel->send("connect", nlohmann::json{{"ports", ports}});
  answered(scenario_.workers.prefill, "connections to the decode workers");
}

void RealFleet::start(const Job& job) {
  workers_[job.prefill_worker]->channel->send("job", job);
}

RealFleet::Probes RealFleet::probe() {
  Probes probes;
  for (const auto& worker : workers_) {  // one by one: each must have the machine to itself
    worker->channel->send("probe", nlohmann::json::object());
    answered(1, "probe of " + worker->name());
    (worker->prefill ? probes.prefill : probes.decode).push_back(worker->probe);
  }
  return probes;
}

void RealFleet::serve_until(const std::function<bool()>& done) {
  while (!done()) {
    io_.run_one_for(std::chrono::milliseconds(100));
    for (const auto& worker : workers_)
      if (!worker->failure.empty() || !worker->process.ended().empty()) lose(*worker, "");
  }
}

void RealFleet::serve_run_until(const std::function<bool()>& done) {
  const auto now = std::chrono::steady_clock::now;
  for (const auto& worker : workers_) worker->heard = now();
  serve_until([&] {
    for (const auto& worker : workers_)
      if (now() - worker->heard > kSilence)
        lose(*worker, fmt::format(" was not heard of for {} s", kSilence.count()));
    return done();
  });
}

void RealFleet::lose(Worker& first, const std::string& symptom) {
  // A worker that dies takes its peers' connections with it: the culprit is the one that was
  // killed, or that says why it gave up, whoever was noticed first.
  constexpr auto kPatience = std::chrono::milliseconds(300);
  stopping_ = true;
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (std::chrono::steady_clock::now() < deadline)
    io_.run_one_for(std::chrono::milliseconds(20));

  Worker* culprit = &first;
  for (const auto& worker : workers_)
    if (worker->process.ended().find("killed") != std::string::npos) culprit = worker.get();
  const std::string end = culprit->process.ended();
  const std::string why = !culprit->failure.empty() ? ": " + culprit->failure
                          : end.empty()             ? symptom
                                                    : " " + end;
  throw WorkerLost(culprit->prefill, culprit->index,
                   fmt::format("{} (pid {}){}", culprit->name(), culprit->process.pid(), why));
}

}  // namespace splitbench
