#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "reports/histogram.hpp"
#include "workloads/enum_names.hpp"
#include "workloads/statistics.hpp"
#include "workloads/timeline.hpp"

namespace splitbench {

/// Bounds on the latencies of a request that counts as served well; they are inclusive, and one
/// that is absent always holds.
struct Slo {
  std::optional<Time> ttft, tpot, e2el;

  bool operator==(const Slo&) const = default;
};

/// The description of what was run, and whether its figures are valid. Facts of the wall clock
/// (host, start, commit) are not here: the report of a virtual run is byte-identical for a seed.
struct ReportMeta {
  std::string scenario;
  std::uint64_t seed = 0;
  std::vector<std::uint64_t> seeds;  ///< from which the repeats' loads were drawn; empty if unknown
  bool random = true;   ///< repeats differ by seed; false: in virtual time one says everything
  std::string time;     ///< "real" or "virtual"
  std::string backend;  ///< "cpu" or "cuda"; the hardware profile's name in a virtual run
  std::string model;
  std::string kv_dtype;  ///< "bf16", "fp8_e5m2" or "fp8_e4m3"
  std::string kv;  ///< where the KV comes from: "profile llm", "dump cache.bf16"; empty if unknown
  std::string workers;                   ///< "4 prefill, 4 decode workers"; empty if unknown
  std::optional<double> link_bandwidth;  ///< bit/s; absent if it changes during a run
  std::optional<double> link_capacity;   ///< bit/s that all NICs together can carry; likewise
  Time link_latency{0};                  ///< one-way latency
  /// True if compute, codec and wire of a request overlap (pipeline: on), false if they follow one
  /// another; absent where reports do not say, or a sweep's points differ.
  std::optional<bool> overlap;
  /// The transport with its options: "tcp cubic, TCP_NODELAY, 1 stream, payload hash on, shaped by
  /// the receiver"; empty in virtual time.
  std::string transport;
  bool gpu_shared = false;  ///< prefill and decode worker shared a GPU
  /// The arms whose speeds and ratio the scenario declares, and nobody has measured.
  std::vector<std::string> declared_arms;
  std::string verify;               ///< "deferred", "inline" or "off"
  std::optional<Time> verify_cost;  ///< mean time of one transfer's digests, both ends together
  Slo slo;
  /// The share of requests that must meet the SLO for a rate to pass, in a search for the highest.
  std::optional<double> slo_target;
  std::uint64_t repeats = 0;  ///< most repeats of an arm; counted by summarize
  bool valid = true;          ///< false: a latency or a rate is not valid; warnings say why
  std::vector<std::string> warnings;

  bool operator==(const ReportMeta&) const = default;
};

enum class Better : std::uint8_t { neither, lower, higher };
inline constexpr EnumNames<Better, 3> kBetterNames = {{{
    {Better::neither, "neither"},
    {Better::lower, "lower"},
    {Better::higher, "higher"},
}}};

/// A kind of figure. Its unit is a base unit: "s", "bytes", "bytes/s", "bit/s", "1/s", "ratio",
/// "share" (of 1), "count".
struct Column {
  std::string key;
  std::string title;
  std::string unit;
  Better better = Better::neither;

  bool operator==(const Column&) const = default;
};

/// The figures of one arm; in a sweep, at one point. All are in base units. A figure without a
/// value is absent, never zero or NaN.
struct Row {
  std::map<std::string, std::string> axes;  ///< "arm" and, in a sweep, each axis's key
  std::map<std::string, double> values;     ///< figures by Column::key
  /// Half the range of the repeats' own figures; empty for one repeat.
  std::map<std::string, double> spread;
  /// Half the width of the 95% confidence interval of the repeats' mean, by Student's t; empty for
  /// one repeat.
  std::map<std::string, double> ci95;
  /// The repeats' own figures in their order, of columns that are better low or high; empty for one
  /// repeat. Repeats of the same number in two rows served the same requests.
  std::map<std::string, std::vector<double>> repeats;
  /// The 95% intervals of the percentiles of one repeat, by quantile_interval(); empty for several.
  std::map<std::string, Interval> quantile_ci95;
  /// The figures that are not valid by Column::key, each with the cause: "intrusion 2.70%, valid
  /// up to 1%".
  std::map<std::string, std::string> invalid;
  std::string status;  ///< "ok", the worst of its requests' statuses, or "invalid" if a latency or
                       ///< a rate is not valid; "failed" for a point without a result
  std::string
      verdict;  ///< "stable", "backlogged" or "overloaded" (verdict.hpp); empty without requests
  std::string folder;  ///< folder of a sweep point's own result: "points/007"

