"""The server of ../aiohttp, its event loop uvloop's."""

import uvloop

import server

if __name__ == "__main__":
    server.main(uvloop.new_event_loop())
