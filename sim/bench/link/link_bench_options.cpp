#include "sim/bench/link/link_bench_options.hpp"

#include <algorithm>
#include <asio/ip/address_v4.hpp>
#include <boost/algorithm/string.hpp>
#include <filesystem>
#include <fmt/format.h>
#include <initializer_list>
#include <string_view>
#include <thread>

#include "configs/reader/quantity.hpp"
#include "network/real_loop.hpp"
#include "sim/cli/command_line.hpp"
#include "workloads/input_error.hpp"

namespace splitbench {
namespace {

constexpr std::string_view kHelp =
    R"(splitbench link bench
splitbench link bench --bandwidth '10 Gbit/s' --bytes '1 MiB,16 MiB' --repeats 20
splitbench link bench --bandwidth '10 Gbit/s' --bytes '16 MiB' --flows 1,2,3 --format json
splitbench link bench --pacing '5 Gbit/s' --bytes '64 MiB'
splitbench link bench --cost

bench                times transfers between processes, through the product's sender and receiver
  --bandwidth LIST   of the link, or unlimited     0.1 Gbit/s,1 Gbit/s,5 Gbit/s,10 Gbit/s,25 Gbit/s
  --bytes LIST       of each flow's transfer, message headers included       1 MiB,16 MiB,256 MiB
  --flows LIST       senders that transfer at once into one receiver                            1
  --latency TIME     one way                                                                 0 us
  --transport LIST   tcp                                                                      tcp
  --streams N        connections of a flow                                                      1
  --payload-hash on|off   of each chunk                                                       off
  --bulk-threads on|off   a thread for each connection's chunks           on where there are 8 cores
  --shaping WHERE    receiver or sender                                                  receiver
  --repeats N        timed, after some that are not; of transfers above a second at most 5    100
  --cost             bytes a CPU second instead, beside a bare send and receive loop and asio's own
                     reading and writing; --bytes are then of each round, 4 GiB, --repeats the rounds, 7
  --format FORMAT    table or json                                                          table

For cross-checks with the kernel:
  --pacing LIST      the kernel paces the senders' sockets to these rates, and the link is unlimited
  --sender-namespace NAME, --receiver-namespace NAME    network namespaces, by /run/netns (needs root)
  --address ADDRESS  IPv4, where the receiver listens                                   127.0.0.1

The ideal of a transfer is its bytes at the rate, plus the latency; several flows share the rate.
Its error runs from the first chunk's offer to the last one's handing on, by the host's one clock.
A transfer is not valid when a chunk landed behind the moment that the link named for it: then the
host did not keep up. Rows with more than 2% of such transfers are not valid.
)";

[[noreturn]] void refuse(std::string_view option, std::string_view given,
                         std::string_view expected) {
  throw InputError(fmt::format("link bench: {} '{}', expected {}", option, given, expected));
}

void require_one_of(std::string_view option, std::string_view given,
                    std::initializer_list<std::string_view> expected) {
  if (std::ranges::find(expected, given) == expected.end())
    refuse(option, given, fmt::format("{}", fmt::join(expected, " or ")));
}

/// A quantity, with the option's name in what is said of a bad one.
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

/// Where a flow's two processes can each have a core, nobody else is kept waiting by a spin.
Time spin_of(std::uint32_t flows) {
  return std::thread::hardware_concurrency() >= flows + 1 ? RealLoop::kSpin : Time{0};
}

/// On fewer cores the threads would keep each other waiting.
std::string default_threads() {
  constexpr unsigned kCores = 8;
  return std::thread::hardware_concurrency() >= kCores ? "on" : "off";
}

/// A case for each word of a list of rates; `bench` has the rest of it.
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
  if (std::ranges::find(arguments, "--help") != arguments.end()) {
    fmt::print("{}", kHelp);
    return std::nullopt;
  }
  std::string bandwidths = "0.1 Gbit/s,1 Gbit/s,5 Gbit/s,10 Gbit/s,25 Gbit/s", pacing,
              sizes = "1 MiB,16 MiB,256 MiB", flows = "1", latency = "0 us", transports = "tcp",
              streams = "1", payload_hash = "off", bulk_threads = default_threads(),
              shaping = "receiver", repeats, sender_namespace, receiver_namespace,
              address = "127.0.0.1", format = "table";
  bool cost = false;
  po::options_description options;
  options.add_options()("bandwidth", po::value(&bandwidths))("pacing", po::value(&pacing))(
      "bytes", po::value(&sizes))("flows", po::value(&flows))("latency", po::value(&latency))(
      "transport", po::value(&transports))("streams", po::value(&streams))(
      "payload-hash", po::value(&payload_hash))("bulk-threads", po::value(&bulk_threads))(
      "shaping", po::value(&shaping))("repeats", po::value(&repeats))("sender-namespace",
                                                                      po::value(&sender_namespace))(
      "receiver-namespace", po::value(&receiver_namespace))("address", po::value(&address))(
      "format", po::value(&format))("cost", po::bool_switch(&cost));
  const po::variables_map given = parse_arguments("link bench", arguments, options);

  require_one_of("--format", format, {"table", "json"});
  require_one_of("--payload-hash", payload_hash, {"on", "off"});
  require_one_of("--bulk-threads", bulk_threads, {"on", "off"});
  require_one_of("--shaping", shaping, {"receiver", "sender"});
  for (const std::string& transport : split_list(transports))
    require_one_of("--transport", transport, {"tcp"});
  const bool paced = !pacing.empty();
  if (paced && given.contains("bandwidth"))
    throw InputError("link bench: --pacing and --bandwidth, expected one of them");

  for (const char* option : {"bandwidth", "pacing", "flows", "latency"})
    if (cost && given.contains(option))
      throw InputError(fmt::format(
          "link bench: --cost and --{}, but costs are those of one unshaped flow", option));

  LinkBenchOptions parsed{.cost = cost, .json = format == "json"};
  parsed.wire = {
      .address = listening_address(address),
      .sender_namespace = network_namespace("--sender-namespace", sender_namespace),
      .receiver_namespace = network_namespace("--receiver-namespace", receiver_namespace),
      .transport = {.streams = number("--streams", streams, 64),
                    .payload_hash = payload_hash == "on",
                    .shaping = shaping == "sender" ? Shaping::sender : Shaping::receiver},
      .bulk_threads = bulk_threads == "on"};

  const std::string default_repeats = cost ? "7" : "100";
  const auto times = number("--repeats", repeats.empty() ? default_repeats : repeats, 1'000'000);
  parsed.rounds = static_cast<int>(times);
  if (cost) {
    parsed.cost_bytes = size(given.contains("bytes") ? sizes : "4 GiB");
    return parsed;
  }
  LinkBenchCase bench{.link = {.latency = quantity("--latency", latency, parse_time)},
                      .repeats = parsed.rounds};
  for (const std::string& word : split_list(paced ? pacing : bandwidths)) {
    for (const std::string& bytes : split_list(sizes)) {
      for (const std::string& senders : split_list(flows)) {
        bench.bytes = size(bytes);
        bench.flows = number("--flows", senders, 64);
        parsed.cases.push_back(at_rate(bench, boost::trim_copy(word), paced));
      }
    }
  }
  return parsed;
}

}  // namespace splitbench
