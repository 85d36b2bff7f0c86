#pragma once
#include <cstdint>
#include <string>

#include "workloads/enum_names.hpp"
#include "workloads/request.hpp"

namespace splitbench {

/// The file format of a trace. `automatic` stands for the one that the first request shows.
enum class TraceFormat : std::uint8_t {
  automatic,
  ours,           ///< JSONL, every field of TraceRequest
  mooncake,       ///< JSONL, with its session and agentic extensions
  sessions,       ///< agentic sessions, one JSON object each
  azure,          ///< CSV
  burstgpt,       ///< CSV
  bailian,        ///< JSONL
  vidur,          ///< CSV
  splitwise,      ///< CSV
  blis,           ///< CSV
  llmservingsim,  ///< JSONL
  dynamo,         ///< JSONL: request traces of Dynamo's recorder
  columns,        ///< CSV or JSONL, whose columns TraceOptions names
};
/// The names of formats, as options and scenarios have them.
inline constexpr EnumNames<TraceFormat, 13> kTraceFormatNames = {{{
    {TraceFormat::automatic, "automatic"},
    {TraceFormat::ours, "ours"},
    {TraceFormat::mooncake, "mooncake"},
    {TraceFormat::sessions, "sessions"},
    {TraceFormat::azure, "azure"},
    {TraceFormat::burstgpt, "burstgpt"},
    {TraceFormat::bailian, "bailian"},
    {TraceFormat::vidur, "vidur"},
    {TraceFormat::splitwise, "splitwise"},
    {TraceFormat::blis, "blis"},
    {TraceFormat::llmservingsim, "llmservingsim"},
    {TraceFormat::dynamo, "dynamo"},
    {TraceFormat::columns, "columns"},
}}};

/// The treatment of a row that is wrong: an error, or left out.
enum class BadRows : std::uint8_t { refuse, skip };

/// The contents of a later turn of a session. `whole`: it holds the whole context. `delta`: it
/// holds only what is new in it, behind the prompt before and its answer.
enum class Turns : std::uint8_t { whole, delta };
inline constexpr EnumNames<Turns, 2> kTurnsNames = {
    {{{Turns::whole, "whole"}, {Turns::delta, "delta"}}}};

/// The arrival of a later turn whose row gives a timestamp and no delay. `closed`: it arrives when
/// the turn before has ended and the time between their timestamps has passed. `open`: it arrives
/// at its timestamp.
enum class SessionArrivals : std::uint8_t { closed, open };
inline constexpr EnumNames<SessionArrivals, 2> kSessionArrivalsNames = {
    {{{SessionArrivals::closed, "closed"}, {SessionArrivals::open, "open"}}}};

/// The moment that times of sub-agents in agentic sessions count from. `relative`: it is their
/// marker. `absolute`: it is the start of the session. `automatic` decides once for all sessions:
/// it is `relative` if the times of one can be understood in no other way, or if there are no
/// markers.
enum class SubAgentTimes : std::uint8_t { automatic, relative, absolute };
inline constexpr EnumNames<SubAgentTimes, 3> kSubAgentTimesNames = {
    {{{SubAgentTimes::automatic, "auto"},
      {SubAgentTimes::relative, "relative"},
      {SubAgentTimes::absolute, "absolute"}}}};

/// The unit of times; `automatic` is the format's own.
enum class TraceUnit : std::uint8_t { automatic, s, ms, us, ns };
inline constexpr EnumNames<TraceUnit, 5> kTraceUnitNames = {{{{TraceUnit::automatic, "auto"},
                                                              {TraceUnit::s, "s"},
                                                              {TraceUnit::ms, "ms"},
                                                              {TraceUnit::us, "us"},
                                                              {TraceUnit::ns, "ns"}}}};

/// The reading of a trace, where its file leaves something open or gets it wrong.
struct TraceOptions {
  TraceFormat format = TraceFormat::automatic;
  BadRows bad_rows = BadRows::refuse;
  std::string columns{};           ///< "arrival=A,input=B,output=C,unit=s"; empty: by the format
  std::uint32_t block_tokens = 0;  ///< tokens of a block of ids; 0: what the file fits
  TraceUnit unit = TraceUnit::automatic;
  Turns turns = Turns::whole;
  SessionArrivals sessions = SessionArrivals::closed;
  SubAgentTimes sub_agents = SubAgentTimes::automatic;
  std::uint64_t output_tokens = 0;  ///< of a row that does not say; 0: such a row is wrong
  /// The time from the start of one session to the start of the next, in the format `sessions`,
  /// which does not record starts.
  Time session_gap{0};

  bool operator==(const TraceOptions&) const = default;
};

}  // namespace splitbench
