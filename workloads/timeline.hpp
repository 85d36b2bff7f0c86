#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "workloads/at_most.hpp"
#include "workloads/enum_names.hpp"
#include "workloads/request.hpp"
#include "workloads/token_gaps.hpp"

namespace splitbench {

/// The stages of a request before its first token. Their order is the order in which an instant
/// that belongs to several is given to one of them (the partition); the last three are waiting, and
/// never appear as spans.
enum class Stage : std::uint8_t {
  prefill_compute,
  xfer_wire,
  encode,
  decode_codec,
  verify,
  kv_install,
  xfer_prep,
  xfer_queue,
  first_decode_step,
  client_queue,
  prefill_queue,
  decode_queue,
};
inline constexpr std::size_t kStages = 12;
inline constexpr std::size_t kActiveStages = 9;
inline constexpr std::array<std::string_view, kStages> kStageNames = {
    "prefill_compute", "xfer_wire",   "encode",     "decode_codec",      "verify",
    "kv_install",      "xfer_prep",   "xfer_queue", "first_decode_step", "client_queue",
    "prefill_queue",   "decode_queue"};

/// A time in which a stage was active: [begin, end).
struct Span {
  Stage stage;
  Time begin;
  Time end;

  bool operator==(const Span&) const = default;
};

/// The most stages that one piece of a worker's work passes.
inline constexpr std::size_t kMostStages = 2;
/// The times in which the stages of one piece of work were active, in their order.
using StageSpans = AtMost<Span, kMostStages>;

enum class Status : std::uint8_t { ok, failed, cancelled, unfinished };
inline constexpr EnumNames<Status, 4> kStatusNames = {{{
    {Status::ok, "ok"},
    {Status::failed, "failed"},
    {Status::cancelled, "cancelled"},
    {Status::unfinished, "unfinished"},
}}};

/// The time of one request, divided among its stages.
struct Partition {
  std::array<Time, kStages> part{};  ///< indexed by Stage; sums to ttft exactly
  /// The time that a stage was active while another one was charged, indexed by Stage.
  std::array<Time, kActiveStages> hidden{};
  Time transfer{0};  ///< first encode (raw: first copy) to last install, idle gaps left out
  /// The part of ttft that is charged to stages of the transfer from its beginning on. Time in
  /// xfer_queue before that is charged, too (`part`), but not counted here.
  Time exposed_transfer{0};
  Time ttft{0};              ///< first token - arrival
  std::optional<Time> ttst;  ///< second token - arrival; none for a single token
  /// The time per output token: (e2el - ttft) / (output tokens - 1), rounded; none for a single
  /// token.
  std::optional<Time> tpot;
  Time e2el{0};  ///< last token - arrival

  bool operator==(const Partition&) const = default;
};

/// The sums of a completed request's spans, by which reports do without the spans themselves: a
/// long prompt has thousands of them.
struct SpanSums {
  Partition partition;
  std::array<Time, kActiveStages> active{};  ///< lengths of all spans of a stage, indexed by Stage
  std::optional<Time> first_step_begin;
  bool in_order = true;  ///< false if a span ended before it began
};

/// The record of one request in a run. Every latency of every report comes from here. Moments that
/// were not reached are zero; only a timeline whose status is ok is complete.
struct Timeline {
  Request request;
  std::string arm;
  int repeat = 0;
  bool warmup = false;
  Status status = Status::unfinished;
  std::string failure;  ///< reason why it is not ok: the worker, the stage, the text of the error
  std::uint32_t retries = 0;  ///< attempts that a fault undid; the stamps are the last attempt's

  std::uint64_t transfer = 0;  ///< the job that carried its KV; a batch shares one
  int prefill_worker = -1;
  int decode_worker = -1;

  Time arrival{0};  ///< intended arrival: in a closed loop, the moment its client was free to ask
  Time dispatched{0};     ///< it left the client's side and entered the prefill queue
  Time prefill_begin{0};  ///< the prefill worker took it up
  Time first_token{0};    ///< it left the decode worker
  Time last_token{0};
  std::vector<Span> spans;       ///< in no order; they may overlap; empty if only sums are kept
  std::optional<SpanSums> sums;  ///< set once the request is completed: its spans are final
  TokenGaps token_gaps;          ///< between consecutive tokens: output_tokens - 1 of them

