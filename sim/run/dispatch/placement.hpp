#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "configs/scenario.hpp"
#include "sim/run/dispatch/fleet.hpp"
#include "workers/plan/job.hpp"
#include "workloads/request.hpp"

namespace splitbench {

/// What one worker has the KV of: the prompts (on a decode worker with their outputs) of requests
/// that it served. It forgets nothing until clear(): capacity is not modelled.
class PrefixCache {
 public:
  /// The trace must outlive it.
  PrefixCache(std::span<const Request> trace, bool with_outputs);

  void hold(std::uint64_t request) { held_[request] = true; }
  void clear();

  /// How many leading tokens of the prompt are here, at least: those that the request shares with
  /// the nearest of its forerunners (prefix_of, and of that one again) that was served here. Always
  /// less than the whole prompt, whose last token makes the first output.
  std::uint64_t tokens_of(std::uint64_t request) const;

 private:
  std::span<const Request> trace_;
  bool with_outputs_;
  std::vector<bool> held_;  // by request
};

/// Who has which part of a memory that somebody else owns: first fit, neighbours coalesce.
class Arena {
 public:
  explicit Arena(std::uint64_t bytes) : free_{{0, bytes}} {}

  /// The offset of `bytes` bytes, aligned to 256, or nothing when no gap is large enough now.
  std::optional<std::uint64_t> take(std::uint64_t bytes);
  /// Gives back exactly what take() handed out.
  void give_back(std::uint64_t offset, std::uint64_t bytes);

  static std::uint64_t rounded(std::uint64_t bytes) { return (bytes + 255) / 256 * 256; }

 private:
  std::map<std::uint64_t, std::uint64_t> free_;  // offset -> bytes
};

/// Chooses the workers of jobs as the scenario's `dispatch` says, and keeps the books of one run:
/// who has which part of a worker's KV memory, how busy each worker is and whose prompts it holds.
/// It does not know what becomes of a job unless it is told.
class Placement {
 public:
  /// The references must outlive it.
  Placement(const Scenario&, std::span<const Request> trace);

  using FlowIsUp = std::function<bool(const FlowId&)>;
  /// Gives the job workers and memory in both, and says what they have of its prompts already.
  /// Returns false, and takes nothing, when no two workers between which the flow is up have room
  /// for it now, or when it is better off waiting for one that holds most of its prompts.
  bool place(Job&, const FlowIsUp&);

  /// The job is computed, or never will be: its prefill worker may take another.
  void stop_computing(const Job&);
  /// The job gives back its memory at one of its workers.
  void leave_prefill(const Job&);
  void leave_decode(const Job&);

  /// The worker holds the KV of this request's prompt from now on.
  void hold(const Member&, std::uint64_t request);
  /// A worker was lost, and what it held with it. Memory stays with its jobs until they leave.
  void forget(const Member&);

 private:
  struct Worker {
    PrefixCache cache;
    Arena memory;
    std::uint64_t load = 0;       // tokens: to compute, at a decode worker those of all its jobs
    std::uint32_t computing = 0;  // jobs, at a prefill worker
    std::uint32_t holding = 0;    // jobs with memory there, at a prefill worker
  };
  struct Side {
    std::vector<Worker> workers;
    std::uint32_t turn = 0;  // who comes first in the next round
  };

  bool place(Job&, std::uint32_t prefill_worker, std::uint32_t decode_worker);
  /// Returns the workers of one side that may take the job, the best first.
  std::vector<std::uint32_t> order(const Job&, const Side&) const;
  Worker& worker(const Member&);
  std::uint64_t memory_of(const Job& job) const {
    return scenario_.pipeline.memory_of(job.kv_tokens());
  }

  const Scenario& scenario_;
  Side prefill_, decode_;
};

}  // namespace splitbench
