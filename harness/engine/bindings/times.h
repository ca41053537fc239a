// Times between C++ and Python: integers in nanoseconds.
#pragma once

#include <pybind11/numpy.h>

#include <optional>
#include <vector>

#include "core/clock.h"
#include "core/gap_log.h"

namespace contend {

using Count = std::int64_t;

/// A duration member of T as an attribute `<name>_ns`.
template <class T>
auto ns_getter(Nanoseconds T::* member) {
    return [member](const T& object) { return static_cast<Count>((object.*member).count()); };
}
template <class T>
auto ns_setter(Nanoseconds T::* member) {
    return [member](T& object, Count value) { object.*member = Nanoseconds(value); };
}

inline std::optional<Count> count_of(const std::optional<Nanoseconds>& time) {
    return time ? std::optional<Count>(time->count()) : std::nullopt;
}

inline Count since_zero(TimePoint time) { return time.time_since_epoch().count(); }

/// Rows of begin and end.
inline pybind11::array_t<Count> rows_of(const std::vector<Gap>& gaps) {
    pybind11::array_t<Count> rows({gaps.size(), std::size_t{2}});
    auto* cell = rows.mutable_data();
    for (const Gap& gap : gaps) {
        *cell++ = since_zero(gap.begin);
        *cell++ = since_zero(gap.end);
    }
    return rows;
}

}  // namespace contend
