#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "reports/histogram.hpp"
#include "workloads/enum_names.hpp"
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
inline constexpr EnumNames<Better, 3> kBetterNames = {{{
    {Better::neither, "neither"},
    {Better::lower, "lower"},
    {Better::higher, "higher"},
}}};

/// What a figure is, in base units: "s", "bytes", "bytes/s", "bit/s", "1/s", "ratio", "share" (of
/// 1), "count".
struct Column {
  std::string key;
  std::string title;
  std::string unit;
  Better better = Better::neither;

  bool operator==(const Column&) const = default;
};

/// The figures of one arm, of a sweep at one point. A figure that cannot be stood behind is absent,
/// never zero or NaN.
struct Row {
  std::map<std::string, std::string> axes;  ///< "arm" and, of a sweep, what was varied
  std::map<std::string, double> values;     ///< by Column::key
  /// half the range of the repeats' own figures; empty for one repeat
  std::map<std::string, double> spread;
  /// half the width of the 95% confidence interval of their mean, by Student's t; empty likewise
  std::map<std::string, double> ci95;
  std::string status;   ///< "ok", or the worst of its requests' statuses, or "invalid" when a
                        ///< self-check failed; of a point without a result "failed"
  std::string verdict;  ///< "stable", "backlogged" or "overloaded" (verdict.hpp); empty: no request
  std::string folder;   ///< of a sweep: "points/007", where the point's own result lies

  bool operator==(const Row&) const = default;
};

/// What a sweep varied: a key of the scenario and its values, in the order in which they were
/// given.
struct Axis {
  struct Value {
    std::string text;              ///< as rows have it: "25 Gbit/s"
    std::optional<double> number;  ///< in base units, where it is a quantity

    bool operator==(const Value&) const = default;
  };

  std::string key;   ///< "link.bandwidth"
  std::string unit;  ///< of the numbers, as Column::unit; empty where there are none
  std::vector<Value> values;

  bool operator==(const Axis&) const = default;
};

/// How a run went while it lasted: the first repeat, warm-up included, in bins of equal length.
struct Series {
  Time begin{0};                  ///< of the first bin, from the start of the run
  Time bin{0};                    ///< length of each
  std::vector<double> waiting;    ///< requests that arrived and are not yet in prefill: the mean
  std::vector<double> link_rate;  ///< bit/s, each transfer's bytes spread over its time on the wire
  std::vector<double> throughput;  ///< requests completed, 1/s

  bool operator==(const Series&) const = default;
};

/// How the codec fared along the requests while what they carry drifted: of a run the first repeat.
struct DriftSeries {
  /// One request, or the mean of some that follow each other. A figure is absent where there is
  /// none.
  struct Point {
    std::uint64_t request = 0;  ///< number of the first
    double drift = 0;           ///< 0 to 1
    std::optional<double> ratio, ideal_ratio, escape_rate;
    std::optional<double> transfer, ttft;  ///< s

    bool operator==(const Point&) const = default;
  };
  struct Change {
    std::uint64_t request = 0;    ///< after which
    std::uint64_t codebooks = 0;  ///< that were replaced then

    bool operator==(const Change&) const = default;
  };

  std::map<std::string, std::string> axes;  ///< of the row that it belongs to
  std::vector<Point> points;
  std::vector<Change> changes;

  bool operator==(const DriftSeries&) const = default;
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
  std::vector<Axis> axes;  ///< of a sweep; a single run has none
  /// Of measured and of warm-up requests. Of a sweep, these and what follows lie with its points.
  std::vector<RunIncident> incidents;
  /// By arm and Latency::key, all repeats together; and by arm.
  std::map<std::string, std::map<std::string, Histogram>> histograms;
  std::map<std::string, Series> series;
  std::vector<DriftSeries> drift;  ///< in the order of the rows; empty where nothing drifted

  bool operator==(const Report&) const = default;
};

}  // namespace splitbench
