#include "workloads/traces/session_reader.hpp"

#include <simdjson.h>
#include <utility>
#include <vector>

#include "workloads/traces/session_files.hpp"
#include "workloads/traces/session_json.hpp"
#include "workloads/traces/trace_order.hpp"

namespace splitbench {
namespace {

class SessionReader final : public TraceReader {
 public:
  SessionReader(const std::filesystem::path& path, const TraceOptions& options)
      : path_(path), files_(open_session_files(path)), options_(options) {}

  bool next(TraceRequest& request) override {
    while (given_ == session_.size()) {
      TracePlace place;
      if (!files_->next(place.path)) return end();
      read_next(place);
    }
    request = std::move(session_[given_++]);
    return true;
  }

  const LeftOut& left_out() const override { return left_out_; }
  bool starts_recorded() const override { return false; }

 private:
  void read_next(const TracePlace& place) {
    session_.clear();
    given_ = 0;
    try {
      files_->read(text_);
      std::vector<TraceRequest> session = read_session(place, parser_, text_, start_);
      for (const TraceRequest& request : session) order_.check(place, request);
      session_ = std::move(session);
      start_ += options_.session_gap;
      any_ = true;
    } catch (const InputError& error) {
      if (options_.bad_lines == BadLines::refuse) throw;
      if (left_out_.bad++ == 0) left_out_.first_bad = error.what();
    }
  }

  bool end() const {
    if (any_) return false;
    if (left_out_.bad > 0)
      throw InputError(fmt::format("{}; none of the files is a session", left_out_.first_bad));
    TracePlace{path_}.refuse("no session", "files whose names end in .json");
  }

  std::filesystem::path path_;
  std::unique_ptr<SessionFiles> files_;
  TraceOptions options_;
  simdjson::dom::parser parser_;
  std::string text_;
  std::vector<TraceRequest> session_;
  std::size_t given_ = 0;
  Time start_{0};
  TraceOrder order_;
  LeftOut left_out_;
  bool any_ = false;
};

}  // namespace

std::unique_ptr<TraceReader> open_sessions(const std::filesystem::path& path,
                                           const TraceOptions& options) {
  return std::make_unique<SessionReader>(path, options);
}

}  // namespace splitbench
