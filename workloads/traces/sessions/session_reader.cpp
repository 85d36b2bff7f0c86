#include "workloads/traces/sessions/session_reader.hpp"

#include <fmt/format.h>
#include <simdjson.h>
#include <utility>
#include <vector>

#include "workloads/input_error.hpp"
#include "workloads/traces/sessions/session_json.hpp"
#include "workloads/traces/time_unit.hpp"

namespace splitbench {
namespace {

/// The sessions of all files of a trace.
class SessionTexts {
 public:
  /// `records` are those of the file that `files` gave last.
  SessionTexts(std::unique_ptr<TraceFiles> files, std::unique_ptr<RecordSource> records)
      : files_(std::move(files)), records_(std::move(records)) {}

  /// Gives the next session, valid until the next call; returns false at the end. Throws InputError
  /// for one that is too long, and the next one comes then; UnreadableTrace if no further file can
  /// be read.
  bool next(std::string_view& text) {
    while (!records_->next(text)) {
      TraceFile file;
      if (!files_->next(file)) return false;
      records_ = nullptr;  // before the file that it reads
      records_ = open_records(std::move(file));
    }
    return true;
  }

  const TracePlace& place() const { return records_->place(); }

 private:
  std::unique_ptr<TraceFiles> files_;
  std::unique_ptr<RecordSource> records_;
};

class SessionReader final : public TraceReader {
 public:
  SessionReader(std::filesystem::path path, SessionTexts texts, const TraceOptions& options)
      : path_(std::move(path)), texts_(std::move(texts)), options_(options) {}

  bool next(TraceRequest& request) override {
    while (given_ == session_.size())
      if (!read_next()) return end();
    request = std::move(session_[given_++]);
    return true;
  }

  const LeftOut& left_out() const override { return left_out_; }
  bool starts_recorded() const override { return false; }

  std::vector<std::string> remarks() const override {
    if (!decided_) return {};
    return {
        fmt::format("times of sub-agents count from {}, as all files allow; the other is "
                    "--subagent-times {} (in a scenario workload.subagent_times)",
                    options_.sub_agents == SubAgentTimes::relative ? "their marker"
                                                                   : "the start of their session",
                    options_.sub_agents == SubAgentTimes::relative ? "absolute" : "relative")};
  }

 private:
  /// Reads the next session, or leaves it out; returns false at the end.
  bool read_next() {
    session_.clear();
    given_ = 0;
    bool more = true;
    or_leave_out(options_.bad_rows, left_out_, [&] {
      std::string_view text;
      more = texts_.next(text);
      if (!more) return;
      const JsonObject object = parse_session(texts_.place(), parser_, text);
      decide_times(object);
      std::vector<TraceRequest> session = read_session(texts_.place(), object, start_, options_);
      for (const TraceRequest& request : session) order_.check(texts_.place(), request);
      session_ = std::move(session);
      if (start_ > kLatest - options_.session_gap)
        texts_.place().refuse(
            fmt::format("would start {:.3g} s after the first session", seconds(start_)),
            "a shorter session_gap, or fewer sessions");
      start_ += options_.session_gap;
      any_ = true;
    });
    return more;
  }

  /// Decides what times of sub-agents count from, at the first marker of all.
  void decide_times(JsonObject session) {
    if (options_.sub_agents != SubAgentTimes::automatic) return;
    const auto told = sub_agent_times(texts_.place(), session);
    if (!told) return;
    decided_ = true;
    options_.sub_agents = *told == SubAgentTimes::relative || relative_somewhere()
                              ? SubAgentTimes::relative
                              : SubAgentTimes::absolute;
  }

  /// Returns whether the times of any sub-agent of all sessions can only be relative.
  bool relative_somewhere() const {
    std::unique_ptr<TraceFiles> files = open_trace_files(path_);
    simdjson::dom::parser parser;
    TraceFile file;
    while (files->next(file)) {
      const std::unique_ptr<RecordSource> records = open_records(std::move(file));
      for (std::string_view text;;) {
        try {
          if (!records->next(text)) break;
          const JsonObject session = parse_session(records->place(), parser, text);
          if (sub_agent_times(records->place(), session) == SubAgentTimes::relative) return true;
        } catch (const UnreadableTrace&) {
          return false;                // that is told when its turn comes
        } catch (const InputError&) {  // so is this, or it is left out then
        }
      }
    }
    return false;
  }

  bool end() const {
    if (any_) return false;
    if (left_out_.bad > 0)
      throw InputError(fmt::format("{}; none of the files is a session", left_out_.first_bad));
    TracePlace{path_}.refuse("no session", "files whose names end in .json");
  }

  std::filesystem::path path_;
  SessionTexts texts_;
  TraceOptions options_;
  bool decided_ = false;
  simdjson::dom::parser parser_;
  std::vector<TraceRequest> session_;
  std::size_t given_ = 0;
  Time start_{0};
  TraceOrder order_;
  LeftOut left_out_;
  bool any_ = false;
};

}  // namespace

std::unique_ptr<TraceReader> open_sessions(const std::filesystem::path& path,
                                           std::unique_ptr<TraceFiles> files,
                                           std::unique_ptr<RecordSource> records,
                                           const TraceOptions& options) {
  return std::make_unique<SessionReader>(path, SessionTexts(std::move(files), std::move(records)),
                                         options);
}

}  // namespace splitbench
