#include "sim/run/dispatch/clients.hpp"

#include <algorithm>
#include <utility>

namespace splitbench {

Clients::Clients(EventLoop& loop, const WorkloadSpec& spec, std::span<const Request> trace,
                 std::function<void(std::uint64_t, Time)> arrive)
    : loop_(loop),
      spec_(spec),
      trace_(trace),
      arrive_(std::move(arrive)),
      first_turn_(trace.size()),
      open_(trace.size()) {
  for (const Request& request : trace) {
    first_turn_[request.id] =
        request.after.empty() ? request.id : first_turn_[request.after.front()];
    ++open_[first_turn_[request.id]];
    if (request.after.empty()) continue;
    waits_for_[request.id] = request.after.size();
    for (const std::uint64_t before : request.after) later_[before].push_back(request.id);
  }
}

void Clients::begin() {
  epoch_ = loop_.now();
  if (spec_.arrivals == Arrivals::closed) {
    for (std::uint32_t client = 0; client < spec_.concurrency; ++client) let_next_in();
    return;
  }
  for (const Request& request : trace_)
    if (request.after.empty()) come_at(request.id, request.arrival);
}

void Clients::answered(std::uint64_t request) {
  if (const auto turns = later_.extract(request); !turns.empty())
    for (const std::uint64_t turn : turns.mapped())
      if (--waits_for_.at(turn) == 0) come_at(turn, now() + trace_[turn].delay);
  const bool session_over = --open_[first_turn_[request]] == 0;
  if (spec_.arrivals == Arrivals::closed && session_over) let_next_in();
}

void Clients::let_next_in() {
  while (next_ < trace_.size() && !trace_[next_].after.empty()) ++next_;
  if (next_ < trace_.size()) come(next_++, now());
}

void Clients::come_at(std::uint64_t request, Time arrival) {
  ++scheduled_;
  loop_.at(epoch_ + arrival, [this, request, arrival] {
    --scheduled_;
    come(request, arrival);
  });
}

void Clients::come(std::uint64_t request, Time arrival) {
  ++arrived_;
  arrive_(request, arrival);
}

}  // namespace splitbench
