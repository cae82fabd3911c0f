import type { RtpPacket } from './packet.ts'

/** "defined by profile" of the general mechanism, RFC 8285 sections 4.2 and 4.3; the low 4 bits of the second are free. */
const ONE_BYTE = 0xbede
const TWO_BYTE = 0x1000
const TWO_BYTE_MASK = 0xfff0
/** One-byte form: this ID ends the list, whatever follows (section 4.2). */
const ONE_BYTE_STOP = 15

/**
 * The elements of a header extension in the one-byte and two-byte forms of RFC 8285. Made once and set to one packet
 * after the other; an element is `bytes[start … end)` of the packet, not copied.
 *
 * ```
 * elements.read(packet)
 * while (elements.next()) use(elements.id, elements.start, elements.end)
 * ```
 */
export class ExtensionElements {
  /** Local identifier that `a=extmap` of the SDP gives a meaning to: 1 to 14, or 1 to 255 in the two-byte form. */
  id = 0
  start = 0
  end = 0
  #bytes: Uint8Array = new Uint8Array(0)
  #form: 'one-byte' | 'two-byte' | 'none' = 'none'
  #at = 0
  #limit = 0

  /** False where the packet has no extension of these forms; then there is no element. */
  read(packet: RtpPacket): boolean {
    this.#bytes = packet.bytes
    this.#at = packet.extensionStart
    this.#limit = packet.extensionEnd
    this.#form =
      packet.extensionProfile === ONE_BYTE
        ? 'one-byte'
        : packet.extensionProfile >= 0 && (packet.extensionProfile & TWO_BYTE_MASK) === TWO_BYTE
          ? 'two-byte'
          : 'none'
    return this.#form !== 'none'
  }

  /** Goes to the next element; false after the last, and where the next lies beyond the end of the extension. */
  next(): boolean {
    while (this.#form !== 'none' && this.#at < this.#limit) {
      const head = this.#bytes[this.#at] ?? 0
      if (head === 0) {
        // A single byte of padding (section 4.1.1).
        this.#at++
        continue
      }
      const id = this.#form === 'one-byte' ? head >> 4 : head
      // Section 4.2: at ID 15, and at ID 0 with a length, the list ends.
      if (this.#form === 'one-byte' && (id === 0 || id === ONE_BYTE_STOP)) return this.#stop()
      const start = this.#at + (this.#form === 'one-byte' ? 1 : 2)
      const length = this.#form === 'one-byte' ? (head & 0x0f) + 1 : (this.#bytes[this.#at + 1] ?? 0)
      if (start + length > this.#limit) return this.#stop()
      this.#at = start + length
      this.id = id
      this.start = start
      this.end = start + length
      return true
    }
    return false
  }

  #stop(): boolean {
    this.#form = 'none'
    return false
  }
}
