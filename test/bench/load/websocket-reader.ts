/**
 * The payload of what a WebSocket server sends (RFC 6455 section 5.2), for one who counts bytes and hardly looks at them:
 * views, no copies, no checks.
 */
export class WebSocketReader {
  readonly #payload: (bytes: Uint8Array) => void
  readonly #control: (opcode: number, bytes: Uint8Array) => void
  readonly #head = new Uint8Array(10)
  #headLength = 0
  #left = 0
  #opcode = 0

  constructor(payload: (bytes: Uint8Array) => void, control: (opcode: number, bytes: Uint8Array) => void) {
    this.#payload = payload
    this.#control = control
  }

  push(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      if (this.#left === 0) {
        this.#head[this.#headLength++] = bytes[at++] ?? 0
        if (this.#headLength < this.#headBytes()) continue
        this.#readHead()
        if (this.#left === 0 && this.#opcode >= 8) this.#control(this.#opcode, new Uint8Array(0))
        continue
      }
      const end = Math.min(bytes.length, at + this.#left)
      const part = bytes.subarray(at, end)
      this.#left -= end - at
      at = end
      // Control frames are small and come whole, as far as a benchmark is concerned.
      if (this.#opcode >= 8) this.#control(this.#opcode, part)
      else this.#payload(part)
    }
  }

  #headBytes(): number {
    if (this.#headLength < 2) return 2
    const length = (this.#head[1] ?? 0) & 0x7f
    return length === 126 ? 4 : length === 127 ? 10 : 2
  }

  #readHead(): void {
    const view = new DataView(this.#head.buffer)
    const length = view.getUint8(1) & 0x7f
    this.#opcode = view.getUint8(0) & 0x0f
    this.#left = length === 126 ? view.getUint16(2) : length === 127 ? Number(view.getBigUint64(2)) : length
    this.#headLength = 0
  }
}

/** A small frame of a client: masked, by a mask of zeros. */
export function clientFrame(opcode: number, payload: Uint8Array): Uint8Array {
  const long = payload.length > 125
  const frame = new Uint8Array((long ? 8 : 6) + payload.length)
  frame[0] = 0x80 | opcode
  frame[1] = 0x80 | (long ? 126 : payload.length)
  if (long) new DataView(frame.buffer).setUint16(2, payload.length)
  frame.set(payload, long ? 8 : 6)
  return frame
}
