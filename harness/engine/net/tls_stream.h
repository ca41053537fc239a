// A connection over TLS on a stream of another kind, and a network of such.
//
// It connects when the handshake is done. What the kernel stamped on the bytes of a record stands
// for what is in it. An end of stream that the peer has not announced is a reset, and what is no
// TLS of its a protocol error. Used by its network's thread.
#pragma once

#include <boost/asio/error.hpp>
#include <boost/system/errc.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "net/byte_stream.h"
#include "net/tls_engine.h"

namespace contend {

/// Of a connection that stands.
struct TlsHandshake {
    Nanoseconds time{0};  // from the connection to its end
    bool has_resumed = false;
};

template <StreamNetwork Base>
class TlsNetwork;

template <StreamNetwork Base>
class TlsStream {
   public:
    using ErrorCode = boost::system::error_code;

    explicit TlsStream(TlsNetwork<Base>& network)
        : network_(network), inner_(network), late_(network) {}

    template <class Handler>
    void connect(Handler handler) {
        inner_.connect([this, handler, epoch = epoch_](const ErrorCode& error) {
            if (epoch != epoch_) {
                return;
            }
            if (error) {
                handler(error);
                return;
            }
            begun_ = network_.now();
            engine_ = std::make_unique<TlsEngine>(network_.tls().make_connection());
            shake_hands(handler);
        });
    }

    /// Of a connected stream.
    [[nodiscard]] const TlsHandshake& handshake() const noexcept { return handshake_; }

    /// Takes all: what can't be sent now is sent later.
    std::size_t send(std::string_view bytes, ErrorCode& error) {
        engine_->write(bytes, error);
        if (error) {
            return 0;
        }
        flush(error);
        return error ? 0 : bytes.size();
    }

    template <class Handler>
    void wait_writable(Handler handler) {
        inner_.wait_writable(handler);
    }

    template <class Handler>
    void receive(Handler handler) {
        if (!plain_.empty() || broken_) {
            // What came with the last of the handshake, or behind what was read last.
            late_.at(TimePoint(), [this, handler] { give(handler, std::nullopt); });
            return;
        }
        inner_.receive([this, handler, epoch = epoch_](const ErrorCode& error,
                                                       std::string_view bytes,
                                                       std::optional<TimePoint> stamp) {
            if (epoch != epoch_) {
                return;
            }
            if (error) {
                handler(unannounced(error), std::string_view(), std::nullopt);
                return;
            }
            hear(bytes);
            if (plain_.empty() && !broken_) {
                receive(handler);  // a ticket, or a part of a record
            } else {
                give(handler, stamp);
            }
        });
    }

    void close() {
        ++epoch_;
        late_.cancel();
        if (engine_ != nullptr && is_open_ && !broken_) {
            ErrorCode ignored;
            engine_->close();
            inner_.send(engine_->unsent(), ignored);
        }
        inner_.close();
        engine_.reset();
        plain_.clear();
        broken_.clear();
        is_open_ = is_flushing_ = false;
    }

   private:
    template <class Handler>
    void shake_hands(Handler handler) {
        ErrorCode error;
        is_open_ = engine_->handshake(error);
        ErrorCode unsent;
        flush(unsent);  // an alert, too
        if (error || unsent) {
            handler(error ? error : unsent);
            return;
        }
        if (is_open_) {
            hear({});  // what is left of the bytes that came with its end
            handshake_ = {network_.now() - begun_, engine_->has_resumed()};
            handler(ErrorCode());
            return;
        }
        inner_.receive([this, handler, epoch = epoch_](const ErrorCode& failed,
                                                       std::string_view bytes,
                                                       std::optional<TimePoint> /*stamp*/) {
            if (epoch != epoch_) {
                return;
            }
            if (failed) {
                handler(unannounced(failed));
                return;
            }
            engine_->hear(bytes);
            shake_hands(handler);
        });
    }

    // Nothing: what the engine has heard already.
    void hear(std::string_view bytes) {
        if (!bytes.empty()) {
            engine_->hear(bytes);
        }
        engine_->read(plain_, broken_);
        ErrorCode ignored;
        flush(ignored);  // an answer to a new key; a receive will say what became of the connection
    }

    // Bytes first, and an error with the next receive.
    template <class Handler>
    void give(Handler handler, std::optional<TimePoint> stamp) {
        if (plain_.empty()) {
            handler(broken_, std::string_view(), std::nullopt);
            return;
        }
        // The handler may close, or receive again: what it is given has to stay.
        std::string& given = network_.given();
        given.swap(plain_);
        plain_.clear();
        handler(ErrorCode(), std::string_view(given), stamp);
    }

    void flush(ErrorCode& error) {
        if (is_flushing_ || engine_->unsent().empty()) {
            return;
        }
        engine_->sent(inner_.send(engine_->unsent(), error));
        if (error || engine_->unsent().empty()) {
            return;
        }
        is_flushing_ = true;
        inner_.wait_writable([this, epoch = epoch_] {
            if (epoch == epoch_) {
                is_flushing_ = false;
                ErrorCode ignored;
                flush(ignored);
            }
        });
    }

    static ErrorCode unannounced(const ErrorCode& error) {
        return error == boost::asio::error::eof ? ErrorCode(boost::asio::error::connection_reset)
                                                : error;
    }

    TlsNetwork<Base>& network_;
    typename Base::Stream inner_;
    typename Base::Timer late_;
    std::unique_ptr<TlsEngine> engine_;
    std::string plain_;  // read, and not yet given
    ErrorCode broken_;   // to be given behind it
    TimePoint begun_{};
    TlsHandshake handshake_;
    std::uint32_t epoch_ = 0;  // of the connection
    bool is_open_ = false;     // the handshake is done
    bool is_flushing_ = false;
};

/// The same network, with TLS over its streams.
template <StreamNetwork Base>
class TlsNetwork : public Base {
   public:
    using Stream = TlsStream<Base>;

    template <class... Arguments>
    explicit TlsNetwork(const TlsOptions& options, Arguments&&... arguments)
        : Base(std::forward<Arguments>(arguments)...), tls_(options) {}

    // For streams.
    [[nodiscard]] TlsContext& tls() noexcept { return tls_; }
    /// For what is being given to a handler: one serves all streams.
    [[nodiscard]] std::string& given() noexcept { return given_; }

   private:
    TlsContext tls_;
    std::string given_;
};

}  // namespace contend