  std::uint64_t prefill_cached_tokens = 0;
  std::uint64_t decode_resident_tokens = 0;
  std::uint64_t raw_bytes = 0;     ///< size of this request's KV
  std::uint64_t wire_bytes = 0;    ///< its share, by raw bytes, of its transfer as sent
  std::uint64_t escapes = 0;       ///< its share, by raw bytes, of its transfer's escapes
  std::uint64_t stored_bytes = 0;  ///< its share of raw bytes that travelled in stored frames
  std::uint64_t ideal_bytes = 0;   ///< frames with the best codebooks for these very elements
  double drift = 0;                ///< drift of its KV, 0 to 1
  std::uint64_t kv_hash = 0;       ///< digest of the raw KV, as the producer saw it
  bool verified = false;           ///< true if the consumer's digest was the same
};

/// The KV of one job on its way from a prefill to a decode worker.
struct Transfer {
  std::uint64_t id = 0;
  std::vector<std::uint64_t> requests;
  std::string arm;
  int repeat = 0;
  bool warmup = false;
  std::uint64_t raw_bytes = 0;
  std::uint64_t wire_bytes = 0;
  std::uint64_t elements = 0;
  std::uint64_t escapes = 0;
  Time ready{0};    ///< first encode (raw: first copy) began
  Time start{0};    ///< first byte on the wire
  Time end{0};      ///< last byte delivered
  Time applied{0};  ///< last chunk installed in the decode worker's KV pool
  /// The time from the last chunk of the first shard of the cache to that of the last.
  Time shards_apart{0};
  bool verified = false;
};

/// The event that a prefill worker gave the tensors of a scope another codebook.
struct CodebookChange {
  std::uint32_t scope = 0;  ///< number of a tensor, of a layer, of a class, or 0
  std::uint64_t job = 0;    ///< Transfer::id of the job after which it changed
  std::uint32_t prefill_worker = 0;

  bool operator==(const CodebookChange&) const = default;
};

/// A fault in a run, injected or not. Moments count from the start of the run.
struct Incident {
  std::string fault;   ///< name in the scenario; empty if it was not injected
  std::string target;  ///< "decode worker 0", "prefill worker 0 -> decode worker 1"
  std::optional<Time> injected;
  std::optional<Time> detected;   ///< none if it did no harm
  std::optional<Time> recovered;  ///< all that it took down is up, and every request is through
  std::string seen;               ///< description of what was noticed
  std::uint64_t retried = 0;      ///< requests sent again
  std::uint64_t lost = 0;         ///< requests given up

  bool operator==(const Incident&) const = default;
};

/// The record of one run (one arm, one repeat).
struct RunRecord {
  std::string arm;
  int repeat = 0;
  Time duration{0};  ///< first arrival to last token
  std::vector<Timeline> timelines;
  std::vector<Transfer> transfers;
  std::vector<Incident> incidents;
  std::vector<CodebookChange> codebook_changes;  ///< in the order in which workers reported them
  std::string failure;                           ///< reason why the run ended early, or empty
};

/// An estimate with its 95% confidence interval.
struct Estimate {
  double value = 0;
  double error = 0;  ///< half the width of the interval; NaN if it is unknown

  bool operator==(const Estimate&) const = default;
};

/// Facts about the measurement itself, which decide which figures are valid. Shares, not percent.
struct SelfCheck {
  std::string arm;
  /// The wall time of transfers over the replay of their stage times, minus 1.
  double intrusion = 0;
  double sender_intrusion = 0;    ///< part of it until chunks were offered to the wire
  double receiver_intrusion = 0;  ///< part of it after the wire had carried them
  double intrusion_time = 0;      ///< the same in seconds, the mean of a transfer
  /// The time of encode, and of decode, in all runs of the arm over that alone, minus 1; below 0 if
  /// it was shorter.
  Estimate encode_inflation, decode_inflation;
  /// True if stages took longer on purpose: other work competed for the devices, or elements
  /// drifted.
  bool loaded = false;
  /// True if the computing of prefill and of decode competed for one GPU, which no disaggregated
  /// serving has.
  bool computing_shared = false;
  double link_rate_achieved = 0;    ///< bit/s: wire bytes over busy wire time
  double link_rate_configured = 0;  ///< bit/s
  /// The share of chunks that the receiver handed on later than the wire had them there, by more
  /// than a hundredth of their transfer's time; NaN for a wire without a limit.
  double late_arrivals = 0;
  Time lateness_p99{0};  ///< hand-over of a chunk after the moment the link model named
  Time clock_error{0};   ///< largest possible error of a device's stamp against the host's clock
  /// Processor cores that programs other than this run's kept busy, and that the hypervisor gave to
  /// other machines; the mean of the run, or of a probe if that is more.
  double other_load = 0, stolen = 0;
};

}  // namespace splitbench
