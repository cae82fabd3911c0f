/** Bytes of the head of a message of any length, at most. */
export const MESSAGE_HEAD_ROOM = 10

/** Bytes of the head of a message with so many bytes of payload (RFC 6455 section 5.2, without a mask). */
export const messageHeadBytes = (length: number): number => (length < 126 ? 2 : length < 65_536 ? 4 : MESSAGE_HEAD_ROOM)

/**
 * Writes the head of a whole binary message as servers send it: without a mask, so that it is the same for all who are
 * sent the message. It takes `messageHeadBytes(length)` from `offset` on, and the payload follows.
 */
export function writeMessageHead(bytes: Uint8Array, offset: number, length: number): void {
  bytes[offset] = FINAL_BINARY
  if (length < 126) bytes[offset + 1] = length
  else if (length < 65_536) {
    bytes[offset + 1] = 126
    bytes[offset + 2] = length >> 8
    bytes[offset + 3] = length & 0xff
  } else {
    bytes[offset + 1] = 127
    const view = new DataView(bytes.buffer, bytes.byteOffset + offset + 2, 8)
    view.setUint32(0, Math.floor(length / 2 ** 32))
    view.setUint32(4, length >>> 0)
  }
}

/** FIN, and the opcode of a binary message. */
const FINAL_BINARY = 0x82
