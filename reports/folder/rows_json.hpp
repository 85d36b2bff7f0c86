#pragma once
#include <string>

#include "workloads/timeline.hpp"

namespace splitbench {

/// A line of requests.jsonl, without its end: times in integer nanoseconds, kv_hash in hexadecimal.
/// <part>_ns of the twelve parts sum to ttft_ns; they, the hidden times and every latency are null
/// where the request is not ok, and `failure` says why. tpot_ns is null for a single token.
std::string request_row(const Timeline& timeline);

/// A line of transfers.jsonl, without its end. `request` is the first of `requests`, null where
/// there is none.
std::string transfer_row(const Transfer& transfer);

}  // namespace splitbench
