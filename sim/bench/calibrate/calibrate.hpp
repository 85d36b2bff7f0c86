#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "configs/scenario.hpp"
#include "sim/bench/codec/codec_bench.hpp"
#include "workers/plan/hardware.hpp"

namespace splitbench {

/// The seconds that so many bytes took.
struct SizedTime {
  double bytes;
  double seconds;
};

/// A rate, and the cost of a call however short it is.
struct Speed {
  double rate;       ///< bytes/s
  double call;       ///< seconds, never below zero
  double deviation;  ///< largest distance of a measured time from it, as a share of that time
};

/// Returns the speed that is relatively closest to the times of several sizes, by least squares.
Speed fit_speed(std::span<const SizedTime>);

/// Returns the cost of a call, of which profiles have one for both directions. Our codecs cost the
/// same either way, so the mean counts; of a baseline the cheaper call counts. It is less than any
/// time that was measured, however much the times scatter.
double call_of(std::span<const SizedTime> encode, std::span<const SizedTime> decode, bool is_ours);

/// Returns the speed that is closest if a call is known to cost `call` seconds, which is less than
/// any of the times.
Speed fit_rate(std::span<const SizedTime>, double call);

// The measurement of this machine: `splitbench calibrate`.

/// A line of the table; `spread` is a share of the value.
struct Figure {
  std::string what;
  std::string value;
  double spread;
};

/// A hardware profile, as far as it has been measured, and the figures behind it.
struct Calibration {
  HardwareProfile hardware;
  std::string device;  ///< name of the device, with its driver
  std::vector<Figure> figures;
};

/// Returns a value with four digits, for profiles and the table: a measurement has no more.
double rounded(double value);

/// Adds a line to the table: add_rate the rate of `bytes` in a time, which it returns rounded, in
/// bytes/s; add_speed a rate in bytes/s, and the seconds that a call costs beside it.
double add_rate(Calibration&, std::string what, std::uint64_t bytes, const BenchTime&);
void add_speed(Calibration&, std::string what, double rate, double call, double spread);

/// The size of a call, and the number of calls that are measured at once, one after the other on
/// other bytes, so that caches do not help the small ones.
struct CodecSize {
  std::uint64_t bytes;
  std::uint32_t calls = 1;
};

/// The cases that a codec is measured in, and what all of them have in common: each size with each
/// number of tensors, of which one is 1. The sizes and numbers are not owned.
struct CodecCases {
  BenchCase shared;
  std::span<const CodecSize> sizes;
  std::span<const std::uint32_t> tensors = kOneTensor;

  static constexpr std::uint32_t kOneTensor[] = {1};
};

/// Measures a case on a backend: bench_on_cpu or bench_on_cuda.
using BenchOn = BenchRow (*)(const BenchElements&, const BenchCase&);

/// Returns the cases of other people's codecs, which are slower by far than ours, on one thread of
/// the CPU or on the current device. They live as long as the program.
CodecCases foreign_cases_of_cpu();
CodecCases foreign_cases_of_cuda();

/// Measures one thread of the CPU, or the current device and, if there is one, the way to the next.
/// Fills in the profile and adds lines to the table.
void calibrate_cpu(Calibration&);
void calibrate_cuda(Calibration&);

/// Returns elements of a type for codecs to be measured on: with the exponents of the `llm`
/// profile.
BenchElements calibration_elements(ElementType);

/// The size of the parts of run_elements().
inline constexpr std::uint64_t kRunPartBytes = 256 << 10;

/// Returns elements for codecs to be measured on: KV that a run of the scenario moves, of up to 16
/// of its layers. On a GPU they are one piece of parts of kRunPartBytes from each tensor in turn;
/// on the CPU each tensor is a piece of four parts. Throws InputError as KvSource::load() does.
BenchElements run_elements(const Scenario&, bool cuda);

/// Returns the rates of one codec, the calls behind them, and the ratio of one that is not ours.
/// The line through the times is that of one tensor. Adds lines to the table.
CodecRates calibrate_codec(Calibration&, BenchOn, const ListedCodec&, const BenchElements&,
                           const CodecCases&);

/// Adds the rates of every codec that this program has for the device, by element type, on elements
/// with the exponents of the `llm` profile, and the ratio of baselines.
void calibrate_codecs(Calibration&, BenchOn, const CodecCases& ours, const CodecCases& foreign);

/// Runs `splitbench calibrate` and returns the exit code. Throws InputError for a wrong command
/// line.
int calibrate_command(std::span<const std::string> arguments);

}  // namespace splitbench
