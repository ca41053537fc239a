// The list of models. One more is a header of its own and a line here: both drivers, the
// bindings and the command line go through this list.
//
// A model is a class template over its Runtime (runtime.h) with
//   kName, kSummary, kParameters      what it declares
//   Model(Runtime&, const Parameters&)
//   Task<> run()                      its first thread, until the runtime stops
#pragma once

#include "models/event_loop.h"
#include "models/gil_threads.h"

namespace contend {

template <template <class> class... Models>
struct ModelList {};

using AllModels = ModelList<EventLoop,  //
                            GilThreads>;

}  // namespace contend
