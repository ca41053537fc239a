// All protocols there are: how a trial's sessions are made.
//
// A table in registry.cpp; safe from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "core/trial_spec.h"
#include "exchange/session.h"

namespace contend {

/// A whole number that a protocol takes (TrialSpec::protocol_options).
struct ProtocolOption {
    std::string_view name;
    std::string_view summary;
    std::uint64_t standard = 0;  // where none is given
};

/// What servers push: over so many connections, beside those that the spec asks for, one each such
/// interval.
struct Pushes {
    std::size_t connections = 0;
    Nanoseconds interval{0};
};

struct ProtocolKind {
    std::string_view name;
    std::string_view summary;
    SessionMaker (*prepare)(const TrialSpec&);
    std::span<const ProtocolOption> options{};
    Pushes (*pushes)(const TrialSpec&) = nullptr;  // null: nothing
};

std::span<const ProtocolKind> protocol_kinds();

/// Makers of sessions for all connections of the trial; those that listen come first. Throws
/// std::invalid_argument, naming what there is, when spec.protocol or one of its options is none.
SessionMaker prepare_sessions(const TrialSpec& spec);

/// REQUIRES: prepare_sessions() took the spec.
Pushes pushes_of(const TrialSpec& spec);

}  // namespace contend
