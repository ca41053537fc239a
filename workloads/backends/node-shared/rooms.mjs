// Rooms of WebSockets: what a member says, every member of its room hears, itself too.

// A member with more than this to read is dropped: memory is for those that keep up.
const MOST_UNSENT_BYTES = 1024 * 1024;

export class Rooms {
  #rooms = new Map();

  join(name, socket) {
    const members = this.#rooms.get(name) ?? new Set();
    this.#rooms.set(name, members.add(socket));

    socket.on('message', (message, isBinary) => this.say(name, message, isBinary));
    socket.on('close', () => {
      members.delete(socket);
      if (members.size === 0) {
        this.#rooms.delete(name);
      }
    });
  }

  say(name, message, isBinary) {
    this.tell(name, message, isBinary);
  }

  // The members that are in this process.
  tell(name, message, isBinary) {
    for (const member of this.#rooms.get(name) ?? []) {
      if (member.bufferedAmount > MOST_UNSENT_BYTES) {
        member.terminate();
      } else if (member.readyState === member.OPEN) {
        member.send(message, { binary: isBinary });
      }
    }
  }
}
