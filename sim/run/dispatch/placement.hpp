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

/// The requests whose KV one worker holds: the prompts (on a decode worker with their outputs) of
/// those that it served. It forgets nothing until clear(): capacity is not modelled. A `request` is
/// a request's id, its index in the trace. Not thread-safe.
class PrefixCache {
 public:
  /// The trace must outlive it.
  PrefixCache(std::span<const Request> trace, bool with_outputs);

  /// Records that the request's KV is held from now on.
  void hold(std::uint64_t request) { held_[request] = true; }
  void clear();

  /// Returns how many leading tokens of the prompt are held here, at least: those that the request
  /// shares with the nearest of its ancestors (prefix_of, and that one's prefix_of in turn) that
  /// was served here, and where outputs are held its answer, if that comes next in the prompt.
  /// Always less than the whole prompt, whose last token makes the first output.
  std::uint64_t tokens_of(std::uint64_t request) const;

 private:
  /// Returns how many of its leading tokens a request shares with its prefix_of.
  std::uint64_t shared_by(const Request&) const;

  std::span<const Request> trace_;
  bool with_outputs_;
  std::vector<bool> held_;  // indexed by request
};

/// An allocator of offsets into a memory that somebody else owns: first fit, and adjacent gaps
/// coalesce. Not thread-safe.
class Arena {
 public:
  explicit Arena(std::uint64_t bytes) : free_{{0, bytes}} {}

  /// Returns the offset of `bytes` free bytes, aligned to 256, or nothing if no gap is large enough
  /// now.
  std::optional<std::uint64_t> take(std::uint64_t bytes);
  /// Frees exactly what take() handed out for the same number of bytes.
  void give_back(std::uint64_t offset, std::uint64_t bytes);

  /// Returns `bytes` rounded up to a multiple of 256.
  static std::uint64_t rounded(std::uint64_t bytes) { return (bytes + 255) / 256 * 256; }

 private:
  std::map<std::uint64_t, std::uint64_t> free_;  // offset -> bytes
};

/// Chooses the workers of jobs as the scenario's `dispatch` says, and keeps the accounts of one
/// run: which job has which part of a worker's KV memory, how busy each worker is and whose prompts
/// it holds. It learns what becomes of a job only from its caller. Not thread-safe.
class Placement {
 public:
  /// The references and the trace must outlive this object.
  Placement(const Scenario&, std::span<const Request> trace);

  using FlowIsUp = std::function<bool(const FlowId&)>;
  /// Assigns workers to the job, with memory at both, and fills in how much of its prompts they
  /// hold already. Returns false, and reserves nothing, if every prefill worker is busy (it
  /// computes a job, or two jobs have memory there; without overlap, one), if no two workers with a
  /// flow that is up have room for it now, or if it should wait for one that holds most of its
  /// prompts. The job's cached_tokens and resident_tokens mean nothing then.
  bool place(Job&, const FlowIsUp&);

  /// Reports that the job is computed, or never will be: its prefill worker may take another.
  void stop_computing(const Job&);
  /// Each frees the job's memory at that worker, and is called once for each job.
  void leave_prefill(const Job&);
  void leave_decode(const Job&);

  /// Records that the worker holds the KV of this request's prompt from now on. `request` is a
  /// request's id, its index in the trace.
  void hold(const Member&, std::uint64_t request);
  /// Forgets what a lost worker held. Memory stays with its jobs until they leave.
  void forget(const Member&);

 private:
  struct Worker {
    PrefixCache cache;
    Arena memory;
    std::uint64_t load = 0;       // tokens to compute; at a decode worker those of all its jobs
    std::uint32_t computing = 0;  // jobs being computed, at a prefill worker
    std::uint32_t holding = 0;    // jobs with memory, at a prefill worker
  };
  struct Side {
    std::vector<Worker> workers;
    std::uint32_t turn = 0;  // worker that comes first in the next round
  };

  bool place(Job&, std::uint32_t prefill_worker, std::uint32_t decode_worker);
  /// Returns the workers of one side that may take the job, best first.
  std::vector<std::uint32_t> order(const Job&, const Side&) const;
  Worker& worker(const Member&);
  std::uint64_t memory_of(const Job& job) const { return scenario_.pipeline.memory_of(job); }

  const Scenario& scenario_;
  Side prefill_, decode_;
};

}  // namespace splitbench
