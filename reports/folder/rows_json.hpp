#pragma once
#include <string>

#include "workloads/timeline.hpp"

namespace splitbench {

/// Returns a line of requests.jsonl without its line end: times in integer nanoseconds, kv_hash in
/// hexadecimal. <part>_ns of the twelve parts sum to ttft_ns; they, the hidden times and every
/// latency are null if the request is not ok, and `failure` gives the reason. tpot_ns is null for a
/// single token.
std::string request_row(const Timeline& timeline);

/// Returns a line of transfers.jsonl without its line end. `request` is the first of `requests`,
/// null if there is none.
std::string transfer_row(const Transfer& transfer);

}  // namespace splitbench
