import type { Ticks } from '../units.ts'

/**
 * Takes the NAL units of an H.265 stream, whole or in fragments: all bytes between `begin` and `end` are of one.
 */
export interface NalUnitSink {
  /**
   * @param header0 and `header1`: the NAL unit header
   * @param first the byte behind it
   * @param decodingOrderNumber DON, 16 bits; without meaning where the stream is sent in decoding order
   */
  begin(timestamp: Ticks, header0: number, header1: number, first: number, decodingOrderNumber: number): void
  /** Before the bytes of each later fragment. */
  continue(timestamp: Ticks): void
  /** Bytes behind the header, read during the call. */
  append(bytes: Uint8Array, start: number, end: number): void
  end(): void
  /** A packet came that cannot be read. */
  malformed(timestamp: Ticks): void
  /** Packets are missing here. */
  lose(): void
  /** The stream is over: what is held back is given on. */
  flush(): void
}
