#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "sim/bench/codec/codec_bench.hpp"
#include "workers/plan/hardware.hpp"

namespace splitbench {

/// What so many bytes took.
struct SizedTime {
  double bytes;
  double seconds;
};

/// A rate, and what a call costs however short it is.
struct Speed {
  double rate;       ///< bytes/s
  double call;       ///< seconds, never below zero
  double deviation;  ///< of the time that lies farthest from it, as a share of that time
};

/// The speed that relatively comes closest to the times of several sizes, by least squares.
Speed fit_speed(std::span<const SizedTime>);

/// The same where the cost of a call is known.
Speed fit_rate(std::span<const SizedTime>, double call);

// What this machine can do, measured: `splitbench calibrate`.

/// A line of the table.
struct Figure {
  std::string what;
  std::string value;
  double spread;
};

/// A hardware profile, as far as it has been measured, and what it is made of.
struct Calibration {
  HardwareProfile hardware;
  std::string device;  ///< and its driver
  std::vector<Figure> figures;
};

/// Of a profile and of the table: no more digits than a measurement has.
double rounded(double value);

/// Adds a line to the table: bytes in a time, as a rate, which it returns rounded; or a rate and
/// what a call costs beside it.
double add_rate(Calibration&, std::string what, std::uint64_t bytes, const BenchTime&);
void add_speed(Calibration&, std::string what, double rate, double call, double spread);

/// Measures one thread of the CPU, or the current device and, if there is one, the way to the next.
void calibrate_cpu(Calibration&);
void calibrate_cuda(Calibration&);

/// What is coded at once: `tensors` of `tensor_bytes`.
struct CodecSize {
  std::uint64_t tensor_bytes;
  std::uint32_t tensors;
};

/// The cases that a codec is measured in, and what all of them have in common.
struct CodecCases {
  BenchCase shared;
  std::span<const CodecSize> sizes;
};

/// Adds the rates of every codec that this program has for the device, by element type, on elements
/// with the exponents of the `llm` profile, and the ratio of foreign ones. `bench` is a backend's.
/// Times are those of one tensor. Foreign codecs are slower by far, and so have cases of their own.
void calibrate_codecs(Calibration&, BenchRow (*bench)(const BenchElements&, const BenchCase&),
                      const CodecCases& ours, const CodecCases& foreign);

/// `splitbench calibrate`. Returns the exit code. Throws InputError for a wrong command line.
int calibrate_command(std::span<const std::string> arguments);

}  // namespace splitbench
