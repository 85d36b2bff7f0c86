#include "sim/bench/link/link_bench_options.hpp"

#include <algorithm>
#include <asio/ip/address_v4.hpp>
#include <boost/algorithm/string.hpp>
#include <filesystem>
#include <fmt/format.h>
#include <string_view>
#include <thread>
#include <utility>

#include "configs/reader/quantity.hpp"
#include "network/real_loop.hpp"
#include "sim/cli/command_line.hpp"
#include "sim/cli/verb_options.hpp"
#include "workloads/input_error.hpp"

namespace splitbench {
namespace {

constexpr VerbHelp kHelp{
    .examples = R"(splitbench link bench
splitbench link bench --bandwidth '10 Gbit/s' --bytes '1 MiB,16 MiB' --repeats 20
splitbench link bench --bandwidth '10 Gbit/s' --bytes '16 MiB' --flows 1,2,3 --format json
splitbench link bench --pacing '5 Gbit/s' --bytes '64 MiB'
splitbench link bench --cost
)",
    .about = "Times transfers between processes, through the product's sender and receiver.",
    .notes =
        R"(The ideal of a transfer is its bytes at the rate, plus the latency; several flows share the rate.
Its error runs from the first chunk's offer to the last one's handing on, by the host's one clock.
A transfer is not valid when a chunk landed behind the moment that the link named for it: then the
host did not keep up. Rows with more than 2% of such transfers are not valid.
)"};

constexpr std::string_view kBandwidths = "0.1 Gbit/s,1 Gbit/s,5 Gbit/s,10 Gbit/s,25 Gbit/s",
                           kSizes = "1 MiB,16 MiB,256 MiB", kCostBytes = "4 GiB", kFlows = "1",
                           kLatency = "0 us", kRepeats = "100", kCostRepeats = "7";

/// The words of a command line, not yet checked. An option that --cost does not go with is empty
/// unless it was given.
struct Words {
  std::string bandwidths, pacing, sizes, flows, latency, repeats, sender_namespace,
      receiver_namespace;
  std::string transport = "tcp", streams = "1", payload_hash = "off", bulk_threads,
              shaping = "receiver", address = "127.0.0.1", format = "table";
  bool cost = false;
};

void declare(Words& given, VerbOptions& options) {
  const auto otherwise = [](const char* what, std::string_view fallback) {
    return fmt::format("{}; else {}", what, fallback);
  };
  options.value("bandwidth", "LIST", given.bandwidths,
                otherwise("rates of the link, or unlimited", kBandwidths));
  options.value("bytes", "LIST", given.sizes,
                otherwise("bytes of each flow's transfer, message headers included", kSizes));
  options.value("flows", "LIST", given.flows,
                otherwise("senders that transfer at once into one receiver", kFlows));
  options.value("latency", "TIME", given.latency, otherwise("latency, one way", kLatency));
  options.word("transport", "WORD", given.transport, {"tcp"});
  options.value("streams", "N", given.streams, "connections of a flow");
  options.word("payload-hash", "WORD", given.payload_hash, {"on", "off"}, "hash each chunk");
  options.word("bulk-threads", "WORD", given.bulk_threads, {"on", "off"},
               "a thread for each connection's chunks; on where there are 8 cores");
  options.word("shaping", "WORD", given.shaping, {"receiver", "sender"});
  options.value("repeats", "N", given.repeats,
                otherwise("timed repeats, after some that are not; of transfers above a second at "
                          "most 5",
                          kRepeats));
  options.flag("cost", given.cost,
               "measure bytes a CPU second instead, beside a bare send and receive loop and asio's "
               "own reading and writing; --bytes are then of each round, else 4 GiB, and --repeats "
               "the rounds, else 7");
  options.word("format", "FORMAT", given.format, {"table", "json"});
  options.value("pacing", "LIST", given.pacing,
                "a cross-check with the kernel: it paces the senders' sockets to these rates, and "
                "the link is unlimited");
  options.value("sender-namespace", "NAME", given.sender_namespace,
                "network namespace of the senders, by /run/netns (needs root)");
  options.value("receiver-namespace", "NAME", given.receiver_namespace,
                "network namespace of the receiver");
  options.value("address", "ADDRESS", given.address, "IPv4 address where the receiver listens");
}

[[noreturn]] void refuse(std::string_view option, std::string_view given,
                         std::string_view expected) {
  throw InputError(fmt::format("link bench: {} '{}', expected {}", option, given, expected));
}

/// Parses a quantity; the message on a bad one names the option.
template <typename Parse>
auto quantity(std::string_view option, const std::string& given, Parse parse) {
  try {
    return parse(given);
  } catch (const BadQuantity& bad) {
    throw InputError(fmt::format("link bench: {} {}", option, bad.what()));
  }
}

std::uint64_t rate(std::string_view option, const std::string& given) {
  constexpr std::uint64_t kLeast = 1000, kMost = 100'000'000'000'000;
  const std::uint64_t value = quantity(option, given, parse_bandwidth);
  if (value < kLeast || value > kMost) refuse(option, given, "1 kbit/s to 100 Tbit/s");
  return value;
}

std::uint64_t size(const std::string& given) {
  constexpr std::uint64_t kLeast = 4096, kMost = std::uint64_t{1} << 40;
  const std::uint64_t value = quantity("--bytes", given, parse_bytes);
  if (value < kLeast || value > kMost) refuse("--bytes", given, "4 KiB to 1 TiB");
  return value;
}

std::uint32_t number(std::string_view option, const std::string& given, std::uint64_t most) {
  const std::uint64_t value = quantity(option, given, parse_count);
  if (value < 1 || value > most) refuse(option, given, fmt::format("1 to {}", most));
  return static_cast<std::uint32_t>(value);
}

std::string network_namespace(std::string_view option, const std::string& given) {
  if (given.empty()) return given;
  if (given.find('/') != std::string::npos || !std::filesystem::exists("/run/netns/" + given))
    refuse(option, given, "the name of a network namespace");
  return given;
}

std::string listening_address(const std::string& given) {
  std::error_code error;
  asio::ip::make_address_v4(given, error);
  if (error) refuse("--address", given, "an IPv4 address");
  return given;
}

/// Returns how long waiters spin: only if each process can have a core, so that a spin keeps nobody
/// else waiting.
Time spin_of(std::uint32_t flows) {
  return std::thread::hardware_concurrency() >= flows + 1 ? RealLoop::kSpin : Time{0};
}

/// Returns whether bulk threads are the default: on fewer cores they would keep each other waiting.
std::string default_threads() {
  constexpr unsigned kCores = 8;
  return std::thread::hardware_concurrency() >= kCores ? "on" : "off";
}

/// Returns the case of a rate, as a word of a list names it; `bench` has the rest.
LinkBenchCase at_rate(LinkBenchCase bench, const std::string& word, bool paced) {
  constexpr Time kLong{1'000'000'000};
  constexpr int kRepeatsOfLong = 5;
  bench.rate = word == "unlimited" ? kUnshaped : rate(paced ? "--pacing" : "--bandwidth", word);
  bench.link.bandwidth = paced ? kUnshaped : bench.rate;
  bench.spin = bench.shaped() ? spin_of(bench.flows) : Time{0};
  if (bench.ideal() > kLong) bench.repeats = std::min(bench.repeats, kRepeatsOfLong);
  return bench;
}

}  // namespace

std::optional<LinkBenchOptions> parse_link_bench(std::span<const std::string> arguments) {
  VerbOptions options("link bench", "", kHelp);
  Words given{.bulk_threads = default_threads()};
  declare(given, options);
  if (!options.parse(arguments)) return std::nullopt;

  const bool paced = !given.pacing.empty();
  if (paced && !given.bandwidths.empty())
    throw InputError("link bench: --pacing and --bandwidth, expected one of them");
  for (const auto& [option, text] :
       {std::pair("bandwidth", &given.bandwidths), std::pair("pacing", &given.pacing),
        std::pair("flows", &given.flows), std::pair("latency", &given.latency)})
    if (given.cost && !text->empty())
      throw InputError(fmt::format(
          "link bench: --cost and --{}, but costs are those of one unshaped flow", option));

  const auto or_else = [](const std::string& text, std::string_view fallback) {
    return text.empty() ? std::string(fallback) : text;
  };
  LinkBenchOptions parsed{.cost = given.cost, .json = given.format == "json"};
  parsed.wire = {
      .address = listening_address(given.address),
      .sender_namespace = network_namespace("--sender-namespace", given.sender_namespace),
      .receiver_namespace = network_namespace("--receiver-namespace", given.receiver_namespace),
      .transport = {.streams = number("--streams", given.streams, 64),
                    .payload_hash = given.payload_hash == "on",
                    .shaping = given.shaping == "sender" ? Shaping::sender : Shaping::receiver},
      .bulk_threads = given.bulk_threads == "on"};

  const std::string times = or_else(given.repeats, given.cost ? kCostRepeats : kRepeats);
  parsed.rounds = static_cast<int>(number("--repeats", times, 1'000'000));
  if (given.cost) {
    parsed.cost_bytes = size(or_else(given.sizes, kCostBytes));
    return parsed;
  }
  LinkBenchCase bench{
      .link = {.latency = quantity("--latency", or_else(given.latency, kLatency), parse_time)},
      .repeats = parsed.rounds};
  for (const std::string& word :
       split_list(paced ? given.pacing : or_else(given.bandwidths, kBandwidths))) {
    for (const std::string& bytes : split_list(or_else(given.sizes, kSizes))) {
      for (const std::string& senders : split_list(or_else(given.flows, kFlows))) {
        bench.bytes = size(bytes);
        bench.flows = number("--flows", senders, 64);
        parsed.cases.push_back(at_rate(bench, boost::trim_copy(word), paced));
      }
    }
  }
  return parsed;
}

}  // namespace splitbench
