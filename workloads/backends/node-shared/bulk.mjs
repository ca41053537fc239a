// What a download sends, and what an upload is asked for. Neither is ever held whole.

const PIECES = 160;
const PIECE = Buffer.from(
  '0123456789abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ.'.repeat(1024),
);

export function* pieces() {
  for (let i = 0; i < PIECES; i += 1) {
    yield PIECE;
  }
}

export async function countBytes(body) {
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
  }
  return bytes;
}
