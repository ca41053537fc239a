// Rooms of WebSockets: what a member says, every member of its room hears, itself too.

// A member with more than this to read is dropped: memory is for those that keep up.
const MOST_UNSENT_BYTES = 1024 * 1024;

export class Rooms {
  #rooms = new Map();

  join(name, socket) {
    const members = this.#rooms.get(name) ?? new Set();
    this.#rooms.set(name, members.add(socket));

    socket.on('message', (message, isBinary) => broadcast(members, message, isBinary));
    socket.on('close', () => {
      members.delete(socket);
      if (members.size === 0) {
        this.#rooms.delete(name);
      }
    });
  }
}

function broadcast(members, message, isBinary) {
  for (const member of members) {
    if (member.bufferedAmount > MOST_UNSENT_BYTES) {
      member.terminate();
    } else if (member.readyState === member.OPEN) {
      member.send(message, { binary: isBinary });
    }
  }
}
