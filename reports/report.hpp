#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "workloads/timeline.hpp"

namespace splitbench {

/// The latest that a request may be and still count as served well; bounds are inclusive.
struct Slo {
  std::optional<Time> ttft, tpot, e2el;

  bool operator==(const Slo&) const = default;
};

/// What was run, and whether its figures can be stood behind. Facts of the wall clock (host, start,
/// commit) are not here: the report of a virtual run is byte-identical for a seed.
struct ReportMeta {
  std::string scenario;
  std::uint64_t seed = 0;
  std::string time;     ///< "real" or "virtual"
  std::string backend;  ///< "cpu" or "cuda"; of a virtual run the hardware profile's name
  std::string model;
  std::string kv_dtype;                  ///< "bf16", "fp8_e5m2" or "fp8_e4m3"
  std::optional<double> link_bandwidth;  ///< bit/s; nothing where it changes in a run
  Time link_latency{0};                  ///< one way
  /// How the bytes went: "tcp cubic, TCP_NODELAY, 1 stream, payload hash, shaped by the receiver";
  /// empty in virtual time.
  std::string transport;
  bool gpu_shared = false;          ///< prefill and decode worker took turns on one GPU
  std::string verify;               ///< "deferred", "inline" or "off"
  std::optional<Time> verify_cost;  ///< mean time of one transfer's digests, both ends together
  Slo slo;
  std::uint64_t repeats = 0;  ///< of the arm that has most; counted by summarize
  bool valid = true;          ///< false: a self-check failed; warnings say which
  std::vector<std::string> warnings;

  bool operator==(const ReportMeta&) const = default;
};

enum class Better : std::uint8_t { neither, lower, higher };

/// What a figure is, in base units: "s", "bytes", "bit/s", "1/s", "ratio", "share" (of 1), "count".
struct Column {
  std::string key;
  std::string title;
  std::string unit;
  Better better = Better::neither;

  bool operator==(const Column&) const = default;
};

/// The figures of one arm. A figure that cannot be stood behind is absent, never zero or NaN.
struct Row {
  std::map<std::string, std::string> axes;  ///< "arm" and, of a sweep, what was varied
  std::map<std::string, double> values;     ///< by Column::key
  /// half the range of the repeats' own figures; empty for one repeat
  std::map<std::string, double> spread;
  std::string status;  ///< "ok", or the worst of its requests' statuses, or "invalid" when a
                       ///< self-check failed

  bool operator==(const Row&) const = default;
};

/// What went wrong in one run, and what became of it.
struct RunIncident {
  std::string arm;
  std::uint64_t repeat = 0;
  Incident incident;

  bool operator==(const RunIncident&) const = default;
};

/// The one stored form of a result; every table and file is made from it.
struct Report {
  ReportMeta meta;
  std::vector<Column> columns;
  std::vector<Row> rows;
  std::vector<RunIncident> incidents;  ///< of measured and of warm-up requests

  bool operator==(const Report&) const = default;
};

}  // namespace splitbench
