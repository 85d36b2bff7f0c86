#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "workloads/enum_names.hpp"
#include "workloads/generators/distribution.hpp"
#include "workloads/generators/rate_schedule.hpp"
#include "workloads/traces/trace_options.hpp"

namespace splitbench {

/// The course of a session after its first request. Counts are tokens; a distribution of 0 is none.
/// The defaults are a session of one turn that has nothing in common with any other.
struct SessionSpec {
  Distribution turns = fixed(1);  ///< number of requests of a session
  Distribution added = fixed(1);  ///< tokens added with each turn, beside the previous answer
  bool history = true;  ///< off: each prompt is the context and `added` alone, a question to it
  Distribution think_time{};  ///< time between a turn's end and the next: a tool's or a person's

  Distribution shared{};  ///< tokens with which every prompt of a session, and of its group, begins
  std::uint32_t groups = 0;  ///< sets of sessions with one such beginning; 0: each has its own
  double popularity = 0;     ///< the k-th group has k^-popularity times the sessions of the first

  double resumed = 0;              ///< share of sessions that continue an old conversation
  Distribution resumed_context{};  ///< their first prompt; they have a random part of the turns

  Distribution window{};     ///< longer prompts are compacted; at least 1.2 times the first prompt
  double compactions = 0;    ///< share of turns that are compacted all the same
  Distribution compacted{};  ///< prompt after it, no longer than before; `shared` stays the same
  double resets = 0;         ///< share of turns whose prompt is new after `shared`, and as long

  double fan_out = 0;  ///< share of turns that start sub-agents and wait for all of them
  Distribution branches = fixed(1);      ///< number of sub-agents started at once
  Distribution branch_turns = fixed(1);  ///< turns of one, otherwise like the session's
  Distribution branch_context{};  ///< first prompt of one, which shares nothing with any other

  bool operator==(const SessionSpec&) const = default;
};

/// A class of sessions in a mix.
struct TrafficClass {
  std::string name{};
  double share = 1;  ///< share of the sessions that begin, in proportion to the other classes'
  Distribution context{};  ///< first prompt
  Distribution output{};
  SessionSpec sessions{};

  bool operator==(const TrafficClass&) const = default;
};

enum class Arrivals { constant, poisson, gamma, weibull, on_off, trace, closed };
inline constexpr EnumNames<Arrivals, 7> kArrivalNames = {{{
    {Arrivals::constant, "constant"},
    {Arrivals::poisson, "poisson"},
    {Arrivals::gamma, "gamma"},
    {Arrivals::weibull, "weibull"},
    {Arrivals::on_off, "on_off"},
    {Arrivals::trace, "trace"},
    {Arrivals::closed, "closed"},
}}};

/// The treatment of prompts of a trace that are longer than max_context.
enum class LongPrompts { refuse, drop, truncate };
inline constexpr EnumNames<LongPrompts, 3> kLongPromptsNames = {
    {{{LongPrompts::refuse, "refuse"},
      {LongPrompts::drop, "drop"},
      {LongPrompts::truncate, "truncate"}}}};

/// The requests of a workload and their arrivals. Field names are the keys of `workload:` in a
/// scenario.
struct WorkloadSpec {
  Arrivals arrivals = Arrivals::poisson;
  double rate = 0;                ///< sessions/s on average; neither for trace nor for closed
  double cv = 0;                  ///< gamma, weibull: deviation / mean of the gaps
  double burstiness = 0;          ///< gamma, instead of cv: 1 / cv^2, the shape
  Time on{0}, off{0};             ///< on_off: mean times; none arrive during `off`
  ScheduleSpec schedule{};        ///< course of the rate; neither for trace nor for closed
  std::uint32_t concurrency = 0;  ///< closed only
  Distribution think_time{};      ///< closed only: time of a client between its sessions
  std::filesystem::path trace{};  ///< trace only; the loader makes a relative one absolute
  TraceOptions reading{};         ///< trace only: what its file leaves open
  Time start{0}, end{0};          ///< trace only: the part kept, from its first request; 0: no end
  std::uint64_t max_context = 0;  ///< trace only: longest prompt, in tokens; 0: any
  LongPrompts long_prompts = LongPrompts::refuse;  ///< trace only
  bool spread = false;      ///< trace only: spreads batches over the time to the next one
  double rate_scale = 1;    ///< trace only: 2 halves every gap
  double length_scale = 1;  ///< trace only: multiplies lengths, at least 1 token each
  std::optional<Distribution> context{};  ///< prompt tokens; for a trace: the new median
  std::optional<Distribution> output{};   ///< output tokens; for a trace: replaces the trace's own
  SessionSpec sessions{};                 ///< further properties of a session, if there is no mix
  std::vector<TrafficClass> mix{};        ///< classes of sessions, each with its own lengths
  std::uint64_t requests = 0;             ///< number of measured requests; for a trace 0 means all
  std::uint64_t warmup = 0;      ///< number of requests that run before them and are not reported
  std::uint32_t batch_size = 1;  ///< requests prefilled together; their KV is one transfer
};

}  // namespace splitbench
