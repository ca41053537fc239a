// How an https:// server is spoken to.
//
// A value.
#pragma once

#include <string>

namespace contend {

struct TlsOptions {
    std::string server_name{};  // that its certificate has to be for: a name, or an address
    bool verifies = true;       // else any certificate will do
    std::string ca_file{};      // what vouches for it (PEM); empty: what the system trusts
    bool resumes = false;       // connections after the first resume its session
};

}  // namespace contend