  /// Returns whether this row's figure of a column may be used. A row that has lost requests or is
  /// not valid, and does not say which figures are concerned, has none that may.
  bool is_valid(const std::string& key) const {
    return invalid.empty() ? status == "ok" || status == "cancelled" : !invalid.contains(key);
  }

  bool operator==(const Row&) const = default;
};

/// An axis of a sweep: a key of the scenario and its values in the order in which they were given.
struct Axis {
  struct Value {
    std::string text;              ///< text that rows have: "25 Gbit/s"
    std::optional<double> number;  ///< base units; absent if it is not a quantity

    bool operator==(const Value&) const = default;
  };

  std::string key;   ///< "link.bandwidth"
  std::string unit;  ///< unit of the numbers, as Column::unit; empty if there are none
  std::vector<Value> values;

  bool operator==(const Axis&) const = default;
};

/// The course of a run in bins of equal length: the first repeat, warm-up included.
struct Series {
  Time begin{0};                ///< begin of the first bin, from the start of the run
  Time bin{0};                  ///< length of each bin
  std::vector<double> waiting;  ///< mean number of requests that arrived and are not yet in prefill
  std::vector<double>
      link_rate;  ///< bit/s; each transfer's bytes are spread over its time on the wire
  std::vector<double> throughput;  ///< requests completed per second

  bool operator==(const Series&) const = default;
};

/// The codec's results along the requests while their KV drifted; those of a run are from its first
/// repeat.
struct DriftSeries {
  /// One request, or the mean of several consecutive ones. A figure without a value is absent.
  struct Point {
    std::uint64_t request = 0;  ///< number of the first request
    double drift = 0;           ///< 0 to 1
    std::optional<double> ratio, ideal_ratio, escape_rate;
    std::optional<double> transfer, ttft;  ///< seconds

    bool operator==(const Point&) const = default;
  };
  struct Change {
    std::uint64_t request = 0;    ///< request after which codebooks were replaced
    std::uint64_t codebooks = 0;  ///< number of codebooks replaced

    bool operator==(const Change&) const = default;
  };

  std::map<std::string, std::string> axes;  ///< axes of the row that it belongs to
  std::vector<Point> points;
  std::vector<Change> changes;

  bool operator==(const DriftSeries&) const = default;
};

/// A trial of a search for the highest rate within the SLOs.
struct RateTrial {
  std::map<std::string, std::string> axes;  ///< axes of the row that the search gave
  double rate = 0;                          ///< requests per second
  double slo_attainment = 0;                ///< share of 1

  bool operator==(const RateTrial&) const = default;
};

/// An incident of one run: something that went wrong, and its outcome.
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
  std::vector<Axis> axes;  ///< axes of a sweep; empty for a single run
  /// Incidents of measured and of warm-up requests. In the report of aggregate(), these and the
  /// members below are empty: they lie with the sweep's points.
  std::vector<RunIncident> incidents;
  /// Histograms by arm and Latency::key, all repeats together, and series by arm.
  std::map<std::string, std::map<std::string, Histogram>> histograms;
  std::map<std::string, Series> series;
  std::vector<DriftSeries> drift;  ///< ordered as the rows; empty if nothing drifted
  std::vector<RateTrial> trials;   ///< by search, in order of rates; of a search alone

  bool operator==(const Report&) const = default;
};

}  // namespace splitbench
